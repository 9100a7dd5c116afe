import { checkConversationId } from '../check.ts';
import type { Item, StoredItem } from '../items.ts';
import { estimateTokens } from '../tokens.ts';
import type { StoredSession } from './stored-session.ts';
import { usageRecords } from './usage-records.ts';

/** How the estimates of a conversation compare with what the API counted in it. */
export interface TokenCalibration {
  /** What to multiply an estimate by. 1 where nothing is known. */
  factor: number;
  /** How many estimated tokens it was measured on. The more, the better. */
  tokens: number;
}

interface Answer {
  runId: string;
  turn: number;
  agent: string;
  model: string | undefined;
  inputTokens: number;
}

/** What an API counts differs from an estimate by less; where it seems to differ by more, something else was sent. */
const MOST = 2;
/** Less says little. */
const LEAST_TOKENS = 200;

/**
 * From one request of an agent to its next one the input grows by the items between them, while instructions and tools
 * stay: what the API counted more is what these items cost.
 */
export async function calibrationOf(session: StoredSession, conversationId: string): Promise<TokenCalibration> {
  checkConversationId(conversationId);
  const answers = (await usageRecords(session, conversationId)).flatMap(({ runId, turns }) =>
    turns.map(({ turn, agent, model, usage }) => ({ runId, turn, agent, model, inputTokens: usage.inputTokens })),
  );
  const items = await session.loadItems(conversationId, { includeCompacted: true });
  let [counted, estimated] = [0, 0];
  for (let index = 1; index < answers.length; index++) {
    const [before, after] = [answers[index - 1] as Answer, answers[index] as Answer];
    const more = after.inputTokens - before.inputTokens;
    const between = itemsBetween(items, before, after);
    if (more <= 0 || !between) continue;
    const tokens = await estimateTokens(between);
    if (more > tokens * MOST || more * MOST < tokens) continue;
    counted += more;
    estimated += tokens;
  }
  return estimated < LEAST_TOKENS
    ? { factor: 1, tokens: estimated }
    : { factor: counted / estimated, tokens: estimated };
}

/** What the second request was sent and the first one was not; nothing where that cannot be told. */
function itemsBetween(items: StoredItem[], before: Answer, after: Answer): StoredItem[] | undefined {
  if (before.agent !== after.agent || before.model !== after.model) return undefined;
  const isSameRun = before.runId === after.runId;
  if (isSameRun ? after.turn !== before.turn + 1 : after.turn !== 1) return undefined;
  const first = items.findIndex(({ runId, turn }) => runId === before.runId && turn === before.turn);
  const next = items.findIndex(({ runId, turn }) => runId === after.runId && turn === after.turn);
  if (first < 0 || next <= first) return undefined;
  const between = items.slice(first, next);
  return between.every(isRead) ? between : undefined;
}

/** Of reasoning, images and files nobody knows what they cost the second time. */
function isRead({ type, content }: Item): boolean {
  if (type === 'reasoning' || type === 'compaction') return false;
  return !Array.isArray(content) || content.every((part) => typeof part?.text === 'string');
}
