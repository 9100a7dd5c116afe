import { closedError } from '../bridges/sql-check.ts';
import type { SqlDatabase, SqlLimits, SqlStatement, SqlStorage, SqlValue } from '../bridges/sql-database.ts';
import { SqlError } from '../bridges/sql-error.ts';
import { checkEdgeBatch, edgeError, edgeValue, noImage } from './sql-answer.ts';
import { forReals } from './sql-text.ts';

/** What is used of a Durable Object's `ctx.storage`. */
export interface DurableObjectStorageLike {
  sql: {
    exec(query: string, ...bindings: (string | number | null | ArrayBuffer | Uint8Array)[]): SqlCursorLike;
    readonly databaseSize: number;
  };
  transactionSync<T>(closure: () => T): T;
}

export interface SqlCursorLike {
  raw(): { toArray(): unknown[] };
}

const NAME = 'Durable Object';
/** What the documentation promises; workerd on its own allows more. */
const LIMITS: SqlLimits = { maxParams: 100, maxValueBytes: 2_000_000, maxSqlBytes: 100_000, bytes: true };
const STORAGE: SqlStorage = {
  persistence: 'durable-object',
  durable: true,
  reason: 'Cloudflare keeps the database with the Durable Object, and lets no answer out before it is written.',
};

/**
 * The SQLite database of a Durable Object (one of `new_sqlite_classes`), for a `SQLiteSession`. Only this object has it
 * open, so that a run which was cut off is known as such as soon as the object wakes up. Its bytes cannot be had as a
 * file: `exportConversations` moves what is in it.
 *
 * @example
 * const session = new SQLiteSession({ database: durableObjectDatabase(ctx.storage) });
 */
export function durableObjectDatabase(storage: DurableObjectStorageLike): SqlDatabase {
  checkStorage(storage);
  return new DurableObjectDatabase(storage);
}

/** Sessions on one object find each other by it, although many objects live in one isolate. */
const keys = new WeakMap<DurableObjectStorageLike, string>();
let lastKey = 0;

function keyOf(storage: DurableObjectStorageLike): string {
  const key = keys.get(storage) ?? `durable-object:${++lastKey}`;
  keys.set(storage, key);
  return key;
}

class DurableObjectDatabase implements SqlDatabase {
  readonly limits = LIMITS;
  readonly storage = STORAGE;
  readonly key: string;
  readonly #storage: DurableObjectStorageLike;
  #closed = false;

  constructor(storage: DurableObjectStorageLike) {
    this.#storage = storage;
    this.key = keyOf(storage);
  }

  async batch(statements: readonly SqlStatement[]): Promise<SqlValue[][][]> {
    this.#checkOpen();
    checkEdgeBatch(NAME, LIMITS, statements);
    let where = '';
    try {
      return this.#storage.transactionSync(() =>
        statements.map((statement, index) => {
          where = `statements[${index}]`;
          return this.#rows(statement, where);
        }),
      );
    } catch (error) {
      throw edgeError(NAME, error, where);
    }
  }

  async size(): Promise<number> {
    this.#checkOpen();
    return this.#storage.sql.databaseSize;
  }

  async image(): Promise<Uint8Array> {
    this.#checkOpen();
    throw noImage('A Durable Object');
  }

  /** The storage stays with the object, which may ask for its database again. */
  async close(): Promise<void> {
    this.#closed = true;
  }

  #checkOpen(): void {
    if (this.#closed) throw closedError(NAME);
  }

  /** All rows at once: a cursor that is left half read breaks what comes after it. */
  #rows(statement: SqlStatement, where: string): SqlValue[][] {
    const { sql, params } = forReals(statement);
    const cursor = this.#storage.sql.exec(sql, ...(params as string[]));
    // A promise would be settled after the transaction, which commits when the closure returns.
    if (typeof cursor?.raw !== 'function') {
      throw new SqlError('invalid', 'sql.exec of the storage must answer at once, with a cursor that has raw().');
    }
    const rows = cursor.raw().toArray() as unknown[][];
    return rows.map((row) => row.map((value) => edgeValue(NAME, value, where)));
  }
}

function checkStorage(storage: DurableObjectStorageLike): void {
  const accepted = "durableObjectDatabase needs the ctx.storage of a Durable Object's constructor";
  if (typeof storage !== 'object' || storage === null || typeof storage.transactionSync !== 'function') {
    throw new SqlError('invalid', `${accepted}.`);
  }
  // The getter itself throws for an object whose storage has no SQLite.
  try {
    if (typeof storage.sql?.exec === 'function') return;
  } catch {
    // Said below.
  }
  throw new SqlError(
    'unsupported',
    `${accepted} with SQLite in it: name the class in new_sqlite_classes of a migration in wrangler's configuration.`,
  );
}
