import { checkFunction, checkJson, checkOptions, checkText } from '../check.ts';
import { closeTrace, openTrace } from './scope.ts';
import { checkTracing, defaultTracing, type TracingOptions } from './settings.ts';
import type { Trace } from './trace.ts';

export interface TraceOptions extends TracingOptions {
  traceId?: string;
  /** What this trace has in common with others, such as a conversation. */
  groupId?: string;
  metadata?: Record<string, unknown>;
}

/**
 * Makes one trace of several runs: those that are given it. It ends when `work` has. Nested calls and runs side by side
 * keep apart, in browsers too, because a run belongs to the trace that it is given and to no other.
 *
 * @example
 * const jokes = await withTrace('Two jokes', async (trace) => {
 *   const runConfig = { tracing: { trace } };
 *   const first = await run(agent, 'Tell a joke', { runConfig });
 *   return [first, await run(agent, 'A better one', { runConfig })];
 * });
 */
export async function withTrace<T>(
  name: string,
  work: (trace: Trace) => T | Promise<T>,
  options: TraceOptions = {},
): Promise<T> {
  checkText('name', name);
  checkFunction('work', work);
  checkTracing('options', options);
  const { metadata = {}, traceId, groupId } = options;
  checkOptions('metadata', metadata);
  checkJson('metadata', metadata);
  const { processors = [], includeSensitiveData = true } = { ...defaultTracing(), ...options };
  const scope = openTrace({ traceId, name, groupId, metadata }, processors, includeSensitiveData);
  try {
    return await work(scope.trace);
  } finally {
    closeTrace(scope);
  }
}
