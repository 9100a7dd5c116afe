import { checkConversationId, checkFunction, checkOptions } from '../check.ts';
import type { StoredItem } from '../items.ts';
import { addUsage, type Usage } from '../usage.ts';
import { stopIfAborted } from './aborted.ts';
import { allConversations } from './all-conversations.ts';
import { type Spread, spreadOf } from './spread.ts';
import type { StoredSession } from './stored-session.ts';
import { type AnswerUsage, NO_USAGE, type UsageRecord, usageRecords } from './usage-records.ts';

export interface StatsOptions {
  signal?: AbortSignal | undefined;
  /** Told after each conversation, where all of them are counted. */
  onProgress?: ((progress: { conversations: number }) => void) | undefined;
}

/** What a run cost, all of its parts together. */
export interface RunUsage {
  runId: string;
  /** As it was when it ended last. */
  status: UsageRecord['status'];
  ms: number;
  usage: Usage;
  turns: AnswerUsage[];
}

/** What is in a conversation, or in all of them. What a compaction folded counts, what stands for it does not. */
export interface ConversationStats {
  conversations: number;
  items: {
    total: number;
    /** By the items' types: `message`, `function_call` … */
    byType: Record<string, number>;
    /** Messages, by who said them. */
    byRole: Record<string, number>;
    /** What agents said and their tools answered. */
    byAgent: Record<string, number>;
  };
  /** How often each tool was called. */
  toolCalls: Record<string, number>;
  /** Answers of models in the history. */
  turns: number;
  runs: {
    total: number;
    /** `unknown` for runs of which nothing is written down: those of other SDKs, and of older versions of this one. */
    byStatus: Record<string, number>;
  };
  /** As the API counted it. Of runs of this package on sessions of this package. */
  usage: {
    total: Usage;
    byAgent: Record<string, Usage>;
    byModel: Record<string, Usage>;
    /** Of compactions that can be undone; no part of `total`. */
    compactions: Usage;
    /** The oldest first. Of one conversation only. */
    runs?: RunUsage[];
  };
  /** How long models took to answer, in ms. */
  latency: Spread;
  /** Between one item's time and the next one's, in ms, where they differ: what is saved together has one time. */
  gaps: Spread;
  /** Of the first and the last item. Not there without items. */
  firstAt?: Date;
  lastAt?: Date;
}

type Counts = Map<string, number>;
type Sums = Map<string, Usage>;

/** What one conversation brings. */
interface Found {
  items: StoredItem[];
  records: UsageRecord[];
  /** Of open runs. */
  states: [runId: string, state: string][];
  compactions: Usage[];
}

/** Adds up conversations, so that no more than one of them is in memory. */
class Tally {
  readonly #types: Counts = new Map();
  readonly #roles: Counts = new Map();
  readonly #agents: Counts = new Map();
  readonly #tools: Counts = new Map();
  readonly #statuses: Counts = new Map();
  readonly #agentUsage: Sums = new Map();
  readonly #modelUsage: Sums = new Map();
  readonly #latencies: number[] = [];
  readonly #gaps: number[] = [];
  #conversations = 0;
  #items = 0;
  #turns = 0;
  #total: Usage = NO_USAGE;
  #compactions: Usage = NO_USAGE;
  #first = Number.POSITIVE_INFINITY;
  #last = Number.NEGATIVE_INFINITY;

  add({ items, records, states, compactions }: Found): void {
    this.#conversations += 1;
    this.#items += items.length;
    for (const item of items) this.#addItem(item);
    this.#turns += new Set(items.filter(({ turn }) => turn).map(({ runId, turn }) => `${turn} ${runId}`)).size;
    this.#addTimes(items);
    this.#addRuns(items, records, states);
    for (const { turns } of records) for (const turn of turns) this.#addTurn(turn);
    for (const usage of compactions) this.#compactions = addUsage(this.#compactions, usage);
  }

