import { closedError } from '../bridges/sql-check.ts';
import type { SqlDatabase, SqlLimits, SqlStatement, SqlStorage, SqlValue } from '../bridges/sql-database.ts';
import { SqlError } from '../bridges/sql-error.ts';
import { InTurn } from './in-turn.ts';
import { checkEdgeBatch, edgeError, edgeValue, noImage } from './sql-answer.ts';
import { forReals } from './sql-text.ts';

/** What is used of a D1 binding. */
export interface D1DatabaseLike {
  prepare(query: string): D1StatementLike;
  batch(statements: D1StatementLike[]): Promise<D1ResultLike[]>;
}

export interface D1StatementLike {
  bind(...values: unknown[]): D1StatementLike;
}

export interface D1ResultLike {
  results?: unknown[];
  meta?: { size_after?: unknown };
}

const NAME = 'D1';
const LIMITS: SqlLimits = { maxParams: 100, maxValueBytes: 2_000_000, maxSqlBytes: 100_000, bytes: false };
const STORAGE: SqlStorage = {
  persistence: 'd1',
  durable: true,
  reason: 'Cloudflare D1 keeps the database, and answers when it is written.',
};

/**
 * A D1 database, for a `SQLiteSession`: for many small conversations in one place that all Workers reach. Runs of one
 * conversation keep out of each other's way by leases. D1 gives large integers rounded, and batches have taken effect
 * by then: an integer beyond 2^53 in the database fails the call that reads it, and nothing is undone.
 *
 * @example
 * const session = new SQLiteSession({ database: d1Database(env.DB) });
 */
export function d1Database(binding: D1DatabaseLike): SqlDatabase {
  const { prepare, batch } = (binding ?? {}) as Partial<D1DatabaseLike>;
  if (typeof prepare === 'function' && typeof batch === 'function') return new D1Database(binding);
  throw new SqlError('invalid', "d1Database needs a D1 binding of the Worker's environment, such as env.DB.");
}

class D1Database implements SqlDatabase {
  readonly limits = LIMITS;
  readonly storage = STORAGE;
  readonly #binding: D1DatabaseLike;
  readonly #calls = new InTurn();
  #closed = false;

  constructor(binding: D1DatabaseLike) {
    this.#binding = binding;
  }

  async batch(statements: readonly SqlStatement[]): Promise<SqlValue[][][]> {
    this.#checkOpen();
    checkEdgeBatch(NAME, LIMITS, statements);
    const results = await this.#calls.run(() => this.#send(statements));
    return results.map(({ results = [] }, index) =>
      results.map((row) => Object.values(row as object).map((value) => edgeValue(NAME, value, `statements[${index}]`))),
    );
  }

  async size(): Promise<number> {
    this.#checkOpen();
    const [result] = await this.#calls.run(() => this.#send([{ sql: 'SELECT 1 AS one' }]));
    return Number(result?.meta?.size_after ?? 0);
  }

  async image(): Promise<Uint8Array> {
    this.#checkOpen();
    throw noImage('D1');
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#calls.idle();
  }

  #checkOpen(): void {
    if (this.#closed) throw closedError(NAME);
  }

  async #send(statements: readonly SqlStatement[]): Promise<D1ResultLike[]> {
    if (statements.length === 0) return [];
    try {
      const prepared = statements.map((statement) => {
        const { sql, params } = forReals(statement);
        return this.#binding.prepare(sql).bind(...params);
      });
      return await this.#binding.batch(prepared);
    } catch (error) {
      throw edgeError(NAME, error);
    }
  }
}
