import type { Agent } from './agent.ts';
import { checkBoolean, checkCount, checkFunction, checkNamed, checkOneOf, checkOptions, checkText } from './check.ts';
import { UserError } from './errors.ts';
import type { Item } from './items.ts';
import type { OutputType } from './output-type.ts';
import type { Awaitable, Callback, RunContext } from './run-context.ts';
import { type Parse, readSchema, type SchemaOutput, type StandardSchema } from './schema.ts';
import { invoker } from './tool-call.ts';
import type { ToolGuardrailResult, ToolInputGuardrail, ToolOutputGuardrail } from './tool-guardrail.ts';

export interface ToolCallDetails {
  /** The API's id of this call; the same when the call is made again. */
  readonly callId: string;
  /** Aborted when the run is stopped, or the tool takes longer than its `timeoutMs`. */
  readonly signal: AbortSignal;
  /** The call as the model made it. */
  readonly toolCall: Item;
  /** The agent whose model made the call. */
  readonly agent: Agent<unknown, OutputType>;
}

/** What the run adds for the tools of this package. */
export interface InvokeDetails extends ToolCallDetails {
  heard?: (result: ToolGuardrailResult) => void;
}

/** Whether the model may use it now. */
export type Enabled<Context> =
  | boolean
  | Callback<[args: { runContext: RunContext<Context>; agent: Agent<Context, OutputType> }], Awaitable<boolean>>;

/** Whether a person has to agree to a call before it is made. */
export type NeedsApproval<Arguments, Context> =
  | boolean
  | Callback<[context: RunContext<Context>, args: Arguments, callId: string], Awaitable<boolean>>;

export interface ToolOptions<Arguments, Context> {
  /** 1 to 128 letters, digits, `_` and `-`. */
  name: string;
  /** Tells the model when to call it. */
  description?: string;
  /**
   * The arguments' JSON Schema, whose root is an object; or a schema of zod, valibot … (Standard Schema), which checks
   * them too: `execute` gets what it makes of them, and the model is told what does not fit.
   */
  parameters?: object;
  /** Whether the API holds the model to the schema. Default true. */
  strict?: boolean;
  /**
   * Whether a call may be made twice. When a run is resumed after a crash, a call whose outcome nobody knows is made again
   * only if its tool says so; otherwise the model is told that the outcome is unknown. Default false.
   */
  idempotent?: boolean;
  /** Whether the model sees the tool. Default true. */
  isEnabled?: Enabled<Context>;
  /** Whether the run stops at a call until `state.approve` or `state.reject` has decided on it. Default false. */
  needsApproval?: NeedsApproval<Arguments, Context>;
  /** How many milliseconds a call may take. No limit without it. */
  timeoutMs?: number;
  /** What comes of a call that takes longer: the model is told (default), or the run fails with a ToolTimeoutError. */
  timeoutBehavior?: 'error_as_result' | 'raise_exception';
  /** What the model is told of it. */
  timeoutErrorFunction?: Callback<
    [context: RunContext<Context>, error: Error, details: ToolCallDetails],
    Awaitable<string>
  >;
  /**
   * What the model is told of a failure. Default: its message. With null, a failure fails the run with a ToolCallError.
   */
  errorFunction?: Callback<
    [context: RunContext<Context>, error: unknown, details: ToolCallDetails],
    Awaitable<string>
  > | null;
  /** Look at a call before it is made. */
  inputGuardrails?: readonly ToolInputGuardrail<Context>[];
  /** Look at what `execute` returned before the model does. */
  outputGuardrails?: readonly ToolOutputGuardrail<Context>[];
  /**
   * Does the work. A string goes to the model as it is, images and files (`{type: 'image', image: 'data:…'}`, or a list
   * of such parts) as what they are, anything else as JSON. What it throws is told to the model, which may try again.
   */
  execute(args: Arguments, context: RunContext<Context>, details: ToolCallDetails): unknown;
}