  stats(): ConversationStats {
    const total = [...this.#statuses.values()].reduce((sum, count) => sum + count, 0);
    return {
      conversations: this.#conversations,
      items: {
        total: this.#items,
        byType: Object.fromEntries(this.#types),
        byRole: Object.fromEntries(this.#roles),
        byAgent: Object.fromEntries(this.#agents),
      },
      toolCalls: Object.fromEntries(this.#tools),
      turns: this.#turns,
      runs: { total, byStatus: Object.fromEntries(this.#statuses) },
      usage: {
        total: this.#total,
        byAgent: Object.fromEntries(this.#agentUsage),
        byModel: Object.fromEntries(this.#modelUsage),
        compactions: this.#compactions,
      },
      latency: spreadOf(this.#latencies),
      gaps: spreadOf(this.#gaps),
      ...(Number.isFinite(this.#first) ? { firstAt: new Date(this.#first), lastAt: new Date(this.#last) } : {}),
    };
  }

  #addItem({ type, role, name, agent }: StoredItem): void {
    const kind = type ?? 'message';
    count(this.#types, kind);
    if (kind === 'message' && typeof role === 'string') count(this.#roles, role);
    if (agent) count(this.#agents, agent.name);
    if (kind.endsWith('_call')) count(this.#tools, typeof name === 'string' ? name : kind);
  }

  #addTimes(items: StoredItem[]): void {
    const times = items.flatMap(({ createdAt }) => (createdAt ? [createdAt.getTime()] : [])).sort((a, b) => a - b);
    times.forEach((time, index) => {
      const gap = time - (times[index - 1] ?? time);
      if (gap > 0) this.#gaps.push(gap);
    });
    this.#first = Math.min(this.#first, times[0] ?? this.#first);
    this.#last = Math.max(this.#last, times.at(-1) ?? this.#last);
  }

  #addRuns(items: StoredItem[], records: UsageRecord[], states: Found['states']): void {
    const statuses = new Map<string, string>();
    for (const { runId } of items) if (runId) statuses.set(runId, 'unknown');
    for (const { runId, status } of records) statuses.set(runId, status);
    for (const [runId, state] of states) statuses.set(runId, state);
    for (const status of statuses.values()) count(this.#statuses, status);
  }

  #addTurn({ agent, model, ms, usage }: AnswerUsage): void {
    this.#total = addUsage(this.#total, usage);
    sum(this.#agentUsage, agent, usage);
    if (model !== undefined) sum(this.#modelUsage, model, usage);
    this.#latencies.push(ms);
  }
}

export async function statsOf(
  session: StoredSession,
  conversationId: string | undefined,
  options: StatsOptions,
): Promise<ConversationStats> {
  checkOptions('options', options);
  const { signal, onProgress } = options;
  if (onProgress !== undefined) checkFunction('onProgress', onProgress);
  const tally = new Tally();
  if (conversationId !== undefined) {
    checkConversationId(conversationId);
    const found = await find(session, conversationId);
    tally.add(found);
    const stats = tally.stats();
    return { ...stats, usage: { ...stats.usage, runs: runsIn(found.records) } };
  }
  let conversations = 0;
  for await (const { id, locked } of allConversations(session)) {
    stopIfAborted(signal, 'The statistics were stopped.');
    if (locked) continue;
    tally.add(await find(session, id));
    onProgress?.({ conversations: ++conversations });
  }
  return tally.stats();
}

async function find(session: StoredSession, conversationId: string): Promise<Found> {
  const items = await session.loadItems(conversationId, { includeCompacted: true });
  const records = await usageRecords(session, conversationId);
  const open = await session.openRuns(conversationId);
  const compactions = await session.compactions(conversationId);
  return {
    items,
    records,
    states: open.map(({ runId, state }) => [runId, state]),
    compactions: compactions.map(({ usage }) => usage),
  };
}

function runsIn(records: UsageRecord[]): RunUsage[] {
  const runs = new Map<string, RunUsage>();
  for (const { runId, status, ms, turns } of records) {
    const run = runs.get(runId) ?? { runId, status, ms: 0, usage: NO_USAGE, turns: [] };
    runs.set(runId, {
      runId,
      status,
      ms: run.ms + ms,
      usage: turns.reduce((all, turn) => addUsage(all, turn.usage), run.usage),
      turns: [...run.turns, ...turns],
    });
  }
  return [...runs.values()];
}

function count(counts: Counts, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function sum(sums: Sums, key: string, usage: Usage): void {
  sums.set(key, addUsage(sums.get(key) ?? NO_USAGE, usage));
}
