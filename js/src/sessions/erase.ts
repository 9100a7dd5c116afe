import { checkBoolean, checkFunction, checkOptions, checkText, refuse } from '../check.ts';
import { SessionError, UserError } from '../errors.ts';
import { stopIfAborted } from './aborted.ts';
import { allConversations } from './all-conversations.ts';
import type { Conversation } from './conversations.ts';
import { readPage } from './store-calls.ts';
import type { StoredSession } from './stored-session.ts';

/** Which conversations: one of these. */
export interface EraseSelection {
  /** Those whose ids begin so. */
  idPrefix?: string | undefined;
  /** Those whose metadata has all of these members, with equal values. */
  metadata?: Record<string, unknown> | undefined;
}

export interface EraseOptions {
  /** Says what would be erased, and changes nothing. */
  dryRun?: boolean | undefined;
  /** Stops between two conversations. What is erased stays so. */
  signal?: AbortSignal | undefined;
  onProgress?: ((progress: { done: number; of: number }) => void) | undefined;
}

export interface EraseReport {
  /** The ids of the conversations. */
  erased: string[];
  dryRun: boolean;
}

/** Conversations that come up while others are erased are erased too, so often. */
const ROUNDS = 5;

export async function eraseAll(
  session: StoredSession,
  selection: EraseSelection,
  options: EraseOptions,
): Promise<EraseReport> {
  const isMeant = testOf(selection);
  checkOptions('options', options);
  const { dryRun = false, signal, onProgress } = options;
  checkBoolean('options.dryRun', dryRun);
  if (onProgress !== undefined) checkFunction('options.onProgress', onProgress);
  const erased = new Set<string>();
  for (let round = 0; round < ROUNDS; round++) {
    stopIfAborted(signal, 'The erasure was stopped.');
    const found = await idsOf(session, isMeant);
    if (dryRun) return { erased: found, dryRun };
    // Read back: a store that still gives something has not done its work.
    if (found.length === 0) {
      await checkGone(session, erased);
      return { erased: [...erased], dryRun };
    }
    for (const [index, id] of found.entries()) {
      stopIfAborted(signal, 'The erasure was stopped.');
      await session.delete(id);
      erased.add(id);
      onProgress?.({ done: index + 1, of: found.length });
    }
  }
  throw new SessionError('conflict', 'Conversations like these are being made faster than they are erased.');
}

function testOf(selection: EraseSelection): (conversation: Conversation) => boolean {
  checkOptions('selection', selection);
  const { idPrefix, metadata } = selection;
  if ((idPrefix === undefined) === (metadata === undefined)) {
    throw new UserError('user_error', 'Either idPrefix or metadata says what to erase, and one of them must.');
  }
  if (idPrefix !== undefined) {
    checkText('idPrefix', idPrefix);
    if (idPrefix === '') throw new UserError('invalid_argument', 'idPrefix must not be empty: all ids begin so.');
    return ({ id }) => id.startsWith(idPrefix);
  }
  if (typeof metadata !== 'object' || metadata === null || Array.isArray(metadata)) {
    refuse('metadata', metadata, 'an object');
  }
  const wanted = Object.entries(metadata).map(([name, value]) => [name, textOf(value)] as const);
  if (wanted.length === 0 || wanted.some(([, text]) => text === undefined)) {
    throw new UserError('invalid_argument', 'metadata must have members, and each of them a value that JSON has.');
  }
  return (conversation) => {
    if (conversation.locked) {
      throw new SessionError(
        'wrong_key',
        'A conversation is locked, and may be one of those meant. Erase by idPrefix, or give the keys of all.',
      );
    }
    return wanted.every(([name, text]) => {
      const has = Object.hasOwn(conversation.metadata, name);
      return has && textOf(conversation.metadata[name]) === text;
    });
  };
}

async function idsOf(session: StoredSession, isMeant: (conversation: Conversation) => boolean): Promise<string[]> {
  const ids = new Set<string>();
  for await (const conversation of allConversations(session)) if (isMeant(conversation)) ids.add(conversation.id);
  return [...ids];
}

async function checkGone(session: StoredSession, ids: Iterable<string>): Promise<void> {
  for (const conversationId of ids) {
    const { items, shelves } = await readPage(session, { conversationId, newest: 1, shelves: '' });
    if (items.length === 0 && !shelves?.length) continue;
    throw new SessionError('conflict', 'A conversation that was erased is there again: a run or another tab saved it.');
  }
}

/** JSON in which the order of members does not show. */
function textOf(value: unknown): string | undefined {
  return JSON.stringify(value, (_key, part: unknown) => {
    if (typeof part !== 'object' || part === null || Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
