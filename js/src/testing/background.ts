import type { StreamEvent } from './wire.ts';
import type { Work } from './work.ts';

/** A response that goes on without its client. Its events are kept, so that clients can come for them later. */
export class BackgroundRun {
  /** Whether it was created as a stream, which is what allows to stream it again. */
  readonly streams: boolean;
  readonly #work: Work;
  readonly #events: StreamEvent[] = [];
  #over = false;
  #tell = () => {};
  #news = Promise.resolve();

  constructor(work: Work, { streams }: { streams: boolean }) {
    this.streams = streams;
    this.#work = work;
    this.#awaitNews();
    work.signal.addEventListener('abort', () => this.#end(), { once: true });
  }

  /** Takes the events one after another, as they come, until they end or the run is stopped. */
  async follow(events: AsyncIterable<StreamEvent>): Promise<void> {
    try {
      for await (const event of this.#work.follow(events)) {
        if (this.#over) return;
        this.#events.push(event);
        this.#awaitNews();
      }
    } catch {
      // What goes wrong in a response is one of its events; only one that was stopped breaks off.
    } finally {
      this.#end();
    }
  }

  /** Ends it where it is. Whoever reads its events gets no more. */
  stop(): void {
    this.#work.drop(new DOMException('The response was cancelled.', 'AbortError'));
  }

  /** The events after the one with this number, also those that are still to come. */
  async *eventsAfter(sequence: number): AsyncGenerator<StreamEvent, void, undefined> {
    for (let at = Math.max(0, sequence + 1); ; ++at) {
      while (at >= this.#events.length && !this.#over) await this.#news;
      const event = this.#events[at];
      if (!event) return;
      yield event;
    }
  }

  #end(): void {
    this.#over = true;
    this.#tell();
  }

  /** Wakes those who wait, and lets others wait for what comes next. */
  #awaitNews(): void {
    this.#tell();
    this.#news = new Promise((resolve) => {
      this.#tell = resolve;
    });
  }
}
