import { Agent, handoff, type RunOptions, type StandardSchema, tool } from 'agents-wasm';

import { SECRET } from './faulty-runs.ts';
import { localApi } from './local-api.ts';
import type { AnySession } from './session-suite.ts';

/** Called wherever the run waits for somebody, with the name of the place. */
export type Pass = (place: string) => unknown;

/** A schema that takes anything. */
export const schemaOf = (validate: (value: unknown) => unknown): StandardSchema =>
  ({
    '~standard': {
      version: 1,
      vendor: 'test',
      validate,
      jsonSchema: { input: () => ({ type: 'object', properties: {}, additionalProperties: false }) },
    },
  }) as unknown as StandardSchema;

const HOOKS = ['onAgentStart', 'onAgentEnd', 'onHandoff', 'onLlmStart', 'onLlmEnd', 'onToolStart', 'onToolEnd'];

/**
 * A run that uses all there is: two agents, a tool, a handoff, guardrails, filters, hooks and schemas. It asks `pass`
 * at each of its waits, and comes to `{"answer":1}`.
 */
export function everything(session: AnySession, pass: Pass) {
  const through = (place: string) => async (value: unknown) => {
    await pass(place);
    return value;
  };
  const hooksOf = (who: string) =>
    Object.fromEntries(HOOKS.map((name) => [name, () => through(`${who} ${name}`)(undefined)]));
  const guard = (name: string, more: object = {}) => ({
    name,
    execute: () => through(name)({ tripwireTriggered: false }) as never,
    ...more,
  });
  const toolGuard = (name: string) => ({ name, run: () => through(name)({ behavior: { type: 'allow' } }) as never });
  const checked = (name: string) =>
    schemaOf(async (value) => {
      await pass(name);
      return { value };
    });

  const act = tool({
    name: 'act',
    parameters: checked('tool schema'),
    isEnabled: () => through('tool isEnabled')(true) as never,
    needsApproval: () => through('needsApproval')(false) as never,
    inputGuardrails: [toolGuard('tool input guardrail')],
    outputGuardrails: [toolGuard('tool output guardrail')],
    timeoutMs: 60_000,
    execute: () => through('tool')('acted'),
  });
  const expert = new Agent({
    name: 'expert',
    instructions: () => through('expert instructions')('Answer.') as never,
    outputType: checked('output schema'),
    outputGuardrails: [guard('output guardrail')],
    hooks: hooksOf('expert'),
  });
  const toExpert = handoff(expert, {
    inputType: checked('handoff schema'),
    onHandoff: () => through('onHandoff')(undefined),
    inputFilter: async (data) => {
      await pass('handoff filter');
      return data;
    },
    isEnabled: () => through('handoff isEnabled')(true) as never,
  });
  const agent = new Agent({
    name: 'triage',
    instructions: () => through('instructions')('Hand over.') as never,
    tools: [act],
    handoffs: [toExpert],
    inputGuardrails: [guard('blocking guardrail', { runInParallel: false }), guard('parallel guardrail')],
    toolUseBehavior: () => through('toolUseBehavior')({ isFinalOutput: false }) as never,
    hooks: hooksOf('triage'),
  });

  const turns = [{ calls: [{ name: 'act' }] }, { calls: [{ name: 'transfer_to_expert' }] }, '{"answer":1}'];
  const { server, runConfig } = localApi(turns);
  const fetch = async (url: string, init: RequestInit) => {
    await pass('fetch');
    const { status, headers, body } = await server.fetch(url, init);
    const reader = body!.getReader();
    const watched = new ReadableStream({
      async pull(controller) {
        await pass('read');
        const { done, value } = await reader.read();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      cancel: (reason) => reader.cancel(reason),
    });
    return new Response(watched, { status, headers });
  };
  const options: RunOptions = {
    session,
    conversationId: 'c',
    hooks: hooksOf('run'),
    sessionInputCallback: async (history, input) => {
      await pass('sessionInputCallback');
      return [...history, ...input];
    },
    callModelInputFilter: async ({ modelData }) => {
      await pass('callModelInputFilter');
      return modelData;
    },
    runConfig: { openai: { ...runConfig.openai, fetch: fetch as typeof globalThis.fetch } },
  };
  return { agent, input: SECRET, options };
}

/** The places where such a run waits, in their order. */
export async function placesOf(work: (pass: Pass) => Promise<unknown>): Promise<string[]> {
  const places: string[] = [];
  await work((place) => void places.push(place));
  return places;
}
