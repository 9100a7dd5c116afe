import type { CreateRequest, Item, Usage } from './wire.ts';

const CHARACTERS_PER_TOKEN = 4;

/** Counts what a response says, and cuts it where `max_output_tokens` are used up. */
export class Meter {
  readonly #limit: number;
  #characters = 0;
  #reasoning = 0;

  constructor(maxOutputTokens: number | null) {
    this.#limit = maxOutputTokens === null ? Infinity : maxOutputTokens * CHARACTERS_PER_TOKEN;
  }

  /** As much of `text` as the limit allows. */
  take(text: string, kind: 'answer' | 'reasoning' = 'answer'): string {
    const taken = prefix(text, this.#limit - this.#characters);
    this.#characters += taken.length;
    if (kind === 'reasoning') this.#reasoning += taken.length;
    this.full ||= taken.length < text.length;
    return taken;
  }

  /** Whether something had to be cut. */
  full = false;

  usage(inputTokens: number, cachedTokens = 0): Usage {
    const outputTokens = tokens(this.#characters);
    return {
      input_tokens: inputTokens,
      input_tokens_details: { cache_write_tokens: 0, cached_tokens: cachedTokens },
      output_tokens: outputTokens,
      output_tokens_details: { reasoning_tokens: tokens(this.#reasoning) },
      total_tokens: inputTokens + outputTokens,
    };
  }
}

/** How many tokens a request has the model read. */
export function contextTokens(items: readonly Item[], request: Partial<CreateRequest>): number {
  return estimateInputTokens(items, request.instructions ?? null, request.tools ?? []);
}

/** An estimate that depends on nothing but the text: a token for every four characters, and four for each item. */
export function estimateInputTokens(
  input: readonly Item[],
  instructions: string | null,
  tools: readonly unknown[],
): number {
  let total = 3;
  if (instructions) total += 4 + tokens(instructions.length);
  for (const item of input) total += 4 + tokens(lengthOf(item));
  if (tools.length > 0) total += tokens(JSON.stringify(tools).length);
  return total;
}

function lengthOf(item: Item): number {
  // Sealing makes a text longer by a third, as base64 does.
  if (item.type === 'compaction') return Math.ceil(String(item.encrypted_content).length * 0.75);
  if (item.type !== 'message' || !Array.isArray(item.content)) return JSON.stringify(item).length;
  return item.content.reduce((sum: number, part) => sum + String(part.text ?? part.refusal ?? '').length, 0);
}

function tokens(characters: number): number {
  return Math.ceil(characters / CHARACTERS_PER_TOKEN);
}

function prefix(text: string, length: number): string {
  if (length >= text.length) return text;
  const splitsPair = length > 0 && (text.charCodeAt(length - 1) & 0xfc00) === 0xd800;
  return text.slice(0, Math.max(0, splitsPair ? length - 1 : length));
}