/** A function that the model may call. Make it with `tool()`. */
export interface FunctionTool<Context = unknown> {
  readonly type: 'function';
  readonly name: string;
  readonly description: string;
  /** A JSON Schema. */
  readonly parameters: object;
  readonly strict: boolean;
  readonly idempotent?: boolean;
  readonly isEnabled?: Enabled<Context>;
  // biome-ignore lint/suspicious/noExplicitAny: the schema, not the compiler, knows what the model sends
  readonly needsApproval?: NeedsApproval<any, Context>;
  /** Checks arguments as the model sent them. */
  readonly parse?: Parse | undefined;
  /** Makes a call with arguments as the model sent them, guardrails and time limit included. */
  // biome-ignore lint/suspicious/noExplicitAny: as above
  invoke(args: any, context: RunContext<Context>, details: ToolCallDetails): unknown;
}

const NAME = /^[A-Za-z0-9_-]{1,128}$/;
const NO_PARAMETERS = { type: 'object', properties: {}, required: [], additionalProperties: false };

/**
 * Makes a tool of a function.
 *
 * @example
 * const weather = tool({
 *   name: 'get_weather',
 *   description: 'The weather in a city.',
 *   parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'], additionalProperties: false },
 *   execute: async ({ city }: { city: string }) => `It is sunny in ${city}.`,
 * });
 */
export function tool<Schema extends StandardSchema, Context = unknown>(
  options: ToolOptions<SchemaOutput<Schema>, Context> & { parameters: Schema },
): FunctionTool<Context>;
// biome-ignore lint/suspicious/noExplicitAny: the schema, not the compiler, knows what the model sends
export function tool<Arguments = any, Context = unknown>(
  options: ToolOptions<Arguments, Context>,
): FunctionTool<Context>;
export function tool<Context>(options: ToolOptions<unknown, Context>): FunctionTool<Context> {
  checkOptions('The tool', options);
  const { name, description = '', parameters = NO_PARAMETERS, strict = true } = options;
  const { idempotent = false, isEnabled = true, needsApproval = false } = options;
  checkToolName("The tool's name", name);
  const of = (part: string) => `The ${part} of the tool '${name}'`;
  checkText(of('description'), description);
  checkFunction(of('execute function'), options.execute);
  checkBoolean(of('option strict'), strict);
  checkBoolean(of('option idempotent'), idempotent);
  checkSwitch(of('option isEnabled'), isEnabled);
  checkSwitch(of('option needsApproval'), needsApproval);
  checkCallOptions(of, options);
  const { json, parse } = readSchema(of('parameters'), parameters, strict);
  const invoke = invoker(options, parse);
  const said = { name, description, parameters: json, strict };
  return Object.freeze({ type: 'function', ...said, idempotent, isEnabled, needsApproval, parse, invoke });
}

export function checkToolName(argument: string, name: unknown): asserts name is string {
  checkText(argument, name);
  if (NAME.test(name)) return;
  throw new UserError('invalid_argument', `${argument} must be 1 to 128 letters, digits, '_' and '-'.`);
}

/** A boolean, or a function that tells it. */
export function checkSwitch(argument: string, value: unknown): void {
  if (typeof value !== 'function') checkBoolean(argument, value, ' or a function');
}

function checkCallOptions(of: (part: string) => string, options: ToolOptions<unknown, never>): void {
  const { timeoutMs, timeoutBehavior, timeoutErrorFunction, errorFunction } = options;
  const { inputGuardrails = [], outputGuardrails = [] } = options;
  if (timeoutMs !== undefined) checkCount(of('option timeoutMs'), timeoutMs, 1);
  if (timeoutBehavior !== undefined) {
    checkOneOf(of('option timeoutBehavior'), timeoutBehavior, ['error_as_result', 'raise_exception']);
  }
  if (timeoutErrorFunction !== undefined) checkFunction(of('timeoutErrorFunction'), timeoutErrorFunction);
  if (errorFunction !== undefined && errorFunction !== null) checkFunction(of('errorFunction'), errorFunction);
  checkNamed(of('inputGuardrails'), inputGuardrails, 'run');
  checkNamed(of('outputGuardrails'), outputGuardrails, 'run');
}
