import type { Backend } from './backend.ts';
import type { Call } from './call.ts';
import type { StreamEvent } from './wire.ts';

/**
 * What becomes of a stored response when its client goes away, or its answer is cut. The live API was seen to do either
 * of the first two:
 * - `finish`: it is made to its end and stored, but its conversation gets nothing of it;
 * - `append`: it is made to its end and stored, and its conversation gets everything;
 * - `drop`: the model stops, and nothing is stored.
 */
export type OnDisconnect = 'finish' | 'append' | 'drop';

/** The making of one response. It is made as it is read, and by itself once its reader has gone. */
export class Work {
  readonly #call: Call | undefined;
  readonly #others: Set<Work>;
  readonly #onDisconnect: OnDisconnect;
  readonly #controller = new AbortController();
  readonly #unlock: () => void;
  #steps: AsyncIterator<StreamEvent> | undefined;
  #deserted = false;
  #ended = false;

  /** Without a call it has no reader to lose: it goes on until it is dropped. */
  constructor(call: Call | undefined, backend: Backend, { keeps, unlock }: { keeps: boolean; unlock: () => void }) {
    this.#call = call;
    this.#others = backend.works;
    // What fails, and what is stored nowhere, is of no use without its reader.
    this.#onDisconnect = keeps && call?.fault.errorAfter === undefined ? backend.onDisconnect : 'drop';
    this.#unlock = unlock;
    this.#others.add(this);
    call?.whenOver(() => this.#leave());
  }

  /** Aborts when nobody wants the response any more. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Whether the conversation gets what is made. */
  get appends(): boolean {
    return !this.#deserted || this.#onDisconnect === 'append';
  }

  /** The events, of which the rest is made even if the reader of these stops. */
  follow(events: AsyncIterable<StreamEvent>): AsyncIterable<StreamEvent> {
    const steps = events[Symbol.asyncIterator]();
    this.#steps = steps;
    if (this.#deserted) this.#leave();
    return { [Symbol.asyncIterator]: () => ({ next: () => steps.next() }) };
  }

  /** Stops it. */
  drop(reason: unknown): void {
    if (this.#ended) return;
    this.#controller.abort(reason);
    this.#steps?.return?.().catch(() => {});
    this.end();
  }

  /** Called when what was to be stored is stored, or never will be. */
  end(): void {
    this.#ended = true;
    this.#others.delete(this);
    this.#unlock();
  }

  #leave(): void {
    if (this.#ended) return;
    this.#deserted = true;
    if (this.#onDisconnect === 'drop') this.drop(this.#call?.signal.reason);
    else if (this.#steps) void toItsEnd(this.#steps);
  }
}

async function toItsEnd(steps: AsyncIterator<StreamEvent>): Promise<void> {
  try {
    while (!(await steps.next()).done);
  } catch {
    // Nobody is left to be told.
  }
}
