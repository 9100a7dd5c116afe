import { messageOf } from '../check.ts';
import type { Span } from './span.ts';
import type { Trace } from './trace.ts';

type Done = void | Promise<void>;

/**
 * Is told of traces and spans: the SDK's interface. Whatever it throws or rejects with is its own matter: the run goes
 * on, and nobody waits for what it promises.
 */
export interface TracingProcessor {
  onTraceStart(trace: Trace): Done;
  onTraceEnd(trace: Trace): Done;
  onSpanStart(span: Span): Done;
  onSpanEnd(span: Span): Done;
  /** Sends what it has not sent yet. */
  forceFlush(): Done;
  /** As `forceFlush`, within so many milliseconds, and for the last time. */
  shutdown(timeout?: number): Done;
}

/** A processor of `@openai/agents`, whose types ask for more of a trace than it uses. */
export interface SdkTracingProcessor {
  onTraceStart(trace: never): Promise<void>;
  onTraceEnd(trace: never): Promise<void>;
  onSpanStart(span: never): Promise<void>;
  onSpanEnd(span: never): Promise<void>;
  forceFlush(): Promise<void>;
  shutdown(timeout?: number): Promise<void>;
}

/**
 * The SDK's processors do as they are; this tells the compiler so.
 *
 * @example
 * const processor = new BatchTraceProcessor(new OpenAITracingExporter());
 * setTracing({ processors: [fromSdkProcessor(processor)] });
 */
export function fromSdkProcessor(processor: SdkTracingProcessor): TracingProcessor {
  return processor as unknown as TracingProcessor;
}

type Event = 'onTraceStart' | 'onTraceEnd' | 'onSpanStart' | 'onSpanEnd';

// Said once of each: a processor that fails will fail at every span.
const accused = new WeakSet<TracingProcessor>();

/** Tells all of them, each on its own. */
export function tell(processors: readonly TracingProcessor[], event: 'onTraceStart' | 'onTraceEnd', what: Trace): void;
export function tell(processors: readonly TracingProcessor[], event: 'onSpanStart' | 'onSpanEnd', what: Span): void;
export function tell(processors: readonly TracingProcessor[], event: Event, what: Trace | Span): void {
  for (const processor of processors) {
    try {
      const done = processor[event](what as Trace & Span);
      done?.then(undefined, (error: unknown) => accuse(processor, error));
    } catch (error) {
      accuse(processor, error);
    }
  }
}

function accuse(processor: TracingProcessor, error: unknown): void {
  if (accused.has(processor)) return;
  accused.add(processor);
  console.warn(`agents-wasm: a tracing processor failed: ${messageOf(error)}`);
}
