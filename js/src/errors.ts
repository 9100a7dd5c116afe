import type { InputGuardrailResult, OutputGuardrailResult } from './guardrail.ts';
import type { ToolGuardrailResult } from './tool-guardrail.ts';

/**
 * What every failure of this package is. `code` tells programs what happened; the message is a sentence for the person
 * who reads the log, and never holds what a user said or a key.
 */
export class AgentsError extends Error {
  override name = 'AgentsError';
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/**
 * A call that cannot work: an argument of the wrong kind (`invalid_argument`), a bad combination (`user_error`), a
 * function of the caller's that failed (`callback_failed`), or the text of a run's state that is none
 * (`invalid_run_state`).
 */
export class UserError extends AgentsError {
  override name = 'UserError';
}

export type WasmErrorCode =
  /** Nothing came from its address, or something else than WebAssembly. */
  | 'wasm_not_found'
  /** It is truncated or broken. */
  | 'wasm_damaged'
  /** It is that of another version, or of another package. */
  | 'wasm_mismatch'
  /** This runtime cannot compile it, or its content security policy forbids it. */
  | 'unsupported';

/** The core's WebAssembly could not be loaded. The message names its address, what came, and what to do. */
export class WasmError extends AgentsError {
  override name = 'WasmError';
  declare readonly code: WasmErrorCode;

  constructor(code: WasmErrorCode, message: string, options?: ErrorOptions) {
    super(code, message, options);
  }
}

export type SessionErrorCode =
  | 'closed'
  /** Another connection kept the database locked for too long. */
  | 'busy'
  /** Another tab or process holds the database. */
  | 'locked'
  /** The file is damaged, no database, or holds tables that are not a session's. */
  | 'corrupt'
  /** There is no space left. */
  | 'quota'
  | 'not_found'
  /** An item cannot be stored as it is. */
  | 'invalid_item'
  | 'too_large'
  /** This runtime, or this version of the package, cannot do it. */
  | 'unsupported'
  /** The conversation changed since it was read. */
  | 'conflict'
  /** Another run has the conversation for longer than `busyTimeout`. */
  | 'conversation_busy'
  /** The run is not open any more: committed, discarded, overtaken by a newer one, or its conversation was deleted. */
  | 'run_superseded'
  /** The encryption key does not open what is stored, or there is none. */
  | 'wrong_key'
  | 'io';

/** A session could not read or write. The history is as it was before the call. */
export class SessionError extends AgentsError {
  override name = 'SessionError';
  declare readonly code: SessionErrorCode;
}

/** Another run of the conversation is at work, and this one may not wait for it, or not any longer. */
export class ConversationBusyError extends SessionError {
  override name = 'ConversationBusyError';
}

/** The run used all of its turns without a final output. */
export class MaxTurnsExceededError extends AgentsError {
  override name = 'MaxTurnsExceededError';
}

/** The model answered something that the run cannot go on with. */
export class ModelBehaviorError extends AgentsError {
  override name = 'ModelBehaviorError';
}

/** The model would not answer; its words are the message's last part. */
export class ModelRefusalError extends AgentsError {
  override name = 'ModelRefusalError';
}

/** The model took longer than `modelSettings.timeoutMs`. */
export class ModelTimeoutError extends AgentsError {
  override name = 'ModelTimeoutError';
}

/** A tool without an `errorFunction` failed. What it threw is the cause. */
export class ToolCallError extends AgentsError {
  override name = 'ToolCallError';
}

/** A tool with `timeoutBehavior: 'raise_exception'` took longer than its `timeoutMs`. */
export class ToolTimeoutError extends AgentsError {
  override name = 'ToolTimeoutError';
  readonly toolName: string;
  readonly timeoutMs: number;

  constructor(toolName: string, timeoutMs: number) {
    super('tool_timeout', `Tool '${toolName}' timed out after ${timeoutMs}ms.`);
    this.toolName = toolName;
    this.timeoutMs = timeoutMs;
  }
}

/** What a guardrail said that stopped a run. */
class Tripwire<Result extends { guardrail: { name: string } }> extends AgentsError {
  readonly result: Result;

  constructor(code: string, kind: string, result: Result) {
    super(code, `The ${kind} guardrail '${result.guardrail.name}' stopped the run.`);
    this.result = result;
  }
}

export class InputGuardrailTripwireTriggered extends Tripwire<InputGuardrailResult> {
  override name = 'InputGuardrailTripwireTriggered';

