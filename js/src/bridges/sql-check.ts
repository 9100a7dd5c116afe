import type { SqlLimits, SqlStatement, SqlValue } from './sql-database.ts';
import { SqlError, type SqlErrorCode } from './sql-error.ts';

/** What may stand before a statement's first word. */
export const LEADING_SPACE = /^(?:\s+|--[^\n]*(?:\n|$)|\/\*[\s\S]*?(?:\*\/|$))+/;
const TRANSACTION_WORDS = /^(?:BEGIN|COMMIT|END|ROLLBACK|SAVEPOINT|RELEASE|VACUUM|ATTACH|DETACH)\b/i;
const READ_WORDS = /^(?:SELECT|VALUES|EXPLAIN|PRAGMA)\b/i;
const SCHEMA_WORDS = /^(?:CREATE|ALTER|DROP)\b/i;
const WRITE_WORDS = /\b(?:INSERT|UPDATE|DELETE|REPLACE)\b/i;

/** Throws `invalid` for the first statement that no driver can run faithfully. */
export function checkBatch(dbPath: string, limits: SqlLimits, statements: readonly SqlStatement[]): void {
  if (!Array.isArray(statements)) throw refusal(dbPath, 'statements is not an array');
  statements.forEach((statement: SqlStatement | null | undefined, index) => {
    const where = `statements[${index}]`;
    const { sql, params = [] } = statement ?? {};
    const flaw = sqlFlaw(sql, limits);
    if (flaw) throw refusal(dbPath, `${where}.sql ${flaw}`);
    if (!Array.isArray(params)) throw refusal(dbPath, `${where}.params is not an array`);
    if (params.length > limits.maxParams) throw refusal(dbPath, `${where} has more than ${limits.maxParams} params`);
    params.forEach((value, param) => {
      const valueFlaw = paramFlaw(value, limits);
      if (valueFlaw) throw refusal(dbPath, `${where}.params[${param}] ${valueFlaw}`);
    });
  });
}

function sqlFlaw(sql: unknown, limits: SqlLimits): string | undefined {
  if (typeof sql !== 'string') return 'is not a string';
  if (sql.length > limits.maxSqlBytes) return `is longer than ${limits.maxSqlBytes} bytes`;
  if (!sql.isWellFormed() || sql.includes('\0')) return 'contains a lone surrogate or a NUL character';
  const start = sql.replace(LEADING_SPACE, '');
  // Deno crashes when asked about a statement compiled from nothing.
  if (start === '' || start.startsWith(';')) return 'holds no statement';
  if (TRANSACTION_WORDS.test(start)) return 'does what only the batch itself may do';
  return undefined;
}

function paramFlaw(value: SqlValue, limits: SqlLimits): string | undefined {
  if (value === null) return undefined;
  if (value instanceof Uint8Array || typeof value === 'string') {
    if (value.length > limits.maxValueBytes) return `is larger than ${limits.maxValueBytes} bytes`;
    return typeof value === 'string' && !value.isWellFormed() ? 'contains a lone surrogate' : undefined;
  }
  if (typeof value !== 'number') return 'is not a string, a number, null or a Uint8Array';
  if (!Number.isFinite(value)) return 'is not a finite number';
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) return 'is an integer beyond 2^53; send it as text';
  return undefined;
}

/** Whether a statement only reads, so that its batch need not take the write lock. In doubt it writes. */
export function isRead(sql: string): boolean {
  const start = sql.replace(LEADING_SPACE, '');
  return READ_WORDS.test(start) || (/^WITH\b/i.test(start) && !WRITE_WORDS.test(start));
}

/** Whether a statement changes the schema, after which Deno answers cached statements with their old columns. */
export function changesSchema(sql: string): boolean {
  return SCHEMA_WORDS.test(sql.replace(LEADING_SPACE, ''));
}

/** Whether the rest of a text, after the one statement that SQLite compiled, holds anything. */
export function hasTail(rest: string): boolean {
  return /[^\s;]/.test(rest);
}

/** An `invalid` error: `flaw` says what is wrong with which part of the call. */
export function refusal(dbPath: string, flaw: string): SqlError {
  return new SqlError('invalid', `The database "${dbPath}" refused a batch and changed nothing: ${flaw}.`);
}

/** The refusal of a statement's text that holds no statement, or more than one. */
export function notOneStatement(dbPath: string, where: string): SqlError {
  return refusal(dbPath, `${where}.sql must hold exactly one statement and nothing after it`);
}

/** The refusal of an integer in the database that a JavaScript number would round. */
export function unsafeInteger(dbPath: string, where: string): SqlError {
  return refusal(dbPath, `${where} reads an integer beyond 2^53; cast it to TEXT`);
}

/** The error of every call after `close()`. */
export function closedError(dbPath: string): SqlError {
  return new SqlError('closed', `The database "${dbPath}" is closed. Open it again to use it.`);
}

/** What SQLite's primary result codes (the low byte of the extended ones) mean to a caller. */
const CODES: Record<number, SqlErrorCode> = {
  1: 'invalid', // ERROR: SQL that does not compile, a function that fails
  5: 'busy',
  6: 'busy', // LOCKED: a conflict inside one connection
  11: 'corrupt',
  13: 'quota', // FULL
  18: 'invalid', // TOOBIG
  19: 'conflict',
  20: 'invalid', // MISMATCH
  25: 'invalid', // RANGE
  26: 'corrupt', // NOTADB
};

const ADVICE: Partial<Record<SqlErrorCode, string>> = {
  conflict: 'The batch changed nothing.',
  invalid: 'The batch changed nothing.',
  busy: 'Another connection holds its lock: end its transaction, or try again.',
  corrupt: 'The file was left as it is: restore a backup, or copy what can be read with recoverDatabase().',
  quota: 'There is no space left: delete data or free disk space. The batch changed nothing.',
};

/** The `SqlError` for SQLite's result code and message. `where` is the statement that failed, if it was one. */
export function sqliteError(dbPath: string, resultCode: number, message: string, where = ''): SqlError {
  const code = CODES[resultCode & 0xff] ?? 'io';
  const subject = where ? `${where} failed on the database "${dbPath}"` : `The database "${dbPath}" failed`;
  const advice = ADVICE[code] ?? 'Check that the file and its disk can be read and written.';
  return new SqlError(code, `${subject}: ${message}. ${advice}`);
}
