/** What a component shows, kept up to date while a component looks: the two functions of `useSyncExternalStore`. */
export abstract class View<State extends { error: unknown }> {
  #state: State;
  readonly #listeners = new Set<() => void>();
  #watching: AbortController | undefined;
  #loading = false;
  #isStale = false;

  constructor(state: State) {
    this.#state = state;
  }

  readonly getSnapshot = (): State => this.#state;

  readonly subscribe = (onChange: () => void): (() => void) => {
    this.#listeners.add(onChange);
    if (this.#listeners.size === 1) this.#begin();
    return () => {
      this.#listeners.delete(onChange);
      if (this.#listeners.size === 0) this.#watching?.abort();
    };
  };

  /** Begins to listen to what is shown, until the signal. */
  protected abstract watch(signal: AbortSignal): Promise<void>;
  /** Reads what is shown. */
  protected abstract read(): Promise<Partial<State>>;

  protected change(part: Partial<State>): void {
    this.#state = { ...this.#state, ...part };
    for (const listener of this.#listeners) listener();
  }

  /** Reads anew; what changes while it is read is read once more. */
  protected async load(): Promise<void> {
    this.#isStale = true;
    if (this.#loading) return;
    this.#loading = true;
    while (this.#isStale && this.#listeners.size > 0) {
      this.#isStale = false;
      const part = await this.read().catch((error: unknown) => ({ error }) as Partial<State>);
      this.change({ error: undefined, ...part });
    }
    this.#loading = false;
  }

  #begin(): void {
    const watching = new AbortController();
    this.#watching = watching;
    this.watch(watching.signal).then(
      () => (watching.signal.aborted ? undefined : this.load()),
      (error) => watching.signal.aborted || this.change({ error } as Partial<State>),
    );
  }
}

/** Ends a subscription with the signal, also where that came while it began. */
export async function untilAborted(signal: AbortSignal, subscription: Promise<() => void>): Promise<void> {
  const end = await subscription;
  if (signal.aborted) end();
  else signal.addEventListener('abort', end, { once: true });
}
