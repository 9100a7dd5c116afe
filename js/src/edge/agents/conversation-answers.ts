import type { StoredItem } from '../../items.ts';
import type { StoredSession } from '../../sessions/stored-session.ts';
import { Refusal } from '../refusal.ts';
import type { RunRow } from './run-rows.ts';

const MOST = 200;
const LONGEST_TITLE = 500;

/** A page of the list of conversations. */
export async function listAnswer(session: StoredSession, query: URLSearchParams): Promise<object> {
  return session.listConversations({ limit: limitOf(query, 20), after: query.get('after') ?? undefined });
}

export async function searchAnswer(session: StoredSession, query: URLSearchParams): Promise<object> {
  const text = query.get('q') ?? '';
  if (text.trim() === '') throw new Refusal(400, 'missing_required_parameter', 'q must have words.', { param: 'q' });
  const conversationId = query.get('conversation') ?? undefined;
  return session.search(text, { limit: limitOf(query, 20), after: query.get('after') ?? undefined, conversationId });
}

/** A page of a history, with the conversation's newest run: its items are not in the history before it is complete. */
export async function itemsAnswer(
  session: StoredSession,
  { conversation, query, run }: { conversation: string; query: URLSearchParams; run: RunRow | undefined },
): Promise<object> {
  const page = await session.loadPage(conversation, {
    limit: limitOf(query, 50),
    before: query.get('before') ?? undefined,
    since: query.get('since') ?? undefined,
  });
  return { ...page, items: page.items.map(itemAnswer), run: run && { id: run.id, status: run.status } };
}

export function titleFrom(body: Record<string, unknown> | undefined): string {
  const title = body?.title;
  if (typeof title === 'string' && title.length <= LONGEST_TITLE && title.isWellFormed()) return title;
  throw new Refusal(400, 'invalid_title', `title must be a text of at most ${LONGEST_TITLE} characters.`, {
    param: 'title',
  });
}

function itemAnswer(item: StoredItem): object {
  const { uid, agent, createdAt } = item;
  return { uid, agent: agent?.name, createdAt, item };
}

function limitOf(query: URLSearchParams, usual: number): number {
  const text = query.get('limit');
  if (text === null) return usual;
  const limit = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (limit >= 1 && limit <= MOST) return limit;
  throw new Refusal(400, 'invalid_limit', `limit must be a number from 1 to ${MOST}.`, { param: 'limit' });
}
