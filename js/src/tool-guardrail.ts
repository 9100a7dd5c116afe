import type { Agent } from './agent.ts';
import { checkOneOf } from './check.ts';
import { ToolInputGuardrailTripwireTriggered, ToolOutputGuardrailTripwireTriggered } from './errors.ts';
import { makeFatal } from './fatal.ts';
import type { Item } from './items.ts';
import type { OutputType } from './output-type.ts';
import type { Awaitable, Callback, RunContext } from './run-context.ts';
import { guardedCall } from './tracing/call-tracing.ts';

export interface ToolGuardrailFunctionOutput {
  /** Go on, give the model this message in place of the tool's output, or fail the run. */
  behavior: { type: 'allow' } | { type: 'rejectContent'; message: string } | { type: 'throwException' };
  outputInfo?: unknown;
}

/** What a tool's guardrail looks at. */
export interface ToolInputGuardrailData<Context = unknown> {
  context: RunContext<Context>;
  agent: Agent<Context, OutputType>;
  /** The call as the model made it: `name`, `arguments`, `call_id`. */
  toolCall: Item;
}

export interface ToolOutputGuardrailData<Context = unknown> extends ToolInputGuardrailData<Context> {
  /** What the tool returned. */
  output: unknown;
}

export interface ToolInputGuardrail<Context = unknown> {
  name: string;
  run: Callback<[data: ToolInputGuardrailData<Context>], Awaitable<ToolGuardrailFunctionOutput>>;
}

export interface ToolOutputGuardrail<Context = unknown> {
  name: string;
  run: Callback<[data: ToolOutputGuardrailData<Context>], Awaitable<ToolGuardrailFunctionOutput>>;
}

export interface ToolGuardrailResult {
  guardrail: { type: 'tool_input' | 'tool_output'; name: string };
  output: ToolGuardrailFunctionOutput;
}

/** The three things that a tool's guardrail can say. */
export const ToolGuardrailFunctionOutputFactory = {
  allow: (outputInfo?: unknown): ToolGuardrailFunctionOutput => ({ behavior: { type: 'allow' }, outputInfo }),
  rejectContent: (message: string, outputInfo?: unknown): ToolGuardrailFunctionOutput => ({
    behavior: { type: 'rejectContent', message },
    outputInfo,
  }),
  throwException: (outputInfo?: unknown): ToolGuardrailFunctionOutput => ({
    behavior: { type: 'throwException' },
    outputInfo,
  }),
};

const BEHAVIORS = ['allow', 'rejectContent', 'throwException'];

/** Asks the guardrails one after the other. Gives the message of the first that rejects. */
export async function askToolGuardrails<Data extends { context: RunContext }>(
  type: ToolGuardrailResult['guardrail']['type'],
  guardrails: readonly { name: string; run(data: Data): Awaitable<ToolGuardrailFunctionOutput> }[],
  data: Data,
  heard: (result: ToolGuardrailResult) => void,
): Promise<string | undefined> {
  for (const guardrail of guardrails) {
    const output = await guardedCall(data.context, guardrail.name, () => guardrail.run(data));
    const behavior = output?.behavior;
    checkOneOf(`behavior.type of the tool guardrail '${guardrail.name}'`, behavior?.type, BEHAVIORS);
    const result = { guardrail: { type, name: guardrail.name }, output };
    heard(result);
    if (behavior.type === 'rejectContent') return String(behavior.message);
    if (behavior.type === 'allow') continue;
    const Tripwire = type === 'tool_input' ? ToolInputGuardrailTripwireTriggered : ToolOutputGuardrailTripwireTriggered;
    throw makeFatal(new Tripwire(result));
  }
  return undefined;
}

/** Gives a guardrail its type. */
export function defineToolInputGuardrail<Context = unknown>(
  guardrail: ToolInputGuardrail<Context>,
): ToolInputGuardrail<Context> {
  return guardrail;
}

/** Gives a guardrail its type. */
export function defineToolOutputGuardrail<Context = unknown>(
  guardrail: ToolOutputGuardrail<Context>,
): ToolOutputGuardrail<Context> {
  return guardrail;
}
