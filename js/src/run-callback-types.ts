import type { Agent } from './agent.ts';
import type { AgentsError } from './errors.ts';
import type { Item } from './items.ts';
import type { OutputType } from './output-type.ts';
import type { Awaitable, Callback, RunContext } from './run-context.ts';

/** What the model is about to be sent. */
export interface ModelInputData {
  input: Item[];
  instructions?: string;
}

export type CallModelInputFilter<Context = unknown> = Callback<
  [args: { modelData: ModelInputData; agent: Agent<Context, OutputType>; context: Context | undefined }],
  Awaitable<ModelInputData>
>;

export interface ToolErrorFormatterArgs<Context = unknown> {
  kind: 'approval_rejected' | 'tool_not_found';
  toolType: 'function';
  toolName: string;
  callId: string;
  defaultMessage: string;
  runContext: RunContext<Context>;
}

/** Words what the model is told of a call that was not made; the default message without an answer. */
export type ToolErrorFormatter<Context = unknown> = Callback<
  [args: ToolErrorFormatterArgs<Context>],
  Awaitable<string | undefined>
>;

export interface RunErrorHandlerInput<Context = unknown> {
  /** What the run is about to fail with. */
  error: AgentsError;
  context: RunContext<Context>;
  runData: { lastAgent: Agent<Context, OutputType> };
}

export interface RunErrorHandlerResult {
  /** Of the last agent's output type. */
  finalOutput: unknown;
  /** Whether it enters the history as a message of the agent's. Default true. */
  includeInHistory?: boolean;
}

/** Gives the final output of a run that would have failed, or nothing to let it fail. */
export type RunErrorHandler<Context = unknown> = Callback<
  [input: RunErrorHandlerInput<Context>],
  // biome-ignore lint/suspicious/noConfusingVoidType: a function that gives nothing is one
  Awaitable<RunErrorHandlerResult | undefined | void>
>;

export interface RunErrorHandlers<Context = unknown> {
  maxTurns?: RunErrorHandler<Context>;
  modelRefusal?: RunErrorHandler<Context>;
  invalidFinalOutput?: RunErrorHandler<Context>;
  /** For those of the three that have none. */
  default?: RunErrorHandler<Context>;
}
