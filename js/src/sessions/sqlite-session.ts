import { holdsDatabase } from '../bridges/opfs-folder.ts';
import { isServer, openSqlDatabase, type SqlDatabase, SqlError } from '../bridges/sql-database.ts';
import { checkCount, checkText, refuse } from '../check.ts';
import { errorFrom } from '../errors.ts';
import { addDatabase, removeDatabase } from '../host.ts';
import { LEASE_MS, type OpenSession, openInCore } from './core-session.ts';
import { lookFor, markOpened } from './eviction.ts';
import { withReadOnly } from './read-only.ts';
import type { StoredSessionOptions } from './session.ts';
import { type SessionStorage, StoredSession } from './stored-session.ts';

export interface SQLiteSessionOptions extends StoredSessionOptions {
  /**
   * In a browser the name of a database in the origin's private file system (OPFS); in Node, Deno and Bun the path of a
   * file, whose folder must exist. `':memory:'` keeps nothing.
   */
  dbPath: string;
  /** The tables that the Python SDK shares. Default `agent_sessions` and `agent_messages`, as there. */
  sessionsTable?: string;
  messagesTable?: string;
  /** How many milliseconds a call waits for another process's lock. Node, Deno and Bun only. Default 5,000. */
  busyTimeout?: number;
  /** Where the Worker's script is, if a bundler did not put it beside this module. Browsers only. */
  workerUrl?: string | URL;
  /** Where `sqlite3.wasm` is, if not beside the Worker's script. Browsers only. */
  wasmUrl?: string | URL;
}

/**
 * Conversations in a SQLite database, which the OpenAI Agents SDK for Python can open too. The database is opened at the
 * first use; until then a `dbPath` that cannot be opened shows nothing.
 *
 * @example
 * const session = new SQLiteSession({ dbPath: 'conversations.db' });
 * await Runner.run(agent, "Hello, I'm John", { session, conversationId: 'user-123' });
 */
export class SQLiteSession extends StoredSession {
  readonly #options: SQLiteSessionOptions;
  #database: SqlDatabase | undefined;
  #databaseId = 0;
  #lastSeen: Date | undefined;

  constructor(options: SQLiteSessionOptions) {
    if (typeof options !== 'object' || options === null)
      refuse("SQLiteSession's options", options, 'an object with dbPath');
    super(options);
    checkText('dbPath', options.dbPath);
    for (const name of ['sessionsTable', 'messagesTable'] as const) {
      if (options[name] !== undefined) checkText(name, options[name]);
    }
    if (options.busyTimeout !== undefined) checkCount('busyTimeout', options.busyTimeout, 0);
    this.#options = { ...options };
  }

  /** What traces call it; a minifier changes the name of the class. */
  get sessionType(): string {
    return this.constructor === SQLiteSession ? 'SQLiteSession' : this.constructor.name;
  }

  protected override async open(): Promise<OpenSession> {
    const { dbPath, messagesTable = 'agent_messages' } = this.#options;
    const path = `${dbPath}#${messagesTable}`;
    const key = isServer() || dbPath === ':memory:' ? undefined : `opfs:${path}`;
    if (key) this.#lastSeen ??= await lookFor({ key, isThere: () => holdsDatabase(dbPath) });
    // When an instance of the core fails, the database stays open, and with it what `:memory:` holds.
    const database = this.#database ?? (await asSessionError(this.openDatabase()));
    removeDatabase(this.#databaseId);
    const id = addDatabase(database);
    try {
      const opened = await openInCore({
        kind: 'sql',
        slowMs: this.slowMs,
        ...sharing(database, path),
        database: id,
        sessionsTable: this.#options.sessionsTable ?? 'agent_sessions',
        messagesTable,
        maxParams: database.limits.maxParams,
        maxValueBytes: database.limits.maxValueBytes,
      });
      this.#database = database;
      this.#databaseId = id;
      if (key) markOpened(key);
      return opened;
    } catch (error) {
      removeDatabase(id);
      this.#database = undefined;
      await database.close();
      throw error;
    }
  }

  /** With an `image` the database in memory that begins with these bytes of a file. */
  protected openDatabase(image?: Uint8Array): Promise<SqlDatabase> {
    return openSqlDatabase({ ...this.#options, ...(image && { image }) });
  }

  /** The open database. */
  protected async database(): Promise<SqlDatabase> {
    await this.opened();
    return this.#database as SqlDatabase;
  }

  protected override async release(): Promise<void> {
    removeDatabase(this.#databaseId);
    await this.#database?.close();
    this.#database = undefined;
  }

  override async storage(): Promise<SessionStorage> {
    const database = await this.database();
    const evicted = this.#lastSeen && { evicted: { since: this.#lastSeen } };
    return withReadOnly(this, { ...database.storage, bytes: await asSessionError(database.size()), ...evicted });
  }
}

/** How runs keep out of each other's way: among the tabs of a browser by Web Locks, among processes by leases. */
function sharing({ storage }: SqlDatabase, path: string): { key: string; locks?: boolean; leaseMs?: number } {
  if (storage.persistence === 'opfs') return { key: `opfs:${path}`, locks: true };
  if (storage.persistence === 'file') return { key: `file:${absolute(path)}`, leaseMs: LEASE_MS };
  return { key: '' };
}

function absolute(path: string): string {
  return process.getBuiltinModule('node:path').resolve(path);
}

/** The driver's errors under the names that callers of sessions know. */
export async function asSessionError<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    if (!(cause instanceof SqlError)) throw cause;
    const code = cause.code === 'invalid' ? 'invalid_argument' : cause.code;
    throw errorFrom(code, cause.message, {}, { cause });
  }
}
