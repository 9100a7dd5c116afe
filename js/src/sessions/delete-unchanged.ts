import { SessionError } from '../errors.ts';
import { randomId } from '../random-id.ts';
import { allConversations } from './all-conversations.ts';
import { applyChange, readPage } from './store-calls.ts';
import type { StoredSession } from './stored-session.ts';

/** A conversation as it was when somebody decided to delete it. */
export interface Known {
  id: string;
  updatedAt: Date;
  bytes?: number | undefined;
}

/**
 * Deletes conversations, save those that have changed since: somebody has come back to them. Gives what it deleted;
 * `onDone` is called behind each, and what it throws ends the work.
 */
export async function deleteUnchanged(
  session: StoredSession,
  known: readonly Known[],
  onDone: () => void,
): Promise<Known[]> {
  if (known.length === 0) return [];
  // A version tells every change, but not when it was made; of these it is sure that they are no newer than the list.
  const versions = new Map<string, string>();
  for (const { id } of known) versions.set(id, (await readPage(session, { conversationId: id, newest: 0 })).version);
  const times = new Map<string, number>();
  for await (const { id, updatedAt } of allConversations(session)) times.set(id, updatedAt.getTime());
  const deleted: Known[] = [];
  for (const one of known) {
    const isSame = times.get(one.id) === one.updatedAt.getTime();
    if (isSame && (await isDeleted(session, one.id, versions.get(one.id) as string))) deleted.push(one);
    onDone();
  }
  return deleted;
}

async function isDeleted(session: StoredSession, id: string, expectVersion: string): Promise<boolean> {
  try {
    await applyChange(session, id, { opId: randomId(), expectVersion, edits: [{ type: 'delete' }] });
    return true;
  } catch (error) {
    if (error instanceof SessionError && error.code === 'conflict') return false;
    throw error;
  }
}
