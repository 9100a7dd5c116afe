import { checkFunction, checkOptions, checkText, refuse } from '../check.ts';
import { UserError } from '../errors.ts';
import type { TracingProcessor } from './processor.ts';
import { Trace } from './trace.ts';

/** Who hears of runs, and how much. */
export interface TracingOptions {
  /** None by default: nothing is traced then, and nothing leaves the machine. */
  processors?: readonly TracingProcessor[];
  /**
   * Whether spans hold what was said: the model's input and output, arguments and outputs of tools, the words of errors.
   * Default true, as in the SDK.
   */
  includeSensitiveData?: boolean;
}

/** How one run is traced, where that differs from `setTracing`. */
export interface RunTracingOptions extends TracingOptions {
  /** Keeps the run, and those that its tools start, out of all traces. */
  disabled?: boolean;
  /** What the trace is called. Default `Agent workflow`. */
  workflowName?: string;
  /** `trace_` and 32 letters and digits. Default: a random one. */
  traceId?: string;
  /** What this trace has in common with others. Default: the conversation. */
  groupId?: string;
  /** The trace of a `withTrace` that the run becomes a part of: its processors hear of it. */
  trace?: Trace;
}

const TRACE_ID = /^trace_[A-Za-z0-9]{32}$/;

let defaults: TracingOptions = {};

/**
 * Sets who hears of runs unless they say otherwise. Replaces what was set before.
 *
 * @example
 * setTracing({ processors: [new ConsoleProcessor()], includeSensitiveData: false });
 */
export function setTracing(options: TracingOptions): void {
  checkTracing('The tracing options', options);
  defaults = { ...options };
}

export function defaultTracing(): TracingOptions {
  return defaults;
}

export function checkTracing(argument: string, options: unknown): asserts options is RunTracingOptions {
  checkOptions(argument, options);
  const { processors, includeSensitiveData, disabled, workflowName, traceId, groupId, trace } =
    options as RunTracingOptions;
  if (processors !== undefined) checkProcessors(processors);
  for (const [name, value] of Object.entries({ includeSensitiveData, disabled })) {
    if (value !== undefined && typeof value !== 'boolean') refuse(name, value, 'a boolean');
  }
  for (const [name, value] of Object.entries({ workflowName, traceId, groupId })) {
    if (value !== undefined) checkText(name, value);
  }
  if (traceId !== undefined && !TRACE_ID.test(traceId)) {
    throw new UserError('invalid_argument', "traceId must be 'trace_' and 32 letters and digits.");
  }
  if (trace !== undefined && !(trace instanceof Trace)) refuse('trace', trace, 'the trace of a withTrace');
}

function checkProcessors(processors: unknown): void {
  if (!Array.isArray(processors)) refuse('processors', processors, 'an array of tracing processors');
  processors.forEach((processor: Partial<TracingProcessor> | null | undefined, index) => {
    if (typeof processor !== 'object' || processor === null) {
      refuse(`processors[${index}]`, processor, 'a tracing processor');
    }
    for (const name of ['onTraceStart', 'onTraceEnd', 'onSpanStart', 'onSpanEnd'] as const) {
      checkFunction(`processors[${index}].${name}`, processor[name]);
    }
  });
}
