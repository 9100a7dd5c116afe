import { checkCount } from '../check.ts';
import type { TracingProcessor } from './processor.ts';
import type { Span } from './span.ts';
import type { Trace } from './trace.ts';

/**
 * Keeps traces, to look at them in a test or on a page.
 *
 * @example
 * const memory = new MemoryProcessor();
 * await run(agent, 'Hi', { runConfig: { tracing: { processors: [memory] } } });
 * console.log(memory.spans.map(({ spanData }) => spanData.type));
 */
export class MemoryProcessor implements TracingProcessor {
  readonly #maxTraces: number;
  readonly #spans = new Map<Trace, Span[]>();

  /** @param options.maxTraces how many are kept, the newest ones. Default 100. */
  constructor({ maxTraces = 100 }: { maxTraces?: number } = {}) {
    checkCount('maxTraces', maxTraces, 1);
    this.#maxTraces = maxTraces;
  }

  /** In the order in which they began. */
  get traces(): Trace[] {
    return [...this.#spans.keys()];
  }

  /** Of all traces, or of one, in the order in which they began. One that has not ended has no `endedAt`. */
  get spans(): Span[] {
    return [...this.#spans.values()].flat();
  }

  spansOf(trace: Trace): Span[] {
    return [...(this.#spans.get(trace) ?? [])];
  }

  /** Forgets all of them. */
  clear(): void {
    this.#spans.clear();
  }

  onTraceStart(trace: Trace): void {
    this.#spans.set(trace, []);
    if (this.#spans.size > this.#maxTraces) this.#spans.delete(this.#spans.keys().next().value as Trace);
  }

  onSpanStart(span: Span): void {
    this.#spans.get(span.trace)?.push(span);
  }

  onTraceEnd(): void {}
  onSpanEnd(): void {}
  forceFlush(): void {}
  shutdown(): void {}
}
