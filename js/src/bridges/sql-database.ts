import { SqlError, type SqlErrorCode } from './sql-error.ts';

/** A value that goes into or comes out of SQL. Text is well-formed Unicode; integers are within ±(2^53 − 1). */
export type SqlValue = string | number | null | Uint8Array;

/** One statement. `sql` holds exactly one, with the placeholders `?1`, `?2` …; `params[0]` is `?1`. */
export interface SqlStatement {
  sql: string;
  params?: readonly SqlValue[];
}

/** What a driver takes. A statement beyond a limit is refused as `invalid` and nothing of its batch happens. */
export interface SqlLimits {
  /** Parameters of one statement. */
  maxParams: number;
  /** Bytes of one text or blob. */
  maxValueBytes: number;
  /** Bytes of one statement's text. */
  maxSqlBytes: number;
  /** Whether bytes travel as bytes. Where not, text costs less, and callers that have the choice read and write text. */
  bytes: boolean;
}

/** Where the data is, for a user to see. */
export interface SqlStorage {
  persistence: 'opfs' | 'file' | 'memory' | 'durable-object' | 'd1' | 'libsql';
  /** Whether a resolved `batch` survives a crash of the page, the process and the machine. */
  durable: boolean;
  /** One sentence that says why it is so. */
  reason: string;
}

/**
 * A SQL database that can do one thing: a batch of statements in one transaction.
 *
 * Calls may overlap; batches run one after the other in the order of the calls. Every failure is an `SqlError`.
 */
export interface SqlDatabase {
  readonly limits: SqlLimits;
  readonly storage: SqlStorage;
  /** The same for those that are known to be one database, so that what uses them can tell; none where nobody can. */
  readonly key?: string | undefined;

  /**
   * Runs all statements in order in one transaction, all or none, and resolves once the commit is durable:
   * one list of rows for each statement, a row being a list of values.
   *
   * - The names of a result's columns are distinct and not numbers (Node before 22.16 knows rows only as objects).
   * - A parameter that is not given is NULL. Safe integers are bound as INTEGER, other numbers as REAL.
   *   Integers beyond ±(2^53 − 1) are refused, since they may have been rounded on their way here; text takes them.
   * - An integer in the database beyond that range fails the batch as `invalid`: no value is ever rounded.
   * - Text with a NUL is refused where the runtime could not read it back (Deno, Node 22): a blob takes it everywhere.
   * - Statements that would end or open a transaction, and `VACUUM`, `ATTACH` and `DETACH`, are refused.
   * - The bytes of a parameter belong to the database from here on: a driver may transfer them to a Worker,
   *   which leaves the caller's array empty, or read them again.
   * - A batch may be run twice when the owner of the database changes, as when the tab that has it open is closed: a
   *   batch that changes something must refuse its own repetition, by an id that is UNIQUE. The second time then
   *   fails with `conflict`, and what the id belongs to tells that the first one has been committed.
   */
  batch(statements: readonly SqlStatement[]): Promise<SqlValue[][][]>;

  /** The bytes that the database's pages occupy. */
  size(): Promise<number>;

  /**
   * The bytes of a file with the whole database as the batches before left it. It stands alone: everything of a log is in
   * it, and nothing says that there is one.
   */
  image(): Promise<Uint8Array>;

  /** Closes after the batches that have been called. May be called twice; later calls fail with `closed`. */
  close(): Promise<void>;
}

export { SqlError, type SqlErrorCode };

export interface SqlOpenOptions {
  /**
   * In Node, Deno and Bun the path of a file, whose folder must exist; in a browser a name, taken literally, of a
   * database in the origin's private file system. `':memory:'` is a database of its own that ends with `close()`.
   */
  dbPath: string;
  /** The bytes of a database's file that `':memory:'` begins with. Changes go to a copy. */
  image?: Uint8Array;
  /** How long a batch waits for another connection's lock. Node, Deno and Bun only. */
  busyTimeout?: number;
  /** Where the Worker's script is, if not beside this module. Browsers only. */
  workerUrl?: string | URL;
  /** Where `sqlite3.wasm` is, if not beside the Worker's script. Browsers only. */
  wasmUrl?: string | URL;
}

/**
 * Opens or creates a database with the driver that fits the runtime: `node:sqlite` in Node, Deno and Bun, SQLite in a
 * Worker over OPFS in browsers. It never falls back to memory.
 *
 * @example
 * const database = await openSqlDatabase({ dbPath: 'conversations.db' });
 * const [rows] = await database.batch([{ sql: 'SELECT ?1 AS word', params: ['hello'] }]);
 * await database.close();
 */
export async function openSqlDatabase(options: SqlOpenOptions): Promise<SqlDatabase> {
  checkPath(options.dbPath);
  checkImage(options);
  if (isServer()) {
    const { openNodeDatabase } = await import('./sql-node.ts');
    return openNodeDatabase(options);
  }
  if (typeof Worker === 'function') {
    const { openWorkerDatabase } = await import('./sql-opfs.ts');
    return openWorkerDatabase(options);
  }
  throw new SqlError(
    'unsupported',
    `The database "${options.dbPath}" cannot be opened here: this runtime has neither node:sqlite nor Workers. ` +
      'In a shared or a service worker use an IndexedDBSession, or openSession(), which takes one there; SQLite works in ' +
      'a page or a dedicated Worker of a browser, Node, Deno or Bun.',
  );
}

/** Node, Deno and Bun all set `process.versions.node`; so does workerd, whose node:sqlite keeps nothing. */
export function isServer(): boolean {
  const isWorkerd = globalThis.navigator?.userAgent === 'Cloudflare-Workers';
  return !isWorkerd && typeof process === 'object' && typeof process.versions?.node === 'string';
}

function checkImage({ dbPath, image }: SqlOpenOptions): void {
  if (image === undefined) return;
  if (!(image instanceof Uint8Array)) {
    throw new SqlError('invalid', "image must be a Uint8Array with the bytes of a database's file.");
  }
  if (dbPath === ':memory:') return;
  throw new SqlError('invalid', `An image is opened as the dbPath ":memory:", but the dbPath is "${dbPath}".`);
}

function checkPath(dbPath: unknown): void {
  if (typeof dbPath === 'string' && dbPath !== '' && !dbPath.includes('\0') && dbPath.isWellFormed()) return;
  throw new SqlError('invalid', 'dbPath must be a non-empty, well-formed string without NUL characters.');
}
