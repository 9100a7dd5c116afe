import { checkCount, checkFunction, checkOptions, messageOf } from '../check.ts';
import { type OpenAIOptions, type OpenAISettings, openAISettings } from '../openai.ts';
import { ingest } from './ingest.ts';
import { ingestData } from './ingest-data.ts';
import type { TracingProcessor } from './processor.ts';
import { apiOf } from './scope.ts';
import type { Span } from './span.ts';
import type { Trace } from './trace.ts';

export interface OpenAIProcessorOptions {
  /** Where to send to and with which key. Default: as the run reaches the API, whose fetch and key are used. */
  openai?: OpenAIOptions;
  /** How many traces and spans may wait; further ones are dropped. Default 8,192. */
  maxQueueSize?: number;
  /** How many are sent at once. Default 128. */
  maxBatchSize?: number;
  /** How many ms an incomplete batch waits for more. Default 5,000. */
  delay?: number;
  /** How often a batch that was refused for a passing reason is sent again. Default 3. */
  maxRetries?: number;
  /** The first pause before that, in ms; each further one is twice as long, up to 30 s. Default 1,000. */
  retryDelay?: number;
  /**
   * For edge runtimes, which end with the response: is given the promise that all is sent whenever a trace has ended.
   * Nothing waits for more then.
   */
  waitUntil?: (promise: Promise<void>) => void;
  /** Told of what could not be sent. Default: `console.warn`. */
  onError?: (error: Error) => void;
}

/**
 * Sends traces to OpenAI, or whoever has its `traces/ingest`. Spans hold what was said unless `includeSensitiveData` is
 * false. Call `forceFlush` before a program ends: what waits for more is not sent otherwise.
 *
 * @example
 * const openai = new OpenAIProcessor();
 * setTracing({ processors: [openai] });
 * await run(agent, 'Hi');
 * await openai.forceFlush();
 *
 * @example
 * // In a worker at the edge:
 * const tracing = { processors: [new OpenAIProcessor({ waitUntil: (promise) => ctx.waitUntil(promise) })] };
 */
export class OpenAIProcessor implements TracingProcessor {
  readonly #options: Required<Omit<OpenAIProcessorOptions, 'openai' | 'waitUntil'>>;
  readonly #openai: OpenAISettings | undefined;
  readonly #waitUntil: ((promise: Promise<void>) => void) | undefined;
  readonly #life = new AbortController();
  #queue: (Trace | Span)[] = [];
  #dropped = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #sending: Promise<void> | undefined;
  #isShut = false;

  constructor(options: OpenAIProcessorOptions = {}) {
    checkOptions('The options of OpenAIProcessor', options);
    const { openai, waitUntil, ...more } = options;
    const { maxQueueSize = 8192, maxBatchSize = 128, delay = 5000, maxRetries = 3, retryDelay = 1000 } = more;
    const { onError = warn } = more;
    for (const [name, value] of Object.entries({ maxQueueSize, maxBatchSize })) checkCount(name, value, 1);
    for (const [name, value] of Object.entries({ delay, maxRetries, retryDelay })) checkCount(name, value, 0);
    checkFunction('onError', onError);
    if (waitUntil !== undefined) checkFunction('waitUntil', waitUntil);
    this.#options = { maxQueueSize, maxBatchSize, delay, maxRetries, retryDelay, onError };
    this.#openai = openai && openAISettings(openai);
    this.#waitUntil = waitUntil;
  }

  onTraceStart(trace: Trace): void {
    this.#add(trace);
  }

  onSpanEnd(span: Span): void {
    this.#add(span);
  }

  onTraceEnd(): void {
    this.#waitUntil?.(this.forceFlush());
  }

  onSpanStart(): void {}

  /** Sends all that waits. Never fails: `onError` is told of what could not be sent. */
  forceFlush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#queue.length > 0) this.#sending ??= this.#sendAll();
    return this.#sending ?? Promise.resolve();
  }

  /** As `forceFlush`; what comes later is dropped, and after `timeout` ms what is not sent yet. */
  async shutdown(timeout?: number): Promise<void> {
    this.#isShut = true;
    const timer = timeout === undefined ? undefined : setTimeout(() => this.#life.abort(), timeout);
    await this.forceFlush();
    clearTimeout(timer);
  }

  #add(item: Trace | Span): void {
    if (this.#isShut || this.#queue.length >= this.#options.maxQueueSize) {
      this.#dropped++;
      return;
    }
    this.#queue.push(item);
    if (this.#queue.length >= this.#options.maxBatchSize) void this.forceFlush();
    else if (!this.#waitUntil) this.#schedule();
  }

  #schedule(): void {
    if (this.#timer !== undefined || this.#sending) return;
    this.#timer = setTimeout(() => void this.forceFlush(), this.#options.delay);
    // In Node a timer would keep a finished program alive.
    (this.#timer as { unref?: () => void }).unref?.();
  }

  async #sendAll(): Promise<void> {
    while (this.#queue.length > 0) await this.#send(this.#queue.splice(0, this.#options.maxBatchSize));
    this.#sending = undefined;
    const dropped = this.#dropped;
    this.#dropped = 0;
    if (dropped > 0) this.#report(`${dropped} traces and spans were dropped: more came than could be sent.`);
  }

  async #send(batch: readonly (Trace | Span)[]): Promise<void> {
    for (const [api, items] of this.#byApi(batch)) {
      try {
        await ingest(items.map(ingestData), api ?? openAISettings(), { ...this.#options, signal: this.#life.signal });
      } catch (error) {
        this.#report(`${items.length} traces and spans were not sent: ${messageOf(error)}`, error);
      }
    }
  }

  /** Runs may have keys of their own. */
  #byApi(batch: readonly (Trace | Span)[]): Map<OpenAISettings | undefined, (Trace | Span)[]> {
    const groups = new Map<OpenAISettings | undefined, (Trace | Span)[]>();
    for (const item of batch) {
      const api = this.#openai ?? apiOf(item.type === 'trace' ? item : item.trace);
      const same = [...groups.keys()].find((known) => isSame(known, api)) ?? api;
      groups.set(same, [...(groups.get(same) ?? []), item]);
    }
    return groups;
  }

  #report(message: string, cause?: unknown): void {
    try {
      this.#options.onError(new Error(message, cause === undefined ? {} : { cause }));
    } catch {
      // Whoever listens may fail too; nothing waits for it.
    }
  }
}

function isSame(one: OpenAISettings | undefined, other: OpenAISettings | undefined): boolean {
  return (
    one?.apiKey === other?.apiKey &&
    one?.baseURL === other?.baseURL &&
    one?.fetch === other?.fetch &&
    JSON.stringify(one?.headers) === JSON.stringify(other?.headers)
  );
}

function warn(error: Error): void {
  console.warn(`agents-wasm: ${error.message}`);
}
