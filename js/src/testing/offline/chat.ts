import { clipped, toldIn } from '../compaction/summary.ts';
import { type Item, isObject } from '../wire.ts';
import { type Memory, remember } from './memory.ts';

/** Longer messages are read in part only: some rules take time that grows with the square of the length. */
const LONGEST = 10_000;

export interface Said {
  role: string;
  text: string;
}

/** What was said in a context, as plain text. */
export class Chat {
  readonly said: readonly Said[];
  readonly instructions: string | null;
  #memory: Memory | undefined;

  constructor(items: readonly Item[], instructions: string | null = null) {
    this.said = saidIn(items);
    this.instructions = instructions;
  }

  /** Everything the user said, oldest first. */
  get fromUser(): string[] {
    return this.said.filter(({ role }) => role === 'user').map(({ text }) => text);
  }

  get fromAssistant(): string[] {
    return this.said.filter(({ role }) => role === 'assistant').map(({ text }) => text);
  }

  /** What the user has told. */
  get memory(): Memory {
    this.#memory ??= remember(this.fromUser);
    return this.#memory;
  }

  /** What the user said last; empty when the user has said nothing. */
  get message(): string {
    return this.fromUser.at(-1) ?? '';
  }
}

/** What was said, with what was folded into compaction items. What stands before such an item is mostly in it as well. */
function saidIn(items: readonly Item[]): Said[] {
  let said: Said[] = [];
  for (const item of items) {
    if (item.type === 'message') {
      said.push({ role: String(item.role), text: textOf(item.content).trim().slice(0, LONGEST) });
    } else if (item.type === 'compaction') {
      const folded = toldIn(item);
      said = [...said.filter((one) => !folded.some((told) => isShort(told, one))), ...folded];
    }
  }
  return said;
}

function isShort(told: Said, said: Said): boolean {
  return told.role === said.role && told.text === clipped(said).text;
}

/** The text of a content: a string, or a list of parts. */
export function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content
    .map((part) => (isObject(part) ? String(part.text ?? part.refusal ?? '') : ''))
    .filter((text) => text !== '')
    .join('\n');
}
