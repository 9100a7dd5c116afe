import { type CreateRequest, type Item, isObject } from './wire.ts';

const LEAST_TOKENS = 1024;
const STEP = 128;
const CHARACTERS_PER_TOKEN = 4;
const PROMPTS_PER_KEY = 4;
const MOST_CHARACTERS = 16 * 2 ** 20;

/** The latest prompts by `prompt_cache_key`, from which follows how much of a prompt has been read before. */
export class PromptCache {
  readonly #prompts = new Map<string, string[][]>();
  #characters = 0;

  /**
   * How many of the `total` tokens of a prompt, from the first on, are those of an earlier one with this key. From now on
   * it is such a prompt itself.
   */
  read(key: string, prompt: string[], total: number): number {
    const earlier = this.#prompts.get(key) ?? [];
    const common = Math.max(0, ...earlier.map((one) => commonLength(one, prompt)));
    const tokens = Math.min(total, Math.floor(common / CHARACTERS_PER_TOKEN));
    this.#keep(key, [...earlier, prompt]);
    return tokens < LEAST_TOKENS ? 0 : tokens - (tokens % STEP);
  }

  #keep(key: string, prompts: string[][]): void {
    this.#drop(key);
    const newest = prompts.slice(-PROMPTS_PER_KEY);
    this.#prompts.set(key, newest);
    this.#characters += lengthOf(newest);
    for (const oldest of this.#prompts.keys()) {
      if (this.#characters <= MOST_CHARACTERS || oldest === key) break;
      this.#drop(oldest);
    }
  }

  #drop(key: string): void {
    this.#characters -= lengthOf(this.#prompts.get(key) ?? []);
    this.#prompts.delete(key);
  }
}

/** What the model reads, in the order in which it reads it. Ids are not in it: to the model they do not exist. */
export function promptOf(request: Partial<CreateRequest>, items: readonly Item[]): string[] {
  const head = [request.tools ?? [], request.text?.format ?? null, request.instructions ?? null];
  return [...head.map((part) => JSON.stringify(part)), ...items.map(rendered)];
}

function rendered({ id, status, ...item }: Item): string {
  if (item.type === 'message' && Array.isArray(item.content)) {
    return `\n${item.role}: ${item.content.map((part) => part.text ?? JSON.stringify(part)).join('\n')}`;
  }
  return JSON.stringify(item, (_, value) =>
    isObject(value) ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) : value,
  );
}

function commonLength(a: readonly string[], b: readonly string[]): number {
  let common = 0;
  for (const [index, part] of a.entries()) {
    const other = b[index] ?? '';
    if (part !== other) return common + commonPrefix(part, other);
    common += part.length;
  }
  return common;
}

function commonPrefix(a: string, b: string): number {
  let at = 0;
  while (at < a.length && a[at] === b[at]) ++at;
  return at;
}

function lengthOf(prompts: readonly string[][]): number {
  return prompts.flat().reduce((sum, { length }) => sum + length, 0);
}
