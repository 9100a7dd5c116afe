import { holdsDatabase } from '../bridges/opfs-folder.ts';
import { isServer, openSqlDatabase, type SqlDatabase, SqlError } from '../bridges/sql-database.ts';
import { checkCount, checkText, refuse } from '../check.ts';
import { errorFrom, UserError } from '../errors.ts';
import { addDatabase, removeDatabase } from '../host.ts';
import { LEASE_MS, type OpenSession, openInCore } from './core-session.ts';
import { lookFor, markOpened } from './eviction.ts';
import { withReadOnly } from './read-only.ts';
import type { StoredSessionOptions } from './session.ts';
import { type SessionStorage, StoredSession } from './stored-session.ts';

/** The tables of a session in a SQLite database. */
export interface SQLiteTables {
  /** The tables that the Python SDK shares. Default `agent_sessions` and `agent_messages`, as there. */
  sessionsTable?: string;
  messagesTable?: string;
}

export interface SQLiteSessionOptions extends StoredSessionOptions, SQLiteTables {
  /**
   * In a browser the name of a database in the origin's private file system (OPFS); in Node, Deno and Bun the path of a
   * file, whose folder must exist. `':memory:'` keeps nothing.
   */
  dbPath: string;
  /** How many milliseconds a call waits for another process's lock. Node, Deno and Bun only. Default 5,000. */
  busyTimeout?: number;
  /** Where the Worker's script is, if a bundler did not put it beside this module. Browsers only. */
  workerUrl?: string | URL;
  /** Where `sqlite3.wasm` is, if not beside the Worker's script. Browsers only. */
  wasmUrl?: string | URL;
}

/** A session in a database that is open already, or opening. */
export interface SQLiteDatabaseOptions extends StoredSessionOptions, SQLiteTables {
  /** One of `agents-wasm/edge`, or your own. The session closes it. */
  database: SqlDatabase | PromiseLike<SqlDatabase>;
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
  readonly #options: SQLiteSessionOptions | SQLiteDatabaseOptions;
  readonly #given: Promise<SqlDatabase> | undefined;
  #database: SqlDatabase | undefined;
  #databaseId = 0;
  #lastSeen: Date | undefined;

  constructor(options: SQLiteSessionOptions | SQLiteDatabaseOptions) {
    if (typeof options !== 'object' || options === null)
      refuse("SQLiteSession's options", options, 'an object with dbPath or database');
    super(options);
    checkPlace(options);
    for (const name of ['sessionsTable', 'messagesTable'] as const) {
      if (options[name] !== undefined) checkText(name, options[name]);
    }
    this.#options = { ...options };
    if ('dbPath' in options && options.dbPath !== undefined) return;
    this.#given = asSessionError(opened(options as SQLiteDatabaseOptions));
    // Whoever uses it first hears of it.
    this.#given.catch(() => undefined);
  }

  /** What traces call it; a minifier changes the name of the class. */
  get sessionType(): string {
    return this.constructor === SQLiteSession ? 'SQLiteSession' : this.constructor.name;
  }

  protected override async open(): Promise<OpenSession> {
    const { messagesTable = 'agent_messages', sessionsTable = 'agent_sessions' } = this.#options;
    const dbPath = this.#given ? undefined : (this.#options as SQLiteSessionOptions).dbPath;
    const path = dbPath && `${dbPath}#${messagesTable}`;
    const key = isServer() || !dbPath || dbPath === ':memory:' ? undefined : `opfs:${path}`;
    if (key && dbPath) this.#lastSeen ??= await lookFor({ key, isThere: () => holdsDatabase(dbPath) });
    // When an instance of the core fails, the database stays open, and with it what `:memory:` holds.
    const database = this.#database ?? (await (this.#given ?? asSessionError(this.openDatabase())));
    removeDatabase(this.#databaseId);
    const id = addDatabase(database);
    try {
      const opened = await openInCore({
        kind: 'sql',
        slowMs: this.slowMs,
        ...(path ? sharing(database, path) : sharingOfGiven(database, messagesTable)),
        database: id,
        sessionsTable,
        messagesTable,
        maxParams: database.limits.maxParams,
        maxValueBytes: database.limits.maxValueBytes,
        noBytes: !database.limits.bytes,
      });
      this.#database = database;
      this.#databaseId = id;
      if (key) markOpened(key);
      return opened;
    } catch (error) {
      removeDatabase(id);
      this.#database = undefined;
      // One that was given cannot be opened again by the next call.
      if (!this.#given) await database.close();
      throw error;
    }
  }

  /** With an `image` the database in memory that begins with these bytes of a file. */
  protected openDatabase(image?: Uint8Array): Promise<SqlDatabase> {
    return openSqlDatabase({ ...(this.#options as SQLiteSessionOptions), ...(image && { image }) });
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

  /** Also one that was given and never used. */
  override async close(): Promise<void> {
    await super.close();
    await (await this.#given?.catch(() => undefined))?.close();
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

/** A Durable Object is alone with its database; behind others there may be many processes. */
function sharingOfGiven({ key, storage }: SqlDatabase, table: string): { key: string; leaseMs?: number } {
  const isAlone = storage.persistence === 'durable-object' || storage.persistence === 'memory';
  return { key: key ? `${key}#${table}` : '', ...(isAlone ? {} : { leaseMs: LEASE_MS }) };
}

function checkPlace(options: Partial<SQLiteSessionOptions & SQLiteDatabaseOptions>): void {
  const { dbPath, database, busyTimeout } = options;
  if (dbPath !== undefined && database !== undefined) {
    throw new UserError('invalid_argument', 'SQLiteSession takes dbPath or database, but not both.');
  }
  if (busyTimeout !== undefined) checkCount('busyTimeout', busyTimeout, 0);
  if (database === undefined) checkText('dbPath', dbPath);
  else if (typeof (database as PromiseLike<SqlDatabase> | null)?.then !== 'function') checkDatabase(database);
}

/** What is asked of a database of the caller's, before anything is asked of it. */
function checkDatabase(database: unknown): asserts database is SqlDatabase {
  const { batch, size, close, limits, storage } = (database ?? {}) as Partial<SqlDatabase>;
  const isOne = [batch, size, close].every((method) => typeof method === 'function') && limits && storage;
  if (!isOne) refuse('database', database, 'an SqlDatabase, as durableObjectDatabase gives it, or a promise of one');
  checkCount('database.limits.maxParams', limits.maxParams, 1);
  checkCount('database.limits.maxValueBytes', limits.maxValueBytes, 1);
}

async function opened({ database }: SQLiteDatabaseOptions): Promise<SqlDatabase> {
  const given = await database;
  checkDatabase(given);
  return given;
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
