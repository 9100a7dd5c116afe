import { messageOf, refuse } from './check.ts';
import type { Message, Reply } from './core.ts';
import {
  errorFrom,
  InputGuardrailTripwireTriggered,
  ModelBehaviorError,
  OutputGuardrailTripwireTriggered,
  UserError,
} from './errors.ts';
import type { GuardrailFunctionOutput, InputGuardrailResult, OutputGuardrailResult } from './guardrail.ts';
import type { Handoff } from './handoff.ts';
import { type Item, itemsText, parseJson, parseText } from './items.ts';
import type { RunErrorHandlers } from './run-callback-types.ts';
import { type AgentParts, toolNamed } from './run-graph.ts';
import { CORE_HOOKS } from './run-head.ts';
import { hooksOf, type RunParts } from './run-parts.ts';
import { SchemaMismatch } from './schema.ts';
import type { FunctionTool } from './tool.ts';
import type { RunTracing } from './tracing/run-tracing.ts';

/** What the core asks of a run's callers between its steps, by name. The answer is JSON, or nothing. */
type Answer = (run: RunParts, parts: AgentParts, message: Message) => Promise<string | undefined>;

const encoder = new TextEncoder();

export async function answerCallback(run: RunParts, message: Message): Promise<Reply> {
  const answer = ANSWERS[message.head.what] as Answer;
  const text = await answer(run, run.graph[message.head.agent ?? 0] as AgentParts, message);
  return text === undefined ? undefined : { body: encoder.encode(text) };
}

/** Whatever a function of the caller's throws is its failure, also an error of ours from inside it. */
export async function asked<Value>(who: string, work: () => Value | Promise<Value>): Promise<Value> {
  try {
    return await work();
  } catch (cause) {
    throw new UserError('callback_failed', `${who} failed: ${messageOf(cause)}`, { cause });
  }
}

