import type { Message, Reply, Ticket } from '../core.ts';

const LONGEST_TIMER = 2 ** 31 - 1;

/** Web Locks for one instance of the core: a tab or Worker that dies frees its own. */
export class LockBridge {
  readonly #releases = new Map<number, () => void>();

  /** Replies whether the lock came free in time; it is held under the ticket until it is released. */
  take({ head }: Message, ticket: Ticket): Promise<Reply> {
    const { name, ms } = head as { name: string; ms: number };
    const patience = new AbortController();
    const timer = setTimeout(() => patience.abort(), Math.min(ms, LONGEST_TIMER));
    ticket.signal.addEventListener('abort', () => patience.abort());
    // Only a request that may wait can be given up.
    const options = ms > 0 ? { signal: patience.signal } : { ifAvailable: true };
    return new Promise((resolve) => {
      const hold = (lock: Lock | null) => {
        resolve({ head: lock !== null });
        return lock && new Promise<void>((release) => this.#releases.set(ticket.id, release));
      };
      navigator.locks
        .request(name, options, hold)
        .catch(() => resolve({ head: false }))
        .finally(() => clearTimeout(timer));
    });
  }

  async isTaken({ head }: Message): Promise<Reply> {
    const { held = [] } = await navigator.locks.query();
    return { head: held.some((lock) => lock.name === head.name) };
  }

  release(ticket: number): void {
    this.#releases.get(ticket)?.();
    this.#releases.delete(ticket);
  }

  releaseAll(): void {
    for (const ticket of [...this.#releases.keys()]) this.release(ticket);
  }
}
