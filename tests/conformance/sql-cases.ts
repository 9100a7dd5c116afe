import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SqlDatabase, SqlValue } from '../../dist/bridges/sql-database.js';

/** Opens the database of a name; the same name is the same database, unless the driver keeps it in memory. */
export type OpenDatabase = (name: string) => Promise<SqlDatabase>;

/** Declares a case with a database of its own, which has the empty table `t(id, value)`. */
export type TestWith = (name: string, run: (database: SqlDatabase, databaseName: string) => Promise<void>) => void;

export function casesOf(driver: string, open: OpenDatabase): TestWith {
  let databases = 0;
  return (name, run) => {
    test(`${driver}: ${name}`, async () => {
      databases += 1;
      const databaseName = `suite-${Date.now()}-${databases}`;
      const database = await open(databaseName);
      try {
        await database.batch([{ sql: 'CREATE TABLE t (id INTEGER PRIMARY KEY, value CHECK (value <> 13))' }]);
        await run(database, databaseName);
      } finally {
        await database.close();
      }
    });
  };
}

export function insert(id: number, value: SqlValue): { sql: string; params: SqlValue[] } {
  return { sql: 'INSERT INTO t VALUES (?1, ?2)', params: [id, value] };
}

export async function ids(database: SqlDatabase): Promise<SqlValue[]> {
  const [rows] = await database.batch([{ sql: 'SELECT id FROM t ORDER BY id' }]);
  return (rows ?? []).map((row) => row[0] ?? null);
}

/** The error of a call that must fail with `code`. */
export async function fails(call: Promise<unknown>, code: string): Promise<Error> {
  const error = await call.then(
    () => undefined,
    (reason) => reason,
  );
  assert.equal(`${error?.name} ${error?.code}`, `SqlError ${code}`, error?.message);
  return error;
}
