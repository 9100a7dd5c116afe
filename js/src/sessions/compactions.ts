import { messageOf } from '../check.ts';
import type { Core } from '../core.ts';
import { RunAbortedError, UserError } from '../errors.ts';
import { addCaller, removeCaller } from '../host.ts';
import type { Item, StoredItem } from '../items.ts';
import type { Model } from '../models/model.ts';
import type { Usage } from '../usage.ts';
import { stopIfAborted } from './aborted.ts';
import {
  type CompactionOutcome,
  type CompactionProgress,
  type CompactionResult,
  type CompactionSetup,
  checkedCompaction,
  checkRunCompaction,
  type RunCompactionOptions,
  THRESHOLD,
} from './compaction.ts';
import { type CompactionOrigin, type CompactionPlan, headOfPlan, planOf } from './compaction-plan.ts';
import type { OpenSession } from './core-session.ts';
import type { SessionWarning } from './session.ts';

/** A run that is complete and stored. */
export interface CompletedRun extends CompactionOrigin {
  conversationId: string;
  responseId: string | undefined;
  threshold: number | undefined;
  /** Of a caller that waits for the compaction. */
  signal: AbortSignal | undefined;
}

/** What compactions need of their session. */
export interface Compacted {
  opened(): Promise<OpenSession>;
  loadItems(conversationId: string): Promise<StoredItem[]>;
}

/** What the session says of its compactions. */
export interface SessionSetup extends CompactionSetup {
  threshold: number | undefined;
  onWarning(warning: SessionWarning): void;
}

type Options = RunCompactionOptions & { threshold?: number | undefined };

const NOTHING = new Uint8Array();
const NO_USAGE: Usage = {
  requests: 0,
  inputTokens: 0,
  cachedTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
  totalTokens: 0,
};

/** The compactions of one session. */
export class Compactions {
  readonly #session: Compacted;
  readonly #setup: SessionSetup;
  readonly #life = new AbortController();
  readonly #underWay = new Set<Promise<unknown>>();

  constructor(session: Compacted, setup: SessionSetup) {
    this.#session = session;
    this.#setup = setup;
  }

  /** Fails as the request fails, and with a RunAbortedError when it is stopped. */
  run(conversationId: string, options: Options, origin?: CompactionOrigin): Promise<CompactionResult> {
    const work = this.#run(conversationId, options, origin);
    this.#underWay.add(work);
    void this.#outcomeOf(conversationId, work).then((outcome) => {
      this.#underWay.delete(work);
      this.#setup.onCompaction?.({ type: 'ended', conversationId, outcome });
    });
    return work;
  }

  /** Never fails: a run that is complete stays complete. */
  async behind({ model, api, conversationId, ...options }: CompletedRun): Promise<CompactionOutcome> {
    const outcome = await this.#outcomeOf(conversationId, this.run(conversationId, options, { model, api }));
    if (outcome.status === 'failed') {
      const { error } = outcome;
      queueMicrotask(() => this.#setup.onWarning({ type: 'compaction_failed', conversationId, error }));
    }
    return outcome;
  }

  /** Stops what is under way, and waits until it has ended. */
  async close(): Promise<void> {
    this.#life.abort();
    await Promise.allSettled(this.#underWay);
  }

  #outcomeOf(conversationId: string, work: Promise<CompactionResult>): Promise<CompactionOutcome> {
    return (work as Promise<CompactionOutcome>).catch((error): CompactionOutcome => {
      const isStopped = error instanceof RunAbortedError || this.#life.signal.aborted;
      return isStopped ? { status: 'cancelled', conversationId } : { status: 'failed', conversationId, error };
    });
  }

  async #run(conversationId: string, given: Options, origin?: CompactionOrigin): Promise<CompactionResult> {
    checkRunCompaction(given);
    const options: Options = { ...this.#setup, ...checkedCompaction(given) };
    const plan = planOf(options, origin);
    const nothing = { conversationId, folded: 0, kept: 0, tokensBefore: 0, tokensAfter: 0, usage: NO_USAGE };
    if (plan.strategy === 'none') return { ...nothing, status: 'not_due' };
    throwIfAborted(options.signal);
    const asked = options.force ? undefined : await this.#ask(conversationId, options);
    if (asked === false) return { ...nothing, status: 'not_due' };
    const head = {
      ...headOfPlan(plan),
      ...this.#bounds(options),
      conversationId,
      force: options.force === true || asked === true,
    };
    return { conversationId, ...(await this.#compact(head, plan, options)) };
  }

  /** Whether the caller's function says so; nothing without one. */
  async #ask(conversationId: string, options: Options): Promise<boolean | undefined> {
    const { shouldTriggerCompaction } = this.#setup;
    if (!shouldTriggerCompaction) return undefined;
    const sessionItems = await this.#session.loadItems(conversationId);
    try {
      return await shouldTriggerCompaction({
        conversationId,
        responseId: options.responseId,
        compactionMode: options.compactionMode === 'previous_response_id' ? options.compactionMode : 'input',
        compactionCandidateItems: sessionItems.filter(isCandidate),
        sessionItems,
      });
    } catch (cause) {
      throw new UserError('callback_failed', `shouldTriggerCompaction failed: ${messageOf(cause)}`, { cause });
    }
  }

  #bounds({ threshold = THRESHOLD, compactionArgs = {} }: Options): object {
    const { targetItems = Math.floor(threshold / 2), minSummaryTokens = 0 } = compactionArgs;
    return { threshold, targetItems, minSummaryTokens };
  }

  async #compact(head: { conversationId: string }, { model, api }: CompactionPlan, { signal, onProgress }: Options) {
    const { core, id: session } = await this.#session.opened();
    const call = core.newId();
    const progress = ({ stage: phase, items }: { stage: CompactionProgress['phase']; items: number }) => {
      const event = { conversationId: head.conversationId, phase, items };
      onProgress?.(event);
      this.#setup.onCompaction?.({ type: 'progress', ...event });
    };
    const stop = stopping(core, call);
    const signals = [this.#life.signal, ...(signal ? [signal] : [])];
    throwIfAborted(...signals);
    addCaller(call, { api, modelOf: () => model as Model, progress });
    for (const one of signals) one.addEventListener('abort', stop);
    try {
      const settled = await core.settled('session.compact', { ...head, session }, NOTHING, call);
      if (settled.error) throw withReason(settled.error, signal);
      const { id, ...result } = settled.head as Omit<CompactionResult, 'conversationId'>;
      return id ? { ...result, id } : result;
    } finally {
      for (const one of signals) one.removeEventListener('abort', stop);
      removeCaller(call);
    }
  }
}

function isCandidate({ type = 'message', role }: Item): boolean {
  return type !== 'compaction' && !(type === 'message' && role === 'user');
}

/** Where the instance has failed there is nothing left to stop. */
function stopping(core: Core, call: number): () => void {
  return () => void core.call('call.cancel', { call }).catch(() => {});
}

function throwIfAborted(...signals: (AbortSignal | undefined)[]): void {
  for (const signal of signals) stopIfAborted(signal, 'The compaction was stopped.');
}

function withReason(error: Error, signal: AbortSignal | undefined): Error {
  if (!(error instanceof RunAbortedError) || !signal?.aborted) return error;
  return new RunAbortedError('aborted', error.message, { cause: signal.reason });
}
