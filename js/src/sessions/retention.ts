import { checkBoolean, checkCount, checkFunction, checkOptions } from '../check.ts';
import { SessionError, UserError } from '../errors.ts';
import { randomId } from '../random-id.ts';
import { stopIfAborted } from './aborted.ts';
import { allConversations } from './all-conversations.ts';
import { deleteUnchanged, type Known } from './delete-unchanged.ts';
import { applyChange, readPage } from './store-calls.ts';
import type { StoredSession } from './stored-session.ts';
import { type Trim, trimOf } from './trim.ts';

/** What is to be kept. At least one rule; they apply in this order. */
export interface RetentionRules {
  /** Conversations that were changed last longer ago than so many ms are deleted. */
  maxAge?: number | undefined;
  /**
   * Of each history the newest so many items stay, calls with their outputs. What a compaction folded goes with the item
   * that stands for it.
   */
  maxItems?: number | undefined;
  /** The conversations changed last stay, as many as have so many bytes of items together; the others are deleted. */
  maxBytes?: number | undefined;
}

export interface RetentionOptions extends RetentionRules {
  /** Says what would go, and changes nothing. */
  dryRun?: boolean | undefined;
  /** Lets the rules delete everything there is, which they refuse otherwise. */
  force?: boolean | undefined;
  /** Stops between two conversations. What was done until then stays done. */
  signal?: AbortSignal | undefined;
  onProgress?: ((progress: RetentionProgress) => void) | undefined;
}

export interface RetentionProgress {
  /** How many conversations were dealt with, of how many. */
  done: number;
  of: number;
}

export interface RetentionReport {
  /** Ids of conversations that were deleted. */
  deleted: string[];
  /** How many items went of others. */
  trimmed: { conversationId: string; items: number }[];
  /** How many bytes of items went in all. */
  bytes: number;
  dryRun: boolean;
}

/** What is to be done, as far as reading tells. */
interface Plan {
  deleted: Known[];
  trimmed: { id: string; trim: Trim }[];
  isEverything: boolean;
}

/** A conversation that is being changed is tried so often. */
const ATTEMPTS = 5;

export async function retain(session: StoredSession, options: RetentionOptions): Promise<RetentionReport> {
  checkRules(options);
  const { dryRun = false, force = false, signal, onProgress } = options;
  const plan = await planOf(session, options);
  if (plan.isEverything && !force && !dryRun) {
    throw new UserError('user_error', 'These rules would delete everything there is. Give force: true if they shall.');
  }
  if (dryRun) return reportOf(plan.deleted, plan.trimmed, true);

  const of = plan.deleted.length + plan.trimmed.length;
  let done = 0;
  const goOn = () => {
    onProgress?.({ done: ++done, of });
    stopIfAborted(signal, 'The retention was stopped.');
  };
  const deleted = await deleteUnchanged(session, plan.deleted, goOn);
  const trimmed: Plan['trimmed'] = [];
  for (const { id } of plan.trimmed) {
    const trim = await trimNow(session, id, options.maxItems as number);
    if (trim) trimmed.push({ id, trim });
    goOn();
  }
  return reportOf(deleted, trimmed, false);
}

function checkRules(options: RetentionOptions): void {
  checkOptions('options', options);
  const { dryRun, force, signal, onProgress, ...rules } = options;
  const names = ['maxAge', 'maxItems', 'maxBytes'] as const;
  for (const name of names) if (rules[name] !== undefined) checkCount(name, rules[name], 0);
  for (const [name, value] of Object.entries({ dryRun, force })) if (value !== undefined) checkBoolean(name, value);
  if (onProgress !== undefined) checkFunction('onProgress', onProgress);
  stopIfAborted(signal, 'The retention was stopped.');
  if (names.every((name) => rules[name] === undefined)) {
    throw new UserError('user_error', 'A retention needs maxAge, maxItems or maxBytes.');
  }
}

/** From the newest conversation to the oldest. */
async function planOf(session: StoredSession, rules: RetentionOptions): Promise<Plan> {
  const { maxAge, maxItems, maxBytes = Number.POSITIVE_INFINITY, signal } = rules;
  const oldest = maxAge === undefined ? Number.NEGATIVE_INFINITY : Date.now() - maxAge;
  const plan: Plan = { deleted: [], trimmed: [], isEverything: false };
  let kept = 0;
  let found = 0;
  let remains = false;
  let isFull = false;
  for await (const { id, updatedAt, locked, items = 0, bytes = 0 } of allConversations(session, { sizes: true })) {
    stopIfAborted(signal, 'The retention was stopped.');
    found += 1;
    const isOld = updatedAt.getTime() <= oldest;
    let trim: Trim | undefined;
    if (maxItems !== undefined && items > maxItems && !isOld && !isFull && !locked) {
      trim = await trimOf(await readHistory(session, id, maxItems));
    }
    const left = bytes - (trim?.bytes ?? 0);
    // From the first one on that does not fit the older ones go: a small one that is older is no better.
    isFull ||= !isOld && kept + left > maxBytes;
    if (isOld || isFull) {
      plan.deleted.push({ id, updatedAt, bytes });
      continue;
    }
    kept += left;
    if (trim) plan.trimmed.push({ id, trim });
    // One without items, such as a title, is not what somebody would miss.
    remains ||= items > (trim?.uids.length ?? 0);
  }
  plan.isEverything = found > 0 && !remains && (plan.deleted.length > 0 || plan.trimmed.length > 0);
  return plan;
}

async function readHistory(session: StoredSession, conversationId: string, maxItems: number) {
  const page = await readPage(session, { conversationId, origins: true, shelves: 'folded:' });
  // Whole pairs only.
  const kept = await session.loadItems(conversationId, { maxItems });
  const folded = async (shelf: string) => (await readPage(session, { conversationId, shelf, origins: true })).origins;
  return { page, kept: new Set(kept.map(({ uid }) => uid as string)), folded };
}

async function trimNow(session: StoredSession, conversationId: string, maxItems: number): Promise<Trim | undefined> {
  for (let attempt = 1; ; attempt++) {
    const history = await readHistory(session, conversationId, maxItems);
    const trim = await trimOf(history);
    if (!trim) return undefined;
    const edits = [
      { type: 'remove' as const, uids: trim.uids },
      ...trim.shelves.map((shelf) => ({ type: 'discard' as const, shelf })),
    ];
    try {
      await applyChange(session, conversationId, { opId: randomId(), expectVersion: history.page.version, edits });
      return trim;
    } catch (error) {
      if (!(error instanceof SessionError && error.code === 'conflict') || attempt === ATTEMPTS) throw error;
    }
  }
}

function reportOf(deleted: Known[], trimmed: Plan['trimmed'], dryRun: boolean): RetentionReport {
  const bytes = [...deleted, ...trimmed.map(({ trim }) => trim)].reduce((sum, { bytes = 0 }) => sum + bytes, 0);
  return {
    deleted: deleted.map(({ id }) => id),
    trimmed: trimmed.map(({ id, trim }) => ({ conversationId: id, items: trim.uids.length })),
    bytes,
    dryRun,
  };
}
