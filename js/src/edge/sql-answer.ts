import { checkBatch, refusal, sqliteError, unsafeInteger } from '../bridges/sql-check.ts';
import type { SqlLimits, SqlStatement, SqlValue } from '../bridges/sql-database.ts';
import { SqlError } from '../bridges/sql-error.ts';
import { holdsMore, isRounded, rollsBack } from './sql-text.ts';

/** SQLite's result codes by the names that stand in Cloudflare's and libSQL's messages. */
const RESULT_CODES: Record<string, number> = {
  ERROR: 1,
  BUSY: 5,
  LOCKED: 6,
  IOERR: 10,
  CORRUPT: 11,
  FULL: 13,
  TOOBIG: 18,
  CONSTRAINT: 19,
  MISMATCH: 20,
  // What these databases do not allow is as wrong as what no database knows.
  AUTH: 1,
  // What libSQL calls SQLITE_ERROR.
  UNKNOWN: 1,
  RANGE: 25,
  NOTADB: 26,
};
const TOO_BUSY = /overloaded|queued for too long/i;
const TOO_FULL = /maximum DB size/i;
const BAD_CALL =
  /ARGS_INVALID|SQL_PARSE_ERROR|parameter bindings|contain a statement|No SQL statements|unsupported value|type error/i;

/** Throws `invalid` for what a database at the edge cannot run faithfully. */
export function checkEdgeBatch(name: string, limits: SqlLimits, statements: readonly SqlStatement[]): void {
  checkBatch(name, limits, statements);
  statements.forEach(({ sql }, index) => {
    const where = `statements[${index}].sql`;
    if (holdsMore(sql)) throw refusal(name, `${where} must hold exactly one statement and nothing after it`);
    if (rollsBack(sql)) throw refusal(name, `${where} does what only the batch itself may do`);
  });
}

/** One value of a row; bytes come as an ArrayBuffer from Durable Objects and as a list of numbers from D1. */
export function edgeValue(name: string, value: unknown, where: string): SqlValue {
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  if (Array.isArray(value)) return Uint8Array.from(value);
  if (isRounded(value)) throw unsafeInteger(name, where);
  return value as SqlValue;
}

export function noImage(subject: string): SqlError {
  const instead = 'Use exportConversations() and importConversations()';
  return new SqlError('unsupported', `${subject} does not give its database as a file. ${instead}.`);
}

function codeOf(message: string): number {
  if (TOO_BUSY.test(message)) return 5;
  if (TOO_FULL.test(message)) return 13;
  return BAD_CALL.test(message) ? 1 : 0;
}

/** What an engine's message means. It never has a parameter's value in it. */
export function edgeError(name: string, error: unknown, where = ''): SqlError {
  if (error instanceof SqlError) return error;
  const message = error instanceof Error ? error.message : 'something that is no error was thrown';
  const [, result = ''] = /\bSQLITE_([A-Z]+)/.exec(message) ?? [];
  const code = RESULT_CODES[result] ?? codeOf(message);
  return sqliteError(name, code, message.replace(/[.\s]+$/, ''), where);
}
