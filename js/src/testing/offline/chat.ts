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
    this.said = items
      .filter((item) => item.type === 'message')
      .map((item) => ({ role: String(item.role), text: textOf(item.content).trim().slice(0, LONGEST) }));
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

/** The text of a content: a string, or a list of parts. */
export function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content
    .map((part) => (isObject(part) ? String(part.text ?? part.refusal ?? '') : ''))
    .filter((text) => text !== '')
    .join('\n');
}
