import { IndexedDBStore } from '../bridges/indexeddb.ts';
import { checkCount, checkOptions, checkText } from '../check.ts';
import { UserError } from '../errors.ts';
import { addStore, removeStore } from '../host.ts';
import { LEASE_MS, type OpenSession, openInCore } from './core-session.ts';
import { lookFor, markOpened } from './eviction.ts';
import { readOnly } from './read-only.ts';
import type { StoredSessionOptions } from './session.ts';
import { type SessionStorage, StoredSession } from './stored-session.ts';

export interface IndexedDBSessionOptions extends StoredSessionOptions {
  /** The name of the database, in this origin. Default `agents-wasm`. */
  dbName?: string;
  /** How many milliseconds opening waits for another tab that is in the way. Default 5,000. */
  busyTimeout?: number;
}

const BUSY_TIMEOUT = 5000;

/**
 * Conversations in IndexedDB: in pages, frames and Workers of every kind, several tabs at once. The database is opened
 * at the first use; when it is deleted under the session, the next call finds an empty one.
 *
 * @example
 * const session = new IndexedDBSession();
 * await Runner.run(agent, "Hello, I'm John", { session, conversationId: 'user-123' });
 */
export class IndexedDBSession extends StoredSession {
  readonly #dbName: string;
  readonly #busyTimeout: number;
  #store: IndexedDBStore | undefined;
  #storeId = 0;
  #lastSeen: Date | undefined;

  constructor(options: IndexedDBSessionOptions = {}) {
    checkOptions("IndexedDBSession's options", options);
    super(options);
    const { dbName = 'agents-wasm', busyTimeout = BUSY_TIMEOUT } = options;
    checkText('dbName', dbName);
    if (dbName === '') throw new UserError('invalid_argument', 'dbName must not be empty.');
    checkCount('busyTimeout', busyTimeout, 0);
    this.#dbName = dbName;
    this.#busyTimeout = busyTimeout;
  }

  /** What traces call it; a minifier changes the name of the class. */
  get sessionType(): string {
    return this.constructor === IndexedDBSession ? 'IndexedDBSession' : this.constructor.name;
  }

  protected override async open(): Promise<OpenSession> {
    const key = `indexeddb:${this.#dbName}`;
    this.#lastSeen ??= await lookFor({ key, isThere: () => isThere(this.#dbName) });
    // Not loaded on demand: service workers cannot.
    this.#store ??= new IndexedDBStore({ dbName: this.#dbName, busyTimeout: this.#busyTimeout });
    removeStore(this.#storeId);
    this.#storeId = addStore(this.#store);
    const opened = await openInCore({ kind: 'host', slowMs: this.slowMs, store: this.#storeId, key, ...sharing() });
    markOpened(key);
    return opened;
  }

  protected override async release(): Promise<void> {
    removeStore(this.#storeId);
    await this.#store?.close();
  }

  override async storage(): Promise<SessionStorage> {
    await this.opened();
    const { durable, refusal } = await (this.#store as IndexedDBStore).describe();
    const place = `IndexedDB keeps the database "${this.#dbName}"`;
    const reason = durable ? `${place}.` : `${place}, but this browser does not wait for the disk.`;
    const evicted = this.#lastSeen && { evicted: { since: this.#lastSeen } };
    const storage = { persistence: 'indexeddb', durable, reason, ...evicted } as const;
    return refusal ? readOnly(storage, refusal) : storage;
  }
}

/** Browsers that cannot list their databases fail here. */
async function isThere(dbName: string): Promise<boolean> {
  return (await indexedDB.databases()).some(({ name }) => name === dbName);
}

/** How runs keep out of each other's way, in all tabs: by Web Locks, and by leases where a page has none. */
function sharing(): { locks: true } | { leaseMs: number } {
  return globalThis.navigator?.locks ? { locks: true } : { leaseMs: LEASE_MS };
}
