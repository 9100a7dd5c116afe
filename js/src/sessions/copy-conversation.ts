import { checkConversationId, checkFunction, checkOptions } from '../check.ts';
import { SessionError } from '../errors.ts';
import type { StoredItem } from '../items.ts';
import { randomId } from '../random-id.ts';
import { checkSession } from '../run-options.ts';
import { stopIfAborted } from './aborted.ts';
import type { SaveOptions, Session } from './session.ts';
import { StoredSession } from './stored-session.ts';

export interface CopyOptions {
  from: Session;
  conversationId: string;
  to: Session;
  /** The name of the copy. Default: that of the original. */
  toConversationId?: string;
  /** Stops it before it saves. */
  signal?: AbortSignal;
  onProgress?: (progress: CopyProgress) => void;
}

export interface CopyProgress {
  stage: 'loaded' | 'saved';
  /** How many items. */
  items: number;
}

export interface CopyReport {
  conversationId: string;
  /** How many items were copied. */
  items: number;
}

/**
 * Copies a conversation from one session to another: between stores, and between this place and the Conversations API.
 * It copies all items, those that a compaction has folded too, in their order, and who said them where the session keeps
 * that. What the place it goes to has no use for, such as ids that another server gave, is left out there.
 *
 * The copy is saved in one step. It must be a conversation without items, or this fails with the code `conflict`: nothing
 * is mixed up, and a copy that is made twice doubles nothing. Open runs are no part of a history and stay where they are.
 *
 * @example
 * await copyConversation({ from: local, to: server, conversationId: 'user-123' });
 */
export async function copyConversation(options: CopyOptions): Promise<CopyReport> {
  checkOptions('options', options);
  const { from, to, conversationId, toConversationId = conversationId, signal, onProgress } = options;
  checkSession(from, 'from');
  checkSession(to, 'to');
  checkConversationId(conversationId);
  checkConversationId(toConversationId);
  if (onProgress !== undefined) checkFunction('onProgress', onProgress);

  const stopHere = () => stopIfAborted(signal, 'The copy was stopped.');
  stopHere();
  // All of them: a limit may leave out a pair that it would cut.
  const there = await to.loadItems(toConversationId);
  if (there.length > 0) throw new SessionError('conflict', 'The conversation to copy to has items already.');
  stopHere();
  const items = await loadAll(from, conversationId);
  onProgress?.({ stage: 'loaded', items: items.length });
  stopHere();
  const origins = items.map(originOf);
  if (items.length > 0) await to.saveItems(toConversationId, items, { operationId: `copy.${randomId()}`, origins });
  onProgress?.({ stage: 'saved', items: items.length });
  return { conversationId: toConversationId, items: items.length };
}

async function loadAll(session: Session, conversationId: string): Promise<StoredItem[]> {
  if (session instanceof StoredSession) return session.loadItems(conversationId, { includeCompacted: true });
  return session.loadItems(conversationId);
}

function originOf({ agent, runId = '', turn }: StoredItem): SaveOptions['origins'][number] {
  return { runId, ...(agent && { agent: { name: agent.name } }), ...(turn !== undefined && { turn }) };
}