const ANSWERS: Record<string, Answer> = {
  async agent({ context }, { agent, tools, handoffs }) {
    const { instructions } = agent;
    const areOn = (list: readonly (FunctionTool | Handoff)[]) =>
      Promise.all(
        list.map(({ isEnabled = true }) =>
          typeof isEnabled === 'function'
            ? asked('isEnabled', () => isEnabled({ runContext: context, agent }))
            : isEnabled,
        ),
      );
    const [text, toolsOn, handoffsOn] = await Promise.all([
      typeof instructions === 'string' ? instructions : asked('instructions', () => instructions(context, agent)),
      areOn(tools),
      areOn(handoffs),
    ]);
    if (typeof text !== 'string') refuse(`What the instructions of the agent '${agent.name}' return`, text, 'a string');
    return JSON.stringify({
      instructions: text.toWellFormed(),
      tools: trueOnes(toolsOn),
      handoffs: trueOnes(handoffsOn),
    });
  },

  async modelInput({ settings, context }, { agent }, { body }) {
    const filter = settings.callModelInputFilter!;
    const modelData = parseJson<{ input: Item[]; instructions: string }>(body);
    const { instructions } = modelData;
    const made = await asked('callModelInputFilter', () => filter({ modelData, agent, context: context.context }));
    const what = 'The input that callModelInputFilter returned';
    if (!Array.isArray(made?.input)) refuse(what, made?.input, 'an array of items');
    const input = itemsText(made.input, what);
    return `{"input":${input},"instructions":${JSON.stringify((made.instructions ?? instructions).toWellFormed())}}`;
  },

  async inputGuardrails({ settings, context, found, tracing }, { agent }, { head, body }) {
    const input = parseJson<Item[]>(body);
    const all = [...agent.inputGuardrails, ...(settings.inputGuardrails ?? [])];
    const chosen = all.filter(({ runInParallel = true }) => runInParallel !== head.blocking);
    await Promise.all(
      chosen.map(async ({ name, execute }) => {
        const output = await guarded(tracing, name, () =>
          asked(`The input guardrail '${name}'`, () => execute({ agent, input, context })),
        );
        const result = { guardrail: { type: 'input' as const, name }, output };
        found.inputGuardrailResults.push(result);
        if (isTripped(result)) throw new InputGuardrailTripwireTriggered(result);
      }),
    );
    return undefined;
  },

  async output({ found }, { agent }, { body }) {
    const invalid = (why: string, cause: unknown) =>
      new ModelBehaviorError('invalid_final_output', `The final output of the agent '${agent.name}' ${why}.`, {
        cause,
      });
    let value: unknown;
    try {
      value = JSON.parse(parseText(body));
    } catch (cause) {
      throw invalid('is not JSON', cause);
    }
    try {
      const parse = agent.outputFormat?.parse;
      found.output = { value: parse ? await parse(value) : value };
    } catch (cause) {
      throw invalid('is not of its outputType', cause);
    }
    return undefined;
  },

  async outputGuardrails({ settings, context, found, tracing }, { agent }, { body }) {
    const agentOutput = found.output ? found.output.value : parseText(body);
    const all = [...agent.outputGuardrails, ...(settings.outputGuardrails ?? [])];
    await Promise.all(
      all.map(async ({ name, execute }) => {
        const output = await guarded(tracing, name, () =>
          asked(`The output guardrail '${name}'`, () => execute({ agent, agentOutput, context })),
        );
        const result = { guardrail: { type: 'output' as const, name }, agent, agentOutput, output };
        found.outputGuardrailResults.push(result);
        if (isTripped(result)) throw new OutputGuardrailTripwireTriggered(result);
      }),
    );
    return undefined;
  },

  async toolUse({ context }, { agent, tools }, { body }) {
    const { toolUseBehavior } = agent;
    if (typeof toolUseBehavior !== 'function') return undefined;
    const results = parseJson<{ callId: string; name: string; output: unknown }[]>(body).map((one) => ({
      type: 'function_output' as const,
      tool: toolNamed(tools, one.name),
      callId: one.callId,
      // Pictures and files come as the wire has them.
      output: typeof one.output === 'string' ? one.output : JSON.stringify(one.output),
    }));
    const made = await asked('toolUseBehavior', () => toolUseBehavior(context, results));
    return made.isFinalOutput ? JSON.stringify({ output: outputText(made.finalOutput) }) : undefined;
  },

  async approval({ context }, { tools }, { head, body }) {
    const { needsApproval, parse } = toolNamed(tools, head.tool);
    if (typeof needsApproval !== 'function') return undefined;
    let args: unknown;
    try {
      const sent = parseArguments(body);
      args = parse ? await parse(sent) : sent;
    } catch (cause) {
      // The tool is not going to be called: the model is told what does not fit. A schema that fails may not fail again.
      if (cause instanceof SchemaMismatch || cause instanceof SyntaxError) return 'false';
      throw new UserError('callback_failed', `The schema of the tool '${head.tool}' failed: ${messageOf(cause)}`, {
        cause,
      });
    }
    const isNeeded = await asked('needsApproval', () => needsApproval(context, args, head.callId));
    return String(Boolean(isNeeded));
  },

  async handoff({ context }, { handoffs }, { head, body }) {
    const { onHandoff, parse, toolName } = handoffs[head.handoff] as Handoff;
    let input: unknown;
    try {
      const sent = parseArguments(body);
      input = parse ? await parse(sent) : sent;
    } catch (cause) {
      const message = `The arguments of the handoff '${toolName}' do not fit its inputType.`;
      throw new ModelBehaviorError('model_behavior', message, { cause });
    }
    await asked('onHandoff', () => onHandoff?.(context, input));
    return undefined;
  },

  async handoffFilter({ context, settings }, { handoffs }, { head, body }) {
    const filter = handoffs[head.handoff]?.inputFilter ?? settings.handoffInputFilter!;
    const data = { ...parseJson<{ inputHistory: Item[]; preHandoffItems: Item[]; newItems: Item[] }>(body) };
    const made = await asked("The handoff's inputFilter", () => filter({ ...data, runContext: context }));
    const history = typeof made?.inputHistory === 'string' ? [made.inputHistory] : made?.inputHistory;
    const input = [history, made?.preHandoffItems, made?.newItems].flat();
    return `{"input":${itemsText(input, "What the handoff's inputFilter returned")}}`;
  },

  async toolError({ settings, context }, _, { head }) {
    const { kind, tool: toolName, callId, message: defaultMessage } = head;
    const text = await asked('toolErrorFormatter', () =>
      settings.toolErrorFormatter!({
        kind: kind === 'rejected' ? 'approval_rejected' : 'tool_not_found',
        toolType: 'function',
        toolName,
        callId,
        defaultMessage,
        runContext: context,
      }),
    );
    return text === undefined ? undefined : JSON.stringify(String(text).toWellFormed());
  },

  async failure({ errorHandlers, context, found }, { agent }, { head }) {
    const kind = FAILURES[head.code as keyof typeof FAILURES];
    const handler = errorHandlers[kind] ?? errorHandlers.default;
    if (!handler) return undefined;
    const error = errorFrom(head.code, head.message, {});
    const made = await asked(`The error handler for ${kind}`, () =>
      handler({ error, context, runData: { lastAgent: agent } }),
    );
    if (!made) return undefined;
    const { finalOutput, includeInHistory = true } = made;
    const output = outputText(finalOutput);
    found.output = { value: agent.outputFormat ? finalOutput : output };
    return JSON.stringify({ output, includeInHistory });
  },

  async hook(run, { agent }, { head, body }) {
    const name = CORE_HOOKS[head.hook as keyof typeof CORE_HOOKS];
    const third =
      name === 'onHandoff'
        ? run.graph[head.to]?.agent
        : name === 'onAgentEnd'
          ? parseText(body)
          : name === 'onLlmEnd'
            ? parseJson(body)
            : undefined;
    for (const hooks of hooksOf(run, agent)) {
      await asked(name, () =>
        (hooks[name] as ((...args: unknown[]) => unknown) | undefined)?.(run.context, agent, third),
      );
    }
    return undefined;
  },
};

const FAILURES = {
  max_turns_exceeded: 'maxTurns',
  model_refusal: 'modelRefusal',
  invalid_final_output: 'invalidFinalOutput',
} satisfies Record<string, keyof RunErrorHandlers>;

function guarded(
  tracing: RunTracing | undefined,
  name: string,
  work: () => Promise<GuardrailFunctionOutput>,
): Promise<GuardrailFunctionOutput> {
  return tracing ? tracing.guardrail(name, work, (output) => output?.tripwireTriggered === true) : work();
}

function isTripped({ guardrail, output }: InputGuardrailResult | OutputGuardrailResult): boolean {
  const isTripped = output?.tripwireTriggered;
  if (typeof isTripped === 'boolean') return isTripped;
  return refuse(`tripwireTriggered of the ${guardrail.type} guardrail '${guardrail.name}'`, isTripped, 'a boolean');
}

function trueOnes(list: boolean[]): number[] {
  return list.flatMap((isOn, index) => (isOn ? [index] : []));
}

/** A model may leave out the arguments where there are none. */
function parseArguments(body: Uint8Array): unknown {
  return body.length === 0 ? {} : parseJson(body);
}

/** A final output as the text that the history keeps. */
function outputText(output: unknown): string {
  const text = typeof output === 'string' ? output : JSON.stringify(output);
  if (text === undefined) refuse('finalOutput', output, 'a string or a value that can be written as JSON');
  return text.toWellFormed();
}
