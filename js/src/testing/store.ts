import type { Item, ResponseObject } from './wire.ts';

/** A response that was stored, with the input it was asked with, and what it followed. */
export interface StoredResponse {
  response: ResponseObject;
  input: Item[];
  previousId: string | null;
  /** What its conversation held before it. */
  before: readonly Item[];
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

  add(stored: StoredResponse): void {
    const characters = JSON.stringify([stored.response, stored.input]).length;
    this.#entries.set(stored.response.id, { ...stored, characters });
    this.#characters += characters;
    for (const item of itemsOf(stored)) if (item.id) this.#items.set(item.id, item);
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
    return true;
  }
}

function itemsOf(stored: StoredResponse): Item[] {
  return [...stored.input, ...stored.response.output];
}
