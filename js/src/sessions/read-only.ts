import { SessionError } from '../errors.ts';
import { applyChange } from './store-calls.ts';
import type { SessionStorage, StoredSession } from './stored-session.ts';

/** What a session says of its storage, with the reason why that can only be read, if so. */
export async function withReadOnly(session: StoredSession, storage: SessionStorage): Promise<SessionStorage> {
  try {
    // A change of nothing. What can only be read refuses that too, and says why.
    await applyChange(session, 'any', { opId: '', edits: [] });
    return storage;
  } catch (error) {
    if (!(error instanceof SessionError) || error.code !== 'unsupported') throw error;
    return readOnly(storage, error);
  }
}

export function readOnly(storage: SessionStorage, { message }: SessionError): SessionStorage {
  return { ...storage, readOnly: true, reason: `${storage.reason} ${message}` };
}
