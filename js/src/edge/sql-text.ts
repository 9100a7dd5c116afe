import { LEADING_SPACE, refusal } from '../bridges/sql-check.ts';
import type { SqlStatement, SqlValue } from '../bridges/sql-database.ts';

/** What a statement's words cannot stand in: strings, quoted names and comments. */
const OPAQUE = /'(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`|\[[^\]]*\]|--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/g;
const PLACES = new RegExp(`${OPAQUE.source}|\\?(\\d+)`, 'g');
const TRIGGER = /^CREATE\s+(?:TEMP\s+|TEMPORARY\s+)?TRIGGER\b/i;
/** These engines take what is left between two of them for a second statement. */
const TRAILING_ENDS = /[\s;]+$/;
/** The body of a trigger has statements of its own. */
const TRIGGER_END = /;\s*END\b/i;

/** Whether a text holds anything behind its one statement: these databases would run it too. */
export function holdsMore(sql: string): boolean {
  const code = sql.replace(LEADING_SPACE, '').replace(OPAQUE, 'x');
  const body = TRIGGER.test(code) ? TRIGGER_END.exec(code) : null;
  const end = code.indexOf(';', body ? body.index + 1 : 0);
  return end >= 0 && /[^\s;]/.test(code.slice(end));
}

/** Whether a statement would end the transaction that others began, when it fails. */
export function rollsBack(sql: string): boolean {
  return /\bOR\s+ROLLBACK\b|\bRAISE\s*\(\s*ROLLBACK\b/i.test(sql.replace(OPAQUE, 'x'));
}

/**
 * A statement as an engine takes it that binds every number as REAL, and wants exactly as many values as there are
 * places: integers are cast in the text, and what is not given is NULL.
 */
export function forReals({ sql, params = [] }: SqlStatement): { sql: string; params: SqlValue[] } {
  let places = 0;
  const text = sql.replace(PLACES, (found: string, digits: string | undefined) => {
    if (digits === undefined) return found;
    const place = Number(digits);
    places = Math.max(places, place);
    return Number.isInteger(params[place - 1]) ? `CAST(${found} AS INTEGER)` : found;
  });
  const missing = Math.max(places - params.length, 0);
  return { sql: text.replace(TRAILING_ENDS, ''), params: [...params, ...Array<null>(missing).fill(null)] };
}

/** A statement with a value for each of its places. Throws `invalid` for a value that has none. */
export function placed(name: string, { sql, params = [] }: SqlStatement, where: string): Required<SqlStatement> {
  const places = Math.max(0, ...[...sql.matchAll(PLACES)].map(([, digits = '0']) => Number(digits)));
  if (params.length > places) throw refusal(name, `${where} has more params than its sql has places`);
  return { sql, params: [...params, ...Array<null>(places - params.length).fill(null)] };
}

/** A number that may be an integer which was rounded on its way here. */
export function isRounded(value: unknown): boolean {
  return Number.isInteger(value) && !Number.isSafeInteger(value) && Math.abs(value as number) <= 2 ** 63;
}
