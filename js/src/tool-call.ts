import { messageOf } from './check.ts';
import { ToolCallError, ToolTimeoutError, UserError } from './errors.ts';
import { makeFatal } from './fatal.ts';
import type { RunContext } from './run-context.ts';
import { type Parse, SchemaMismatch } from './schema.ts';
import type { FunctionTool, InvokeDetails, ToolOptions } from './tool.ts';
import { askToolGuardrails } from './tool-guardrail.ts';
import { wireParts } from './tool-parts.ts';
import { callFailed } from './tracing/call-tracing.ts';

/** All that surrounds one function: its guardrails, the check of its arguments, its time limit, and its failures. */
export function invoker<Context>(
  options: ToolOptions<unknown, Context>,
  parse: Parse | undefined,
): FunctionTool<Context>['invoke'] {
  const { inputGuardrails = [], outputGuardrails = [] } = options;
  return async (args: unknown, context: RunContext<Context>, details: InvokeDetails) => {
    const { agent, toolCall, heard = () => {} } = details;
    const call = { context, agent, toolCall };
    const refusal = await askToolGuardrails('tool_input', inputGuardrails, call, heard);
    if (refusal !== undefined) return refusal;
    const output = await outcomeOf(options, parse, args, context, details);
    const rejection = await askToolGuardrails('tool_output', outputGuardrails, { ...call, output }, heard);
    return rejection ?? wireParts(output);
  };
}

async function outcomeOf<Context>(
  options: ToolOptions<unknown, Context>,
  parse: Parse | undefined,
  raw: unknown,
  context: RunContext<Context>,
  details: InvokeDetails,
): Promise<unknown> {
  try {
    const args = parse ? await parse(raw) : raw;
    return await inTime(options, details, (more) => options.execute(args, context, more));
  } catch (error) {
    if (error instanceof LateError) {
      callFailed(context, error.timeout);
      return late(options, context, error.timeout, details);
    }
    const fault = error instanceof SchemaMismatch ? misfit(error) : error;
    callFailed(context, fault);
    if (options.errorFunction) return options.errorFunction(context, fault, details);
    if (options.errorFunction === undefined) throw fault;
    const message = `The tool '${options.name}' failed: ${messageOf(fault)}`;
    throw makeFatal(new ToolCallError('tool_call_error', message, { cause: fault }));
  }
}

function misfit(cause: SchemaMismatch): UserError {
  return new UserError('invalid_argument', `The arguments do not fit the parameters: ${cause.message}`, { cause });
}

/** Of this call, and not of one that its function made. */
class LateError {
  readonly timeout: ToolTimeoutError;

  constructor(timeout: ToolTimeoutError) {
    this.timeout = timeout;
  }
}

async function late<Context>(
  { timeoutBehavior, timeoutErrorFunction }: ToolOptions<unknown, Context>,
  context: RunContext<Context>,
  error: ToolTimeoutError,
  details: InvokeDetails,
): Promise<string> {
  if (timeoutBehavior === 'raise_exception') throw makeFatal(error);
  return timeoutErrorFunction ? timeoutErrorFunction(context, error, details) : error.message;
}

async function inTime(
  { name, timeoutMs }: ToolOptions<unknown, never>,
  details: InvokeDetails,
  work: (details: InvokeDetails) => unknown,
): Promise<unknown> {
  if (timeoutMs === undefined) return work(details);
  details.signal.throwIfAborted();
  const controller = new AbortController();
  const signal = AbortSignal.any([details.signal, controller.signal]);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const limit = new Promise((_, reject) => {
    timer = setTimeout(() => {
      const error = new ToolTimeoutError(name, timeoutMs);
      reject(new LateError(error));
      controller.abort(error);
    }, timeoutMs);
    // A run that was stopped waits for nothing.
    details.signal.addEventListener('abort', () => clearTimeout(timer));
  });
  try {
    return await Promise.race([work({ ...details, signal }), limit]);
  } finally {
    clearTimeout(timer);
  }
}
