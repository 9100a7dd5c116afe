import type { DatabaseSync, StatementSync } from 'node:sqlite';
import {
  changesSchema,
  checkBatch,
  closedError,
  hasTail,
  isRead,
  notOneStatement,
  refusal,
  sqliteError,
  unsafeInteger,
} from './sql-check.ts';
import {
  type SqlDatabase,
  SqlError,
  type SqlLimits,
  type SqlOpenOptions,
  type SqlStatement,
  type SqlStorage,
  type SqlValue,
} from './sql-database.ts';
import { standAlone } from './sql-image.ts';
import { type ImageFile, imageFile } from './sql-node-image.ts';

const MEMORY = ':memory:';
const BUSY_TIMEOUT = 5000;
const LONGEST_PAUSE = 50;
const CACHED_STATEMENTS = 100;
const SQLITE_BUSY = 5;
const SQLITE_CANTOPEN = 14;
const SQLITE_RANGE = 25;
const LIMITS: SqlLimits = { maxParams: 32_766, maxValueBytes: 256 * 1024 * 1024, maxSqlBytes: 1_000_000, bytes: true };

/** Opens a file, or `':memory:'`, with the `node:sqlite` of Node, Deno or Bun. */
export async function openNodeDatabase(options: SqlOpenOptions): Promise<SqlDatabase> {
  const { dbPath, busyTimeout = BUSY_TIMEOUT, image } = options;
  const { DatabaseSync } = loadSqlite(dbPath);
  checkPlace(dbPath);
  const file = image && writeImage(dbPath, standAlone(image));
  return whileBusy(busyTimeout, () => {
    let connection: DatabaseSync | undefined;
    try {
      // Python's SDK opens the same files with foreign keys off. whileBusy waits for locks without blocking the process.
      connection = new DatabaseSync(file?.path ?? dbPath, { timeout: 0, enableForeignKeyConstraints: false });
      // The file of an image is removed as soon as it is open, so that nothing may be written beside it.
      connection.prepare(`PRAGMA journal_mode = ${dbPath === MEMORY ? 'MEMORY' : 'WAL'}`).all();
      connection.prepare('PRAGMA synchronous = FULL').all();
      if (file) connection.prepare('SELECT count(*) FROM sqlite_master').all();
      file?.remove();
      return new NodeDatabase(connection, dbPath, busyTimeout, file);
    } catch (error) {
      connection?.close();
      file?.remove();
      throw toSqlError(dbPath, error);
    }
  });
}

function writeImage(dbPath: string, image: Uint8Array | undefined): ImageFile {
  try {
    return imageFile(image);
  } catch (error) {
    throw new SqlError('io', `The database "${dbPath}" needs a temporary file: ${(error as Error).message}`);
  }
}

class NodeDatabase implements SqlDatabase {
  readonly limits = LIMITS;
  readonly storage: SqlStorage;
  readonly #connection: DatabaseSync;
  readonly #dbPath: string;
  readonly #busyTimeout: number;
  readonly #file: ImageFile | undefined;
  readonly #namesParams: boolean;
  readonly #cutsText: boolean;
  readonly #statements = new Map<string, StatementSync>();
  #last: Promise<unknown> = Promise.resolve();
  #closing: Promise<void> | undefined;

  constructor(connection: DatabaseSync, dbPath: string, busyTimeout: number, file?: ImageFile) {
    this.#file = file;
    this.#connection = connection;
    this.#dbPath = dbPath;
    this.#busyTimeout = busyTimeout;
    this.#namesParams = !takesNumberedParams(connection);
    this.#cutsText = this.#rows('SELECT ?1 AS text', ['\0'])[0]?.[0] !== '\0';
    this.storage =
      dbPath === MEMORY
        ? { persistence: 'memory', durable: false, reason: 'The dbPath ":memory:" names a database that is not kept.' }
        : { persistence: 'file', durable: true, reason: `SQLite keeps the database in the file "${dbPath}".` };
  }

