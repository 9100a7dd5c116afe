import type { SqlDatabase } from '../../dist/bridges/sql-database.js';

const OURS = "name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name NOT LIKE '\\_cf\\_%' ESCAPE '\\'";

/** Drops all tables, also where a database cannot be thrown away. */
export async function empty(database: SqlDatabase): Promise<void> {
  // With a virtual table go those behind it.
  await drop(database, "sql LIKE 'CREATE VIRTUAL%'");
  await drop(database, OURS);
}

async function drop(database: SqlDatabase, which: string): Promise<void> {
  const sql = `SELECT name FROM sqlite_master WHERE type = 'table' AND ${which} ORDER BY rowid DESC`;
  const [tables = []] = await database.batch([{ sql }]);
  await database.batch(tables.map(([name]) => ({ sql: `DROP TABLE "${name}"` })));
}
