/** Runs work one after the other, in the order of the calls. */
export class InTurn {
  #last: Promise<unknown> = Promise.resolve();

  run<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => undefined);
    return result;
  }

  /** Resolves once all is done that was asked for until now. */
  async idle(): Promise<void> {
    await this.#last;
  }
}
