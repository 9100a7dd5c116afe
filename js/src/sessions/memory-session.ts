import { SessionError } from '../errors.ts';
import { type OpenSession, openInCore } from './core-session.ts';
import { type SessionStorage, StoredSession } from './stored-session.ts';

// A session that is dropped without close() must not keep its conversations in the core.
const dropped = new FinalizationRegistry<OpenSession>(({ core, id }) => {
  if (!core.dead) core.call('session.close', { session: id }).catch(() => {});
});

/**
 * Conversations that live as long as the object, in the core's memory.
 *
 * @example
 * const session = new MemorySession();
 * await session.saveItems('conv-123', [{ role: 'user', content: 'Hello' }]);
 */
export class MemorySession extends StoredSession {
  #wasOpen = false;

  /** What traces call it; a minifier changes the name of the class. */
  get sessionType(): string {
    return this.constructor === MemorySession ? 'MemorySession' : this.constructor.name;
  }

  protected override async open(): Promise<OpenSession> {
    if (this.#wasOpen) {
      throw new SessionError(
        'io',
        'The WebAssembly instance failed, and what this MemorySession held is lost with it.',
      );
    }
    const opened = await openInCore({ kind: 'memory', slowMs: this.slowMs });
    this.#wasOpen = true;
    dropped.register(this, opened, this);
    return opened;
  }

  protected override async release(): Promise<void> {
    dropped.unregister(this);
  }

  override async storage(): Promise<SessionStorage> {
    return { persistence: 'memory', durable: false, reason: 'A MemorySession keeps nothing.' };
  }
}
