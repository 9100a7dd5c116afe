import type { Agent } from './agent.ts';
import type { Item } from './items.ts';
import type { OutputOf, OutputType } from './output-type.ts';
import type { Callback, RunContext } from './run-context.ts';

export interface GuardrailFunctionOutput {
  /** Whether the run is to be stopped. */
  tripwireTriggered: boolean;
  /** Anything that is worth knowing; it is kept with the result. */
  outputInfo?: unknown;
}

type Verdict = GuardrailFunctionOutput | Promise<GuardrailFunctionOutput>;

/** Looks at what the first agent of a run is about to read. */
export interface InputGuardrail<Context = unknown> {
  name: string;
  execute: Callback<
    [args: { agent: Agent<Context, OutputType>; input: Item[]; context: RunContext<Context> }],
    Verdict
  >;
  /** False to ask the model only when this guardrail has agreed. Default: both at once. */
  runInParallel?: boolean;
}

/** Looks at a final output before the run is complete. */
export interface OutputGuardrail<Output extends OutputType = OutputType, Context = unknown> {
  name: string;
  execute: Callback<
    [args: { agent: Agent<Context, OutputType>; agentOutput: OutputOf<Output>; context: RunContext<Context> }],
    Verdict
  >;
}

export interface InputGuardrailResult {
  guardrail: { type: 'input'; name: string };
  output: GuardrailFunctionOutput;
}

export interface OutputGuardrailResult {
  guardrail: { type: 'output'; name: string };
  agent: { readonly name: string };
  agentOutput: unknown;
  output: GuardrailFunctionOutput;
}
