import { checkFunction, checkJson, checkText, kindOf, refuse } from './check.ts';
import { UserError } from './errors.ts';

/** What a run shares with its tools. */
export interface RunContext<Context = unknown> {
  /** The run's `context` option, untouched. */
  readonly context: Context;
}

export interface ToolCallDetails {
  /** The API's id of this call; the same when the call is made again. */
  readonly callId: string;
  /** Aborted when the run is stopped. */
  readonly signal: AbortSignal;
}

export interface ToolOptions<Arguments, Context> {
  /** 1 to 128 letters, digits, `_` and `-`. */
  name: string;
  /** Tells the model when to call it. */
  description?: string;
  /** The arguments' JSON Schema, whose root is an object. */
  parameters?: object;
  /** Whether the API holds the model to the schema. Default true. */
  strict?: boolean;
  /**
   * Whether a call may be made twice. When a run is resumed after a crash, a call whose outcome nobody knows is made again
   * only if its tool says so; otherwise the model is told that the outcome is unknown. Default false.
   */
  idempotent?: boolean;
  /**
   * Does the work. A string goes to the model as it is, anything else as JSON. What it throws is told to the model,
   * which may try again.
   */
  execute(args: Arguments, context: RunContext<Context>, details: ToolCallDetails): unknown;
}

/** A function that the model may call. Make it with `tool()`. */
export interface FunctionTool<Context = unknown> {
  readonly type: 'function';
  readonly name: string;
  readonly description: string;
  readonly parameters: object;
  readonly strict: boolean;
  readonly idempotent: boolean;
  // biome-ignore lint/suspicious/noExplicitAny: the schema, not the compiler, knows what the model sends
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
// biome-ignore lint/suspicious/noExplicitAny: the schema, not the compiler, knows what the model sends
export function tool<Arguments = any, Context = unknown>(
  options: ToolOptions<Arguments, Context>,
): FunctionTool<Context> {
  if (typeof options !== 'object' || options === null) refuse('The tool', options, 'an object of options');
  const { name, description = '', parameters = NO_PARAMETERS, strict = true, idempotent = false, execute } = options;
  checkText("The tool's name", name);
  if (!NAME.test(name)) {
    throw new UserError('invalid_argument', "The tool's name must be 1 to 128 letters, digits, '_' and '-'.");
  }
  checkText(`The description of the tool '${name}'`, description);
  if (typeof parameters !== 'object' || parameters === null || Array.isArray(parameters)) {
    refuse(`The parameters of the tool '${name}'`, parameters, 'a JSON Schema object');
  }
  checkJson(`The parameters of the tool '${name}'`, parameters);
  checkFunction(`The execute function of the tool '${name}'`, execute);
  const invoke = execute.bind(options);
  return Object.freeze({ type: 'function', name, description, parameters, strict, idempotent, invoke });
}

/** What the model reads as the output of a call. */
export function outputText(output: unknown): string {
  if (typeof output === 'string') return output.toWellFormed();
  if (output === undefined) return '';
  let text: string | undefined;
  try {
    text = JSON.stringify(output);
  } catch {
    text = undefined;
  }
  if (text === undefined) {
    throw new UserError('callback_failed', `The tool returned ${kindOf(output)}, which cannot be written as JSON.`);
  }
  return text;
}
