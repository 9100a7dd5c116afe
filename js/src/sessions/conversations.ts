import { checkBoolean, checkCount, checkJson, checkOptions, checkText, refuse } from '../check.ts';
import type { Message } from '../core.ts';
import { UserError } from '../errors.ts';
import type { ConversationHead, ListHead, ListQuery } from '../store-wire.ts';

export interface Conversation {
  id: string;
  /** Empty until it is given one. */
  title: string;
  /** Empty until it is given some. */
  metadata: Record<string, unknown>;
  createdAt: Date;
  /** When it was changed last. */
  updatedAt: Date;
  /** With `sizes`: how many items its history has. */
  items?: number;
  /** With `sizes`: how many bytes the texts of all its items take, of what is folded or on other branches too. */
  bytes?: number;
  /** Of an EncryptedSession: it has no key for it. */
  locked?: true;
}

export interface ConversationPage {
  conversations: Conversation[];
  /** For `after`; not there on the last page. */
  next?: string;
}

export interface ListOptions {
  /** How many at a time. Default 20. */
  limit?: number;
  /** `next` of the page before. */
  after?: string | undefined;
  /** Only conversations that were changed last before this time. */
  changedBefore?: Date | undefined;
  /** Also tells how large each conversation is, which costs reading it. */
  sizes?: boolean | undefined;
}

/** How many a search reads at a time. */
const SEARCH_LIMIT = 500;
const EARLIEST = '0000-01-01T00:00:00.000Z';
const LATEST = '9999-12-31T23:59:59.999Z';

type List = (query: ListQuery) => Promise<Message>;

export async function listConversations(list: List, options: ListOptions): Promise<ConversationPage> {
  checkOptions('options', options);
  const { limit = 20, after, changedBefore, sizes } = options;
  checkCount('limit', limit, 1);
  if (after !== undefined) checkText('after', after);
  const before = changedBefore === undefined ? undefined : timeText('changedBefore', changedBefore);
  if (sizes !== undefined) checkBoolean('sizes', sizes);
  const { conversations, next } = (await list({ limit, after, changedBefore: before, sizes })).head as ListHead;
  return { conversations: conversations.map(conversationFrom), ...(next === undefined ? {} : { next }) };
}

export async function idsChangedBefore(list: List, date: Date): Promise<string[]> {
  const changedBefore = timeText('date', date);
  const ids: string[] = [];
  for (let after: string | undefined; ; ) {
    const { conversations, next } = (await list({ limit: SEARCH_LIMIT, after, changedBefore })).head as ListHead;
    for (const { id } of conversations) ids.push(id);
    if (next === undefined) return ids;
    after = next;
  }
}

/** The metadata of a conversation as a store keeps it. */
export function metadataText(metadata: Record<string, unknown>): string {
  checkOptions('metadata', metadata);
  checkJson('metadata', metadata);
  return JSON.stringify(metadata);
}

function conversationFrom({ metadata, createdAt, updatedAt, ...rest }: ConversationHead): Conversation {
  return {
    ...rest,
    metadata: metadata === '' ? {} : JSON.parse(metadata),
    createdAt: new Date(createdAt),
    updatedAt: new Date(updatedAt),
  };
}

/** As stores compare times, which knows four digits of a year. */
function timeText(argument: string, date: Date): string {
  if (!(date instanceof Date)) refuse(argument, date, 'a Date');
  if (Number.isNaN(date.getTime())) {
    throw new UserError('invalid_argument', `${argument} must be a Date, but is an invalid one.`);
  }
  const text = date.toISOString();
  if (text.startsWith('-')) return EARLIEST;
  return text.startsWith('+') ? LATEST : text;
}