  async batch(statements: readonly SqlStatement[]): Promise<SqlValue[][][]> {
    if (this.#closing) throw closedError(this.#dbPath);
    checkBatch(this.#dbPath, this.limits, statements);
    if (this.#cutsText) checkNoNul(this.#dbPath, statements);
    return this.#inTurn(() => whileBusy(this.#busyTimeout, () => this.#transact(statements)));
  }

  async size(): Promise<number> {
    const [rows] = await this.batch([
      { sql: 'SELECT page_count * page_size AS size FROM pragma_page_count, pragma_page_size' },
    ]);
    return Number(rows?.[0]?.[0]);
  }

  async image(): Promise<Uint8Array> {
    if (this.#closing) throw closedError(this.#dbPath);
    return this.#inTurn(() => whileBusy(this.#busyTimeout, () => this.#copy()));
  }

  close(): Promise<void> {
    this.#closing ??= this.#inTurn(() => {
      this.#connection.close();
      this.#file?.remove();
    });
    return this.#closing;
  }

  #copy(): Uint8Array {
    const file = writeImage(this.#dbPath, undefined);
    try {
      this.#rows('VACUUM INTO ?1', [file.path]);
      return standAlone(new Uint8Array(process.getBuiltinModule('node:fs').readFileSync(file.path)));
    } catch (error) {
      throw toSqlError(this.#dbPath, error);
    } finally {
      file.remove();
    }
  }

  /** Runs `work` after all that was asked for before it. */
  #inTurn<T>(work: () => T | Promise<T>): Promise<T> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => undefined);
    return result;
  }

  #transact(statements: readonly SqlStatement[]): SqlValue[][][] {
    let where = '';
    try {
      this.#rows(statements.every(({ sql }) => isRead(sql)) ? 'BEGIN' : 'BEGIN IMMEDIATE');
      const results = statements.map(({ sql, params }, index) => {
        where = `statements[${index}]`;
        return this.#rows(sql, params, where);
      });
      where = '';
      this.#rows('COMMIT');
      return results;
    } catch (error) {
      this.#rollBack();
      throw toSqlError(this.#dbPath, error, where);
    }
  }

  #rollBack(): void {
    try {
      this.#rows('ROLLBACK');
    } catch {
      // The transaction never began, or SQLite has rolled it back already.
    }
  }

  #rows(sql: string, params: readonly SqlValue[] = [], where = ''): SqlValue[][] {
    // node:sqlite binds every number as REAL; a bigint becomes an INTEGER.
    const bound = params.map((value) => (Number.isSafeInteger(value) ? BigInt(value as number) : value));
    const statement = this.#prepare(sql, where);
    const rows: unknown[] = this.#namesParams ? statement.all(named(bound)) : statement.all(...bound);
    if (changesSchema(sql)) this.#statements.clear();
    return rows.map((row) => (Array.isArray(row) ? row : Object.values(row as object)));
  }

  #prepare(sql: string, where: string): StatementSync {
    const cached = this.#statements.get(sql);
    if (cached) return cached;
    const statement = this.#connection.prepare(sql);
    if (hasTail(sql.slice(statement.sourceSQL.length))) throw notOneStatement(this.#dbPath, where);
    statement.setReturnArrays?.(true);
    this.#statements.set(sql, statement);
    const [oldest] = this.#statements.keys();
    if (this.#statements.size > CACHED_STATEMENTS && oldest !== undefined) this.#statements.delete(oldest);
    return statement;
  }
}

/** A builtin that is asked for at run time is nothing a bundler for browsers could stumble over. */
function loadSqlite(dbPath: string): typeof import('node:sqlite') {
  const sqlite = process.getBuiltinModule?.('node:sqlite');
  if (sqlite) return sqlite;
  throw new SqlError(
    'unsupported',
    `The database "${dbPath}" needs node:sqlite, which this runtime (Node ${process.versions.node}) does not have. ` +
      'Use Node 22.13, Deno 2.2, Bun 1.4 or newer.',
  );
}

/** SQLite says "unable to open database file" for each of these; a caller wants to know which. */
function checkPlace(dbPath: string): void {
  if (dbPath === MEMORY || dbPath.startsWith('file:')) return;
  const fs = process.getBuiltinModule('node:fs');
  const { dirname } = process.getBuiltinModule('node:path');
  if (fs.statSync(dbPath, { throwIfNoEntry: false })?.isDirectory()) {
    throw new SqlError('invalid', `The dbPath "${dbPath}" is a folder. Name a file in it.`);
  }
  if (!fs.statSync(dirname(dbPath), { throwIfNoEntry: false })?.isDirectory()) {
    throw new SqlError('not_found', `The folder of the dbPath "${dbPath}" does not exist. Create it first.`);
  }
}

/** Node 22 takes `?1` for a name, so that a list of values finds no place for its first. */
function takesNumberedParams(connection: DatabaseSync): boolean {
  try {
    connection.prepare('SELECT ?1').all(null);
    return true;
  } catch {
    return false;
  }
}

function named<Value>(values: readonly Value[]): Record<string, Value> {
  return Object.fromEntries(values.map((value, index) => [`?${index + 1}`, value]));
}

/** Deno and Node 22 end text at its first NUL when they read, so such text must not get in. */
function checkNoNul(dbPath: string, statements: readonly SqlStatement[]): void {
  statements.forEach(({ params = [] }, index) => {
    const param = params.findIndex((value) => typeof value === 'string' && value.includes('\0'));
    if (param < 0) return;
    throw refusal(dbPath, `statements[${index}].params[${param}] contains a NUL, which this runtime cannot read back`);
  });
}

/** Tries again while another connection holds the lock. SQLite's own waiting would block the whole process. */
async function whileBusy<T>(timeout: number, attempt: () => T): Promise<T> {
  const deadline = Date.now() + timeout;
  for (let pause = 1; ; pause = Math.min(2 * pause, LONGEST_PAUSE)) {
    try {
      return attempt();
    } catch (error) {
      const isBusy = error instanceof SqlError && error.code === 'busy';
      if (!isBusy || Date.now() >= deadline) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

function toSqlError(dbPath: string, error: unknown, where = ''): SqlError {
  if (error instanceof SqlError) return error;
  const { code, errcode, message } = error as Error & { code?: string; errcode?: number };
  if (code === 'ERR_OUT_OF_RANGE') return unsafeInteger(dbPath, where);
  if (/^Unknown named parameter/.test(message)) return sqliteError(dbPath, SQLITE_RANGE, message, where);
  // Deno gives no result code when it cannot open.
  const resultCode = errcode ?? (/locked/.test(message) ? SQLITE_BUSY : SQLITE_CANTOPEN);
  return sqliteError(dbPath, resultCode, message, where);
}
