import { kindOf, refuse } from './check.ts';
import { SessionError } from './errors.ts';
import type { Item, StoredItem } from './items.ts';
import { type Spread, spreadOf } from './sessions/spread.ts';

export interface ConversationPatterns {
  /** From one message of the user to the next one. What comes before the first of them is none. */
  turns: {
    count: number;
    /** How many items a turn has, with the user's message. */
    items: Spread;
    /** How many tools it calls. */
    toolCalls: Spread;
  };
  /** How many characters the messages of each have. */
  messages: { user: Spread; assistant: Spread };
  tools: Record<string, ToolPattern>;
  /** How often an agent handed over to another one; `from` is not there where the items do not tell. */
  handoffs: { from?: string; to: string; count: number }[];
  /** What was said, or called with the same arguments, more than once; the most frequent first. */
  repetitions: { kind: 'user' | 'assistant' | 'tool'; text: string; count: number }[];
  /**
   * From a user's message to the first answer behind it, in ms, where their times differ: a run that is saved when it is
   * complete gives all of its items one time. How long models took, `session.conversationStats` knows.
   */
  latency: Spread;
}

export interface ToolPattern {
  calls: number;
  /** The tool failed, or was not there, or nobody saw it end. */
  failures: number;
  /** Calls without an output. */
  unanswered: number;
}

type Repetition = ConversationPatterns['repetitions'][number];

/** How the outputs begin that stand for a failure, unless a tool has its own words for it. */
const FAILED = /^(?:An error occurred while running the tool|Outcome unknown: |Tool '.*' not found\.$|aborted$)/;

export function patternsOf(items: readonly Item[]): ConversationPatterns {
  checkItems(items);
  return {
    turns: turnsIn(items),
    messages: { user: lengthsOf(items, 'user'), assistant: lengthsOf(items, 'assistant') },
    tools: toolsIn(items),
    handoffs: handoffsIn(items),
    repetitions: repetitionsIn(items),
    latency: spreadOf(latenciesIn(items)),
  };
}

function checkItems(items: unknown): asserts items is readonly Item[] {
  if (!Array.isArray(items)) refuse('items', items, 'an array of items');
  items.forEach((item: unknown, index) => {
    if (typeof item === 'object' && item !== null && !Array.isArray(item)) return;
    throw new SessionError('invalid_item', `items[${index}] must be an object, but is ${kindOf(item)}.`);
  });
}

const isMessage = ({ type, role }: Item, of: string) => (type ?? 'message') === 'message' && role === of;
const isCall = ({ type }: Item) => typeof type === 'string' && type.endsWith('_call');
const isOutput = ({ type }: Item) => typeof type === 'string' && type.endsWith('_output');
const nameOf = ({ name, type }: Item) => (typeof name === 'string' ? name : `${type}`);

function turnsIn(items: readonly Item[]): ConversationPatterns['turns'] {
  const turns: { items: number; toolCalls: number }[] = [];
  for (const item of items) {
    if (isMessage(item, 'user')) turns.push({ items: 0, toolCalls: 0 });
    const turn = turns.at(-1);
    if (!turn) continue;
    turn.items += 1;
    if (isCall(item)) turn.toolCalls += 1;
  }
  return {
    count: turns.length,
    items: spreadOf(turns.map((turn) => turn.items)),
    toolCalls: spreadOf(turns.map((turn) => turn.toolCalls)),
  };
}

function lengthsOf(items: readonly Item[], role: string): Spread {
  return spreadOf(items.filter((item) => isMessage(item, role)).map((item) => [...textOf(item)].length));
}

function toolsIn(items: readonly Item[]): Record<string, ToolPattern> {
  const tools = new Map<string, ToolPattern>();
  // A server may count its calls anew in each response: the last call of an id is the one that an output answers.
  const open = new Map<string, ToolPattern>();
  for (const item of items) {
    if (isCall(item)) {
      const tool = tools.get(nameOf(item)) ?? { calls: 0, failures: 0, unanswered: 0 };
      tools.set(nameOf(item), tool);
      tool.calls += 1;
      if (item.status === 'failed' || item.status === 'incomplete') tool.failures += 1;
      // Hosted tools answer in the call itself.
      if (typeof item.call_id !== 'string') continue;
      tool.unanswered += 1;
      open.set(item.call_id, tool);
    } else if (isOutput(item)) {
      const tool = open.get(item.call_id);
      if (!tool) continue;
      open.delete(item.call_id);
      tool.unanswered -= 1;
      if (typeof item.output === 'string' && FAILED.test(item.output)) tool.failures += 1;
    }
  }
  return Object.fromEntries(tools);
}

function handoffsIn(items: readonly StoredItem[]): ConversationPatterns['handoffs'] {
  const found = new Map<string, ConversationPatterns['handoffs'][number]>();
  for (const item of items) {
    const to = isOutput(item) ? receiverIn(item.output) : undefined;
    if (to === undefined) continue;
    const from = item.agent?.name;
    const key = JSON.stringify([from, to]);
    const handoff = found.get(key) ?? { ...(from === undefined ? {} : { from }), to, count: 0 };
    found.set(key, { ...handoff, count: handoff.count + 1 });
  }
  return [...found.values()];
}

/** A handoff's call is answered with the name of the agent who takes over, and with nothing else. */
function receiverIn(output: unknown): string | undefined {
  if (typeof output !== 'string' || !output.startsWith('{"assistant":')) return undefined;
  try {
    const { assistant, ...more } = JSON.parse(output);
    return typeof assistant === 'string' && Object.keys(more).length === 0 ? assistant : undefined;
  } catch {
    return undefined;
  }
}

function repetitionsIn(items: readonly Item[]): Repetition[] {
  const found = new Map<string, Repetition>();
  for (const item of items) {
    const kind = isMessage(item, 'user') ? 'user' : isMessage(item, 'assistant') ? 'assistant' : 'tool';
    if (kind === 'tool' && !isCall(item)) continue;
    const text = kind === 'tool' ? `${nameOf(item)}(${wordsOf(item.arguments ?? item.input)})` : textOf(item).trim();
    if (text === '') continue;
    const key = `${kind} ${text.toLowerCase().replace(/\s+/g, ' ')}`;
    const repetition = found.get(key) ?? { kind, text, count: 0 };
    found.set(key, { ...repetition, count: repetition.count + 1 });
  }
  return [...found.values()].filter(({ count }) => count > 1).sort((a, b) => b.count - a.count);
}

function latenciesIn(items: readonly StoredItem[]): number[] {
  const latencies: number[] = [];
  let asked: number | undefined;
  for (const item of items) {
    const time = item.createdAt instanceof Date ? item.createdAt.getTime() : undefined;
    if (isMessage(item, 'user')) asked = time;
    if (!isMessage(item, 'assistant') || asked === undefined || time === undefined) continue;
    if (time > asked) latencies.push(time - asked);
    asked = undefined;
  }
  return latencies;
}

/** An item may hold anything. */
function wordsOf(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}

function textOf({ content }: Item): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content
    .map((part) => part?.text ?? part?.refusal)
    .filter((text) => typeof text === 'string')
    .join('');
}
