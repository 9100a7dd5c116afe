import type { StoredItem } from '../../items.ts';
import type { OpenRun } from '../../sessions/open-runs.ts';
import type { StoredSession } from '../../sessions/stored-session.ts';
import type { Before, RunRow } from './run-rows.ts';

/** How far a run came that nobody has been at since. */
export type Found =
  /** Nothing of it was stored: it has not begun. */
  | { how: 'nothing' }
  /** It is part of the history. */
  | { how: 'completed'; runId: string; items: StoredItem[] }
  /** It broke off, or ended in another way than by being complete. */
  | { how: 'open'; open: OpenRun; items: StoredItem[] };

/** How a conversation is before a run begins in it. */
export async function lookBefore(session: StoredSession, conversation: string): Promise<Before> {
  const { newest } = await session.loadPage(conversation, { limit: 1 });
  const open = await session.openRuns(conversation);
  return { newest, open: open.map(({ runId }) => runId) };
}

/** Looks for a run in the store. There is one run of a conversation at a time, so what was not there before is its own. */
export async function findRun(session: StoredSession, { conversation, before, runId }: RunRow): Promise<Found> {
  if (!before) return { how: 'nothing' };
  const isIt = (id: string | undefined) =>
    id !== undefined && (runId === undefined ? !before.open.includes(id) : id === runId);
  const open = (await session.openRuns(conversation)).find((one) => isIt(one.runId));
  if (open) return { how: 'open', open, items: open.items };
  const { items } = await session.loadPage(conversation, { since: before.newest, limit: 200 });
  const own = items.filter((one) => isIt(one.runId));
  return own[0] ? { how: 'completed', runId: own[0].runId as string, items: own } : { how: 'nothing' };
}
