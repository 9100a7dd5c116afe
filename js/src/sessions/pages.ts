import { checkConversationId, checkCount, checkOptions, checkText } from '../check.ts';
import { type StoredItem, storedItems } from '../items.ts';
import { readPage } from './store-calls.ts';
import type { StoredSession } from './stored-session.ts';

/** Which items of a conversation. */
export interface ItemRange {
  /** Only items before this cursor, as an earlier page gave it: its `older`. */
  before?: string | undefined;
  /** Only items behind this cursor, as an earlier page gave it: its `newest`. */
  since?: string | undefined;
}

export interface PageOptions extends ItemRange {
  /** At most the newest so many items of the range. Default 50. */
  limit?: number;
  /** Another place of the conversation than its history: the shelf that a doctor's report names. */
  shelf?: string | undefined;
}

/** A piece of a conversation, exactly as it is stored: a page may begin with an output whose call is on an older one. */
export interface ItemPage {
  /** In the order in which they were said. */
  items: StoredItem[];
  /** For `before`, to read on towards the beginning; not there when no older item is left. */
  older?: string;
  /** For `since`, to read later what was added; not there when the page is empty. */
  newest?: string;
  /** It differs after every change of the conversation, whoever made it. */
  version: string;
}

export function checkRange({ before, since }: ItemRange): void {
  if (before !== undefined) checkText('before', before);
  if (since !== undefined) checkText('since', since);
}

export async function loadPage(
  session: StoredSession,
  conversationId: string,
  options: PageOptions,
): Promise<ItemPage> {
  checkConversationId(conversationId);
  checkOptions('options', options);
  checkRange(options);
  const { limit = 50, before, since, shelf } = options;
  checkCount('limit', limit, 1);
  if (shelf !== undefined) checkText('shelf', shelf);
  const page = await readPage(session, { conversationId, shelf, newest: limit, before, since, origins: true });
  const { older, newest, version } = page;
  const items = storedItems(page);
  // What lies before `since` was not asked for.
  const isWhole = since !== undefined && items.length < limit;
  return {
    items,
    ...(older === undefined || isWhole ? {} : { older }),
    ...(newest === undefined ? {} : { newest }),
    version,
  };
}
