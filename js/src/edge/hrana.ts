import { unsafeInteger } from '../bridges/sql-check.ts';
import type { SqlStatement, SqlValue } from '../bridges/sql-database.ts';

// Hrana over HTTP, as libSQL's servers speak it (HTTP_V2_SPEC.md and HTTP_V3_SPEC.md there): the part that a batch needs.

export type HranaValue =
  | { type: 'null' }
  | { type: 'integer'; value: string }
  | { type: 'float'; value: number }
  | { type: 'text'; value: string }
  | { type: 'blob'; base64: string };

interface Step {
  stmt: { sql: string; args: HranaValue[]; want_rows: boolean };
  condition?: object;
}

export interface HranaFailure {
  message: string;
  code?: string | null;
}

export interface BatchAnswer {
  step_results: ({ rows: HranaValue[][] } | null)[];
  step_errors: (HranaFailure | null)[];
}

const ok = (step: number) => ({ type: 'ok', step });

/**
 * The steps that run `statements` between `begin` and COMMIT: each only where the one before it went well, and ROLLBACK
 * where the last one did not.
 */
export function batchOf(begin: string, statements: readonly SqlStatement[]): { steps: Step[] } {
  const steps: Step[] = [step(begin)];
  for (const { sql, params } of statements) {
    steps.push({ ...step(sql, params), condition: ok(steps.length - 1) });
  }
  const commit = steps.length;
  steps.push({ ...step('COMMIT'), condition: ok(commit - 1) });
  steps.push({ ...step('ROLLBACK'), condition: { type: 'not', cond: ok(commit) } });
  return { steps };
}

/** A line of a cursor's answer. */
type Entry =
  | { type: 'step_begin'; step: number }
  | { type: 'row'; row: HranaValue[] }
  | { type: 'step_end' }
  | { type: 'step_error'; step: number; error: HranaFailure }
  | { type: 'error'; error: HranaFailure };

/** What a cursor's answer comes to: a line of JSON for the stream, then one for each entry. Throws what is none. */
export function cursorAnswer(text: string): { baton?: string | null; answer: BatchAnswer; failure?: HranaFailure } {
  const [stream, ...lines] = text.split('\n').filter((line) => line !== '');
  const answer: BatchAnswer = { step_results: [], step_errors: [] };
  let failure: HranaFailure | undefined;
  let rows: HranaValue[][] = [];
  for (const line of lines) {
    const entry: Entry = JSON.parse(line);
    if (entry.type === 'step_begin') {
      rows = [];
      answer.step_results[entry.step] = { rows };
      answer.step_errors[entry.step] = null;
    } else if (entry.type === 'row') rows.push(entry.row);
    else if (entry.type === 'step_error') answer.step_errors[entry.step] = entry.error;
    else if (entry.type === 'error') failure = entry.error;
  }
  return { baton: JSON.parse(stream ?? '').baton, answer, ...(failure && { failure }) };
}

function step(sql: string, params: readonly SqlValue[] = []): Step {
  return { stmt: { sql, args: params.map(toHrana), want_rows: true } };
}

export function toHrana(value: SqlValue): HranaValue {
  if (value === null) return { type: 'null' };
  if (typeof value === 'string') return { type: 'text', value };
  if (value instanceof Uint8Array) return { type: 'blob', base64: toBase64(value) };
  return Number.isInteger(value) ? { type: 'integer', value: String(value + 0) } : { type: 'float', value };
}

export function fromHrana(name: string, value: HranaValue, where: string): SqlValue {
  switch (value.type) {
    case 'null':
      return null;
    case 'integer': {
      const integer = Number(value.value);
      if (!Number.isSafeInteger(integer)) throw unsafeInteger(name, where);
      return integer;
    }
    case 'blob':
      return Uint8Array.from(atob(value.base64), (character) => character.charCodeAt(0));
    default:
      return value.value;
  }
}

/** In pieces: a call takes so many arguments only. */
function toBase64(bytes: Uint8Array): string {
  let binary = '';
  for (let at = 0; at < bytes.length; at += 8192) binary += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(binary);
}
