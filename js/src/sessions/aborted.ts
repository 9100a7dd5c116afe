import { RunAbortedError } from '../errors.ts';

/** Ends work that a signal has stopped; `message` is what its error says. */
export function stopIfAborted(signal: AbortSignal | undefined, message: string): void {
  if (signal?.aborted) throw new RunAbortedError('aborted', message, { cause: signal.reason });
}
