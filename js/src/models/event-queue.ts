const MOST_CHARACTERS = 256 * 1024;

/** Reads events ahead of the core, so that one trip over the border takes many of them; but not far ahead. */
export class EventQueue {
  readonly #events: AsyncIterator<unknown>;
  readonly #write: (event: unknown) => string;
  #texts: string[] = [];
  #characters = 0;
  #isOver = false;
  #failure: { error: unknown } | undefined;
  #wake = () => {};

  /** @param write the JSON of an event; it may throw. */
  constructor(events: AsyncIterable<unknown>, write: (event: unknown) => string) {
    this.#events = events[Symbol.asyncIterator]();
    this.#write = write;
    void this.#fill();
  }

  /** Some events, as JSON; none at the end. Fails as the stream fails, behind the events that came before. */
  async next(): Promise<string[]> {
    while (this.#texts.length === 0 && !this.#isOver) await this.#change();
    const texts = this.#texts;
    if (texts.length === 0 && this.#failure) throw this.#failure.error;
    this.#texts = [];
    this.#characters = 0;
    this.#wake();
    return texts;
  }

  /** Nobody wants the rest. */
  close(): void {
    this.#isOver = true;
    this.#wake();
    // It is the caller's, and may throw at once.
    Promise.resolve()
      .then(() => this.#events.return?.())
      .catch(() => {});
  }

  async #fill(): Promise<void> {
    try {
      while (!this.#isOver) {
        const { done, value } = await this.#events.next();
        if (done) break;
        const text = this.#write(value);
        this.#texts.push(text);
        this.#characters += text.length;
        this.#wake();
        while (this.#characters > MOST_CHARACTERS && !this.#isOver) await this.#change();
      }
    } catch (error) {
      this.#failure = { error };
    }
    this.#isOver = true;
    this.#wake();
  }

  /** Reader and writer never wait at once: one waits where there is nothing, the other where there is too much. */
  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}
