import { useInsertionEffect, useRef, useSyncExternalStore } from 'react';

import { UserError } from '../errors.ts';

/** What the hook needs of a run: a `StreamedRun` is one. */
export interface ShownRun<Result> {
  toTextStream(): AsyncIterable<string>;
  readonly completed: Promise<Result>;
}

export interface RunProgress<Result> {
  readonly running: boolean;
  /** The model's words of the run that was started last, as they come. */
  readonly text: string;
  /** Of the run that was started last, when it is complete. */
  readonly result: Result | undefined;
  /** Why the run that was started last ended without a result; a RunAbortedError after `stop()`. */
  readonly error: unknown;
}

export interface RunControls<Input, Result> extends RunProgress<Result> {
  /** Starts a run, and settles when it has ended; why it failed is `error`. Rejects only while another one is running. */
  send(input: Input): Promise<void>;
  /** Stops it. */
  stop(): void;
}

const IDLE: RunProgress<never> = { running: false, text: '', result: undefined, error: undefined };

/**
 * Starts and stops runs, and shows the words of the last one. A run goes on when its component goes. Where a component is to
 * show nothing of the conversation before, give it the conversation's id as its `key`.
 *
 * @example
 * const { send, stop, text, running } = useRun((input: string, signal) =>
 *   Runner.run(agent, input, { session, conversationId, stream: true, signal }),
 * );
 */
export function useRun<Input, Result>(
  start: (input: Input, signal: AbortSignal) => Promise<ShownRun<Result>>,
): RunControls<Input, Result> {
  const ref = useRef<RunView<Input, Result>>(undefined);
  ref.current ??= new RunView();
  const view = ref.current;
  // What the last render gave that took place is what the next run is started with.
  useInsertionEffect(() => {
    view.start = start;
  });
  const progress = useSyncExternalStore<RunProgress<Result>>(view.subscribe, view.getSnapshot, () => IDLE);
  return { ...progress, send: view.send, stop: view.stop };
}

class RunView<Input, Result> {
  start!: (input: Input, signal: AbortSignal) => Promise<ShownRun<Result>>;
  #progress: RunProgress<Result> = IDLE;
  #stopping = new AbortController();
  readonly #listeners = new Set<() => void>();

  readonly getSnapshot = (): RunProgress<Result> => this.#progress;

  readonly subscribe = (onChange: () => void): (() => void) => {
    this.#listeners.add(onChange);
    return () => this.#listeners.delete(onChange);
  };

  readonly send = async (input: Input): Promise<void> => {
    if (this.#progress.running) throw new UserError('user_error', 'The run before is still going; stop it first.');
    this.#stopping = new AbortController();
    this.#change({ ...IDLE, running: true });
    try {
      const run = await this.start(input, this.#stopping.signal);
      for await (const text of run.toTextStream()) this.#change({ text: this.#progress.text + text });
      this.#change({ running: false, result: await run.completed });
    } catch (error) {
      this.#change({ running: false, error });
    }
  };

  readonly stop = (): void => this.#stopping.abort();

  #change(part: Partial<RunProgress<Result>>): void {
    this.#progress = { ...this.#progress, ...part };
    for (const listener of this.#listeners) listener();
  }
}
