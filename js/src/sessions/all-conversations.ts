import type { Conversation, ListOptions } from './conversations.ts';
import type { StoredSession } from './stored-session.ts';

/** All conversations, the one changed last first. One that changes meanwhile may be missing or come twice. */
export async function* allConversations(
  session: StoredSession,
  options: Omit<ListOptions, 'limit' | 'after'> = {},
): AsyncGenerator<Conversation> {
  for (let after: string | undefined; ; ) {
    const page = await session.listConversations({ ...options, limit: 500, after });
    yield* page.conversations;
    if (page.next === undefined) return;
    after = page.next;
  }
}