  constructor(result: InputGuardrailResult) {
    super('input_guardrail_tripwire', 'input', result);
  }
}

export class OutputGuardrailTripwireTriggered extends Tripwire<OutputGuardrailResult> {
  override name = 'OutputGuardrailTripwireTriggered';

  constructor(result: OutputGuardrailResult) {
    super('output_guardrail_tripwire', 'output', result);
  }
}

export class ToolInputGuardrailTripwireTriggered extends Tripwire<ToolGuardrailResult> {
  override name = 'ToolInputGuardrailTripwireTriggered';

  constructor(result: ToolGuardrailResult) {
    super('tool_guardrail_tripwire', 'tool input', result);
  }
}

export class ToolOutputGuardrailTripwireTriggered extends Tripwire<ToolGuardrailResult> {
  override name = 'ToolOutputGuardrailTripwireTriggered';

  constructor(result: ToolGuardrailResult) {
    super('tool_guardrail_tripwire', 'tool output', result);
  }
}

/** The run was stopped by its `signal` or by `cancel()`. The signal's reason is the cause. */
export class RunAbortedError extends AgentsError {
  /** As the DOM names it, so that code which looks for aborts finds this one. */
  override name = 'AbortError';
}

/** The API answered with an error status (`api_error`), or not at all. */
export class APIError extends AgentsError {
  override name = 'APIError';
  /** The HTTP status, if there was an answer. */
  readonly status: number | undefined;
  /** The API's own code, such as `context_length_exceeded`. */
  readonly apiCode: string | undefined;
  readonly type: string | undefined;
  readonly param: string | undefined;
  /** The server's `x-request-id`. */
  readonly requestId: string | undefined;
  /** For how many milliseconds the server asked to wait. */
  readonly retryAfterMs: number | undefined;
  /** Whether the server said that it makes sense to ask again. */
  readonly shouldRetry: boolean | undefined;

  constructor(code: string, message: string, detail: ErrorDetail, options?: ErrorOptions) {
    super(code, message, options);
    this.status = detail.status;
    this.apiCode = detail.code;
    this.type = detail.type;
    this.param = detail.param;
    this.requestId = detail.requestId;
    this.retryAfterMs = detail.retryAfterMs;
    this.shouldRetry = detail.shouldRetry;
  }
}

/** There was no answer, or one that broke off. */
export class APIConnectionError extends APIError {
  override name = 'APIConnectionError';
}

/** Nothing arrived for as long as `timeout` allows. */
export class APIConnectionTimeoutError extends APIConnectionError {
  override name = 'APIConnectionTimeoutError';
}

/** What the core adds to an error. */
export interface ErrorDetail {
  status?: number;
  code?: string;
  type?: string;
  param?: string;
  requestId?: string;
  retryAfterMs?: number;
  shouldRetry?: boolean;
}

const SESSION_CODES: ReadonlySet<string> = new Set<SessionErrorCode>([
  'closed',
  'busy',
  'locked',
  'corrupt',
  'quota',
  'not_found',
  'invalid_item',
  'too_large',
  'unsupported',
  'conflict',
  'run_superseded',
  'wrong_key',
  'io',
]);

/** The error that the core means by a code. */
export function errorFrom(code: string, message: string, detail: ErrorDetail, options?: ErrorOptions): AgentsError {
  if (SESSION_CODES.has(code)) return new SessionError(code, message, options);
  switch (code) {
    case 'invalid_argument':
    case 'user_error':
    case 'callback_failed':
    case 'invalid_run_state':
      return new UserError(code, message, options);
    case 'conversation_busy':
      return new ConversationBusyError(code, message, options);
    case 'aborted':
      return new RunAbortedError(code, message, options);
    case 'max_turns_exceeded':
      return new MaxTurnsExceededError(code, message, options);
    case 'model_behavior':
    case 'model_failed':
    case 'invalid_final_output':
      return new ModelBehaviorError(code, message, options);
    case 'model_refusal':
      return new ModelRefusalError(code, message, options);
    case 'model_timeout':
      return new ModelTimeoutError(code, message, options);
    case 'api_error':
      return new APIError(code, message, detail, options);
    case 'api_connection':
      return new APIConnectionError(code, message, detail, options);
    case 'api_connection_timeout':
      return new APIConnectionTimeoutError(code, message, detail, options);
    default:
      return new AgentsError(code, message, options);
  }
}
