import { textOf } from '../offline/chat.ts';
import { remember } from '../offline/memory.ts';
import type { Item } from '../wire.ts';
import { seal, unseal } from './seal.ts';

/** One thing that was said or done, in short. */
export interface Told {
  role: string;
  text: string;
}

const LONGEST_MESSAGE = 300;
const LONGEST_CALL = 120;
const MOST_CHARACTERS = 2000;

/** What the items told, oldest first and short enough to be worth it. What the user told of themselves goes last. */
export function summarise(items: readonly Item[]): Told[] {
  return shortened(items.flatMap(toldBy));
}

/** What a compaction item holds. */
interface Folded {
  told: readonly Told[];
  /** Whether it stands for everything before it, so that nothing of that need be read. */
  isWhole: boolean;
}

/** The item that stands for what was folded into it. */
export function compactionItem(folded: Folded, id: string): Item {
  return { id, type: 'compaction', encrypted_content: seal(JSON.stringify(folded)) };
}

/** The item with its text sealed, if it is not: a model may say in plain words what it folded. */
export function sealed(compaction: Item): Item {
  const { encrypted_content: content } = compaction;
  if (unseal(content) !== undefined) return compaction;
  const told = [{ role: 'assistant', text: String(content) }];
  return { ...compaction, ...compactionItem({ told, isWhole: true }, String(compaction.id)) };
}

/** What was folded into a compaction item; nothing when it is not from this server. */
export function toldIn(compaction: Item): readonly Told[] {
  return foldedIn(compaction).told;
}

/** The items from the latest one on that stands for all before it. */
export function sinceCompaction(items: readonly Item[]): Item[] {
  return items.slice(
    Math.max(
      0,
      items.findLastIndex((item) => item.type === 'compaction' && foldedIn(item).isWhole),
    ),
  );
}

function foldedIn(compaction: Item): Folded {
  const text = unseal(compaction.encrypted_content);
  return text === undefined ? { told: [], isWhole: false } : JSON.parse(text);
}

/** A message as a summary has it. */
export function clipped({ role, text }: Told): Told {
  return { role, text: text.slice(0, LONGEST_MESSAGE) };
}

function toldBy(item: Item): readonly Told[] {
  switch (item.type) {
    case 'message':
      return [clipped({ role: String(item.role), text: textOf(item.content).trim() })];
    case 'compaction':
      return toldIn(item);
    case 'function_call':
    case 'custom_tool_call':
      return [{ role: 'tool', text: `${item.name}(${item.arguments ?? item.input})`.slice(0, LONGEST_CALL) }];
    case 'function_call_output':
    case 'custom_tool_call_output':
      return [{ role: 'tool', text: outputText(item.output).slice(0, LONGEST_CALL) }];
    default:
      return [];
  }
}

function outputText(output: unknown): string {
  return typeof output === 'string' || Array.isArray(output) ? textOf(output) : JSON.stringify(output);
}

/** Without the least that can be spared, the oldest of it first. */
function shortened(told: Told[]): Told[] {
  let excess = told.reduce((sum, { text }) => sum + text.length, 0) - MOST_CHARACTERS;
  if (excess <= 0) return told;
  const spared = new Set<Told>();
  const byWorth = told.map((one) => ({ one, worth: worthOf(one) })).sort((a, b) => a.worth - b.worth);
  for (const { one } of byWorth) {
    if (excess <= 0) break;
    spared.add(one);
    excess -= one.text.length;
  }
  return told.filter((one) => !spared.has(one));
}

function worthOf({ role, text }: Told): number {
  if (role !== 'user') return 0;
  const { facts, notes } = remember([text]);
  return facts.size + notes.length > 0 ? 2 : 1;
}
