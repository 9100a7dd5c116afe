import type { BackgroundRun } from './background.ts';
import type { Item, ResponseObject } from './wire.ts';

/** A response that was stored, with the input it was asked with, and what it followed. */
export interface StoredResponse {
  response: ResponseObject;
  input: Item[];
  previousId: string | null;
  /** What its conversation held before it. */
  before: readonly Item[];
  /** Its making, when that goes on without a client. */
  run?: BackgroundRun | undefined;
}

export interface StoreLimits {
  responses: number;
  /** Of all stored JSON together, in characters. */
  characters: number;
}

interface Entry extends StoredResponse {
  characters: number;
}

/** The newest responses, as many as the limits allow; the oldest are forgotten first. */
export class ResponseStore {
  readonly #limits: StoreLimits;
  readonly #entries = new Map<string, Entry>();
  readonly #items = new Map<string, Item>();
  readonly #reasoning = new Map<string, string>();
  #characters = 0;

  constructor(limits: StoreLimits) {
    this.#limits = limits;
  }

  get(id: string): StoredResponse | undefined {
    return this.#entries.get(id);
  }

  /** An input or output item of a stored response. */
  item(id: string): Item | undefined {
    return this.#items.get(id);
  }

  /** The id of the reasoning that led to an output item of a stored response. */
  reasoningBefore(id: string): string | undefined {
    return this.#reasoning.get(id);
  }

  /** Puts a response in, in place of what was there of it. */
  add(stored: StoredResponse): void {
    this.delete(stored.response.id);
    const characters = JSON.stringify([stored.response, stored.input]).length;
    this.#entries.set(stored.response.id, { ...stored, characters });
    this.#characters += characters;
    for (const item of itemsOf(stored)) if (item.id) this.#items.set(item.id, item);
    for (const [id, reasoning] of ledTo(stored)) this.#reasoning.set(id, reasoning);
    for (const id of this.#entries.keys()) {
      if (this.#entries.size <= this.#limits.responses && this.#characters <= this.#limits.characters) break;
      this.delete(id);
    }
  }

  /** Returns false when there is no such response. */
  delete(id: string): boolean {
    const entry = this.#entries.get(id);
    if (!entry) return false;
    this.#entries.delete(id);
    this.#characters -= entry.characters;
    for (const item of itemsOf(entry)) if (item.id && this.#items.get(item.id) === item) this.#items.delete(item.id);
    for (const [id] of ledTo(entry)) this.#reasoning.delete(id);
    return true;
  }
}

/** The output items that come right after reasoning, each with the id of it. */
function ledTo({ response: { output } }: StoredResponse): [string, string][] {
  return output.flatMap(({ id }, index): [string, string][] => {
    const before = output[index - 1];
    return id && before?.id && before.type === 'reasoning' ? [[id, before.id]] : [];
  });
}

function itemsOf(stored: StoredResponse): Item[] {
  return [...stored.input, ...stored.response.output];
}
