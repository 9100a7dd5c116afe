import { checkFunction, messageOf, refuse } from '../check.ts';
import { AgentsError } from '../errors.ts';
import type { Item } from '../items.ts';
import { type LoadOptions, type SaveOptions, type Session, SessionABC } from './session.ts';

export interface FallbackEvent {
  conversationId: string;
  /** Where the history was read from instead, or that a copy could not be written. */
  type: 'read_from_backup' | 'started_fresh' | 'backup_not_written';
  /** What the session that failed said. */
  error: unknown;
}

export interface FallbackOptions {
  /** Told whenever something other than the primary was used. Default: `console.warn`. */
  onFallback?: (event: FallbackEvent) => void;
}

/**
 * Reads from `primary`, from `backup` where that fails, and begins without a history where both fail. What is saved goes
 * to the primary, and a copy to the backup while the primary can be read. What the backup missed it gets with the first
 * save after that, in its place: new items without those before them would be no backup. A save that the primary refuses
 * fails.
 *
 * @example
 * const session = withFallback(new SQLiteSession({ dbPath: 'main.db' }), new SQLiteSession({ dbPath: 'backup.db' }));
 */
export function withFallback(primary: Session, backup: Session, options: FallbackOptions = {}): Session {
  return new FallbackSession(primary, backup, options);
}

class FallbackSession extends SessionABC {
  readonly sessionType = 'FallbackSession';
  readonly #primary: Session;
  readonly #backup: Session;
  readonly #onFallback: (event: FallbackEvent) => void;
  /** Conversations whose last read from the primary failed. */
  readonly #unread = new Set<string>();
  /** Conversations of which the backup lacks items that the primary got. */
  readonly #behind = new Set<string>();

  constructor(primary: Session, backup: Session, { onFallback = warn }: FallbackOptions) {
    super({ sessionSettings: primary?.sessionSettings });
    for (const [name, session] of Object.entries({ primary, backup })) {
      if (typeof session?.loadItems !== 'function' || typeof session.saveItems !== 'function') {
        refuse(name, session, 'a session, an object with loadItems and saveItems');
      }
    }
    checkFunction('onFallback', onFallback);
    this.#primary = primary;
    this.#backup = backup;
    this.#onFallback = onFallback;
  }

  override async loadItems(conversationId: string, options?: LoadOptions): Promise<Item[]> {
    try {
      const items = await this.#primary.loadItems(conversationId, options);
      this.#unread.delete(conversationId);
      return items;
    } catch (error) {
      // A mistake of the caller's is no failure of the store.
      if (isMistake(error)) throw error;
      this.#unread.add(conversationId);
      return this.#loadBackup(conversationId, options, error);
    }
  }

  override async saveItems(conversationId: string, items: Item[], options?: SaveOptions): Promise<void> {
    await this.#primary.saveItems(conversationId, items, options);
    const isBehind = this.#behind.has(conversationId);
    this.#behind.add(conversationId);
    if (this.#unread.has(conversationId)) return;
    try {
      if (isBehind) await this.#catchUp(conversationId);
      else await this.#backup.saveItems(conversationId, items, options);
      this.#behind.delete(conversationId);
    } catch (error) {
      this.#onFallback({ conversationId, type: 'backup_not_written', error });
    }
  }

  /** The backup has the first items of the primary's history, and gets the rest. */
  async #catchUp(conversationId: string): Promise<void> {
    const items = await this.#primary.loadItems(conversationId);
    const copied = await this.#backup.loadItems(conversationId);
    if (copied.length < items.length) await this.#backup.saveItems(conversationId, items.slice(copied.length));
  }

  async #loadBackup(conversationId: string, options: LoadOptions | undefined, reason: unknown): Promise<Item[]> {
    try {
      const items = await this.#backup.loadItems(conversationId, options);
      this.#onFallback({ conversationId, type: 'read_from_backup', error: reason });
      return items;
    } catch (error) {
      this.#onFallback({ conversationId, type: 'started_fresh', error });
      return [];
    }
  }
}

function isMistake(error: unknown): boolean {
  return error instanceof AgentsError && error.code === 'invalid_argument';
}

function warn({ conversationId, type, error }: FallbackEvent): void {
  console.warn(`agents-wasm: ${type} for the conversation "${conversationId}": ${messageOf(error)}`);
}
