import type { Item } from '../items.ts';
import type { Usage } from '../usage.ts';
import { readPage } from './store-calls.ts';
import type { StoredSession } from './stored-session.ts';

/** What one answer of a model cost. */
export interface AnswerUsage {
  /** Of its run, from 1. */
  turn: number;
  agent: string;
  /** As the agent names it; not there for a model of your own. */
  model?: string;
  /** How long the model took. */
  ms: number;
  usage: Usage;
}

/** What a run wrote down when it ended, or was interrupted: one that goes on later writes once more. */
export interface UsageRecord {
  runId: string;
  status: 'completed' | 'failed' | 'stopped' | 'awaiting_approval';
  /** How long the run took. */
  ms: number;
  turns: AnswerUsage[];
}

/** Where the core puts them, see core/include/agents/record.h. */
const SHELF = 'usage';

export const NO_USAGE: Readonly<Usage> = {
  requests: 0,
  inputTokens: 0,
  cachedTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
  totalTokens: 0,
};

/** The oldest first. */
export async function usageRecords(session: StoredSession, conversationId: string): Promise<UsageRecord[]> {
  const { items } = await readPage(session, { conversationId, shelf: SHELF });
  return items.filter(isRecord) as Item[] as (Item & UsageRecord)[];
}

/** Another version of this package may have written something else. */
function isRecord({ type, runId, turns }: Item): boolean {
  return type === 'agents_wasm.usage' && typeof runId === 'string' && Array.isArray(turns);
}
