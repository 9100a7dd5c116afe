import { messageOf } from '../check.ts';
import { AgentsError, SessionError, type SessionErrorCode } from '../errors.ts';
import { VERSION } from './idb-schema.ts';

/** Whether it was the connection that failed and not the call: browsers end them when a site's data is cleared, when a
 * phone wakes up, or when the process behind them ends. */
export function isLost(error: unknown): boolean {
  return ['InvalidStateError', 'AbortError', 'UnknownError', 'TransactionInactiveError'].includes(nameOf(error));
}

/** A browser's failure under the names that callers of sessions know. */
export function sessionError(dbName: string, error: unknown): AgentsError {
  if (error instanceof AgentsError) return error;
  if (!(error instanceof DOMException)) throw error;
  const code = CODES[nameOf(error)] ?? 'io';
  const detail = `${nameOf(error)}: ${messageOf(error)}`;
  return new SessionError(code, `The IndexedDB database "${dbName}" failed (${detail}). ${ADVICE[code] ?? TRY}`, {
    cause: error,
  });
}

const CODES: Record<string, SessionErrorCode> = {
  QuotaExceededError: 'quota',
  NotFoundError: 'corrupt',
  NotReadableError: 'corrupt',
  SecurityError: 'unsupported',
};

const TRY = 'Try again.';
const ADVICE: Partial<Record<SessionErrorCode, string>> = {
  quota: 'There is no space left: delete data of this site. Nothing was changed.',
  corrupt: 'It is damaged or not a session of agents-wasm: use another dbName.',
  unsupported: 'This page may not use it.',
};

export function refusedHere(dbName: string, reason: string, cause?: unknown): SessionError {
  return new SessionError(
    'unsupported',
    `The IndexedDB database "${dbName}" cannot be used here: ${reason}.`,
    cause === undefined ? undefined : { cause },
  );
}

export function blockedError(dbName: string): SessionError {
  return new SessionError(
    'busy',
    `The IndexedDB database "${dbName}" could not be opened: another tab keeps an old version of it open, or is ` +
      'deleting it. Close or reload the other tabs of this site and try again.',
  );
}

export function foreignError(dbName: string): SessionError {
  return new SessionError(
    'corrupt',
    `The IndexedDB database "${dbName}" is not one of agents-wasm. It was left as it is: use another dbName.`,
  );
}

/** What cannot be done with a database of a newer version: `consequence` is the end of "this agents-wasm …". */
export function newerError(dbName: string, version: number, consequence: string): SessionError {
  return new SessionError(
    'unsupported',
    `The IndexedDB database "${dbName}" has version ${version}, and this agents-wasm, which knows version ${VERSION}, ` +
      `${consequence}: update agents-wasm.`,
  );
}

/** Whether the database has a higher version than the one that was asked for. */
export function isNewer(error: unknown): boolean {
  return nameOf(error) === 'VersionError';
}

export function closedError(): SessionError {
  return new SessionError('closed', 'The session is closed.');
}

function nameOf(error: unknown): string {
  return error instanceof DOMException ? error.name : '';
}
