import { unsafeInteger } from '../bridges/sql-check.ts';
import type { SqlStatement, SqlValue } from '../bridges/sql-database.ts';

// Hrana 2 over HTTP, as libSQL's servers speak it (HTTP_V2_SPEC.md there): the part that a batch needs.

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
 * The body of a request that runs `statements` between `begin` and COMMIT: each step only where the one before it went
 * well, and ROLLBACK where the last one did not. The stream ends with the request, so that there is no baton to keep.
 */
export function batchRequest(begin: string, statements: readonly SqlStatement[]): object {
  const steps: Step[] = [step(begin)];
  for (const { sql, params } of statements) {
    steps.push({ ...step(sql, params), condition: ok(steps.length - 1) });
  }
  const commit = steps.length;
  steps.push({ ...step('COMMIT'), condition: ok(commit - 1) });
  steps.push({ ...step('ROLLBACK'), condition: { type: 'not', cond: ok(commit) } });
  return { requests: [{ type: 'batch', batch: { steps } }, { type: 'close' }] };
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
