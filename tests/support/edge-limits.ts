import {
  type SqlDatabase,
  SqlError,
  type SqlLimits,
  type SqlStatement,
  type SqlValue,
} from '../../js/src/bridges/sql-database.ts';
import { openNodeDatabase } from '../../js/src/bridges/sql-node.ts';

/** What Durable Objects and D1 allow: the smaller number of the two. */
const LIMITS: SqlLimits = { maxParams: 100, maxValueBytes: 2_000_000, maxSqlBytes: 100_000, bytes: true };
const COMPOUND_TERMS = 5;
const PATTERN_BYTES = 50;
const FORBIDDEN =
  /\b(?:BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE|PRAGMA|ATTACH|DETACH|VACUUM)\b|\bsqlite_version\s*\(|\bload_extension\s*\(/i;
/** Its body has a BEGIN of its own, and is allowed. */
const TRIGGER = /^CREATE TRIGGER\b/;
/** Their text counts as no SQL. */
const QUOTED = /'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\//g;

/** A `node:sqlite` in memory that refuses what the databases at the edge refuse. */
export async function openEdgeDatabase(): Promise<SqlDatabase> {
  const database = await openNodeDatabase({ dbPath: ':memory:' });
  return {
    limits: LIMITS,
    storage: database.storage,
    async batch(statements) {
      for (const statement of statements) checkStatement(statement);
      const results = await database.batch(statements);
      for (const value of results.flat(2)) checkSize('A result', value);
      return results;
    },
    size: () => database.size(),
    image: () => database.image(),
    close: () => database.close(),
  };
}

function checkStatement({ sql, params = [] }: SqlStatement): void {
  const code = sql.replace(QUOTED, "''");
  if (Buffer.byteLength(sql) > LIMITS.maxSqlBytes) refuse('The SQL is too long', sql);
  if (!TRIGGER.test(code) && FORBIDDEN.test(code)) refuse('The statement is not allowed', sql);
  if (params.length > LIMITS.maxParams) refuse('There are too many parameters', sql);
  for (const value of params) checkSize(sql, value);
  const terms = 1 + (code.match(/\b(?:UNION|INTERSECT|EXCEPT)\b/gi) ?? []).length;
  if (terms > COMPOUND_TERMS) refuse(`There are ${terms} terms in a compound SELECT`, sql);
  if (/\b(?:LIKE|GLOB)\b/i.test(code) && params.some((value) => sizeOf(value) > PATTERN_BYTES)) {
    refuse('A pattern is too long', sql);
  }
}

function checkSize(where: string, value: SqlValue): void {
  if (sizeOf(value) > LIMITS.maxValueBytes) refuse(`A value of ${sizeOf(value)} bytes is too big`, where);
}

function sizeOf(value: SqlValue): number {
  if (typeof value === 'string') return Buffer.byteLength(value);
  return value instanceof Uint8Array ? value.length : 8;
}

function refuse(why: string, where: string): never {
  throw new SqlError('invalid', `${why}: ${where.slice(0, 200)}`);
}
