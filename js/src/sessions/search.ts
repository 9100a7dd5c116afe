import {
  checkConversationId,
  checkCount,
  checkFunction,
  checkOptions,
  checkSignal,
  checkText,
  refuse,
} from '../check.ts';
import type { Message } from '../core.ts';
import { UserError } from '../errors.ts';
import { stopIfAborted } from './aborted.ts';

export interface SearchOptions {
  /** At most so many hits. Default 20. */
  limit?: number;
  /** `next` of the page before, for the same text. */
  after?: string | undefined;
  /** Only in this conversation. */
  conversationId?: string | undefined;
  /** Stops it: it then fails with a RunAbortedError. What was indexed stays. */
  signal?: AbortSignal | undefined;
  /** Told of every step of a search that takes more than one. */
  onProgress?: ((progress: SearchProgress) => void) | undefined;
}

export interface SearchProgress {
  method: 'index' | 'scan';
  /** How many items are in the index, about; or how many conversations were looked through. */
  done: number;
  /** Of how many, where that is known. */
  total?: number;
}

/** An item that was found. Its `uid` is that which `loadPage` and `loadItems` give it. */
export interface SearchHit {
  conversationId: string;
  uid: string;
  /** Of a message; undefined for other items. */
  role: string | undefined;
  type: string;
  /** One line around the first match. */
  snippet: string;
  /** Which parts of the snippet were found: from and to, as `slice` takes them. */
  matches: [from: number, to: number][];
  createdAt: Date;
  /** In the history, folded by a compaction, or on a branch that is not the active one. */
  where: 'active' | 'folded' | 'branch';
  /** Where `loadPage` finds what is not active. */
  shelf?: string;
}

export interface SearchResult {
  /** The newest first; of a scan, those of the conversation changed last. */
  hits: SearchHit[];
  /** For `after`; not there when there is no more. */
  next?: string;
  /** By a full-text index, or by looking through all conversations, which takes longer the more there are. */
  method: 'index' | 'scan';
}

interface HitHead extends Omit<SearchHit, 'createdAt' | 'where' | 'shelf'> {
  shelf: string;
  createdAt: string;
}

interface StepHead {
  hits: HitHead[];
  next?: string;
  hasIndex: boolean;
  isIndexing: boolean;
  done: number;
  total: number;
}

type Call = (head: object) => Promise<Message>;

/** Step by step, so that it can be watched and stopped. */
export async function search(call: Call, text: string, options: SearchOptions): Promise<SearchResult> {
  const { limit, conversationId, signal, onProgress } = checked(text, options);
  const hits: SearchHit[] = [];
  let after = options.after;
  let scanned = 0;
  for (;;) {
    stopIfAborted(signal, 'The search was stopped.');
    const { head } = await call({ text, limit: limit - hits.length, after, conversationId });
    const step: StepHead = head;
    const method = step.hasIndex ? 'index' : 'scan';
    hits.push(...step.hits.map(hitFrom));
    if (!step.isIndexing) after = step.next;
    if (!step.isIndexing && (after === undefined || hits.length >= limit)) {
      return { hits, ...(after === undefined ? {} : { next: after }), method };
    }
    scanned += step.done;
    onProgress?.(step.isIndexing ? { method, done: step.done, total: step.total } : { method, done: scanned });
  }
}

function checked(text: unknown, options: SearchOptions) {
  if (typeof text !== 'string') refuse('text', text, 'a string');
  checkOptions('options', options);
  const { limit = 20, after, conversationId, signal, onProgress } = options;
  checkCount('limit', limit, 1);
  if (limit > 1000) throw new UserError('invalid_argument', 'limit must be at most 1,000.');
  if (after !== undefined) checkText('after', after);
  if (conversationId !== undefined) checkConversationId(conversationId);
  checkSignal('signal', signal);
  if (onProgress !== undefined) checkFunction('onProgress', onProgress);
  return { limit, conversationId, signal, onProgress };
}

function hitFrom({ shelf, role, createdAt, ...rest }: HitHead): SearchHit {
  const where = shelf === '' ? 'active' : shelf.startsWith('folded:') ? 'folded' : 'branch';
  return {
    ...rest,
    role: role || undefined,
    createdAt: new Date(createdAt),
    where,
    ...(shelf === '' ? {} : { shelf }),
  };
}
