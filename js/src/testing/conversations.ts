import type { Item } from './wire.ts';

export interface ConversationLimits {
  conversations: number;
  /** Of all their items together, as JSON. */
  characters: number;
}

/** A history that the server keeps. */
export class Conversation {
  readonly id: string;
  /** Seconds since 1970. */
  readonly createdAt: number;
  metadata: Record<string, string>;
  /** The oldest first. */
  items: readonly Item[] = [];
  /** Of its items, as JSON. */
  characters = 0;
  /** It is then there for the items only, which the live API keeps as well. */
  deleted = false;
  #holders = 0;

  constructor({ id, createdAt, metadata }: { id: string; createdAt: number; metadata: Record<string, string> }) {
    this.id = id;
    this.createdAt = createdAt;
    this.metadata = metadata;
  }

  /** Whether a response is being made from it. */
  get locked(): boolean {
    return this.#holders > 0;
  }

  /** Locks it until what is returned is called; with several locks, until all are gone. */
  lock(): () => void {
    let held = true;
    ++this.#holders;
    return () => {
      if (held) --this.#holders;
      held = false;
    };
  }
}

/** The conversations that were written to last, as many as the limits allow. */
export class ConversationStore {
  readonly #limits: ConversationLimits;
  readonly #entries = new Map<string, Conversation>();
  #characters = 0;

  constructor(limits: ConversationLimits) {
    this.#limits = limits;
  }

  get(id: string): Conversation | undefined {
    const conversation = this.#entries.get(id);
    return conversation?.deleted ? undefined : conversation;
  }

  /** An item of any conversation, deleted ones included. */
  item(id: string): Item | undefined {
    for (const { items } of this.#entries.values()) {
      const found = items.find((item) => item.id === id);
      if (found) return found;
    }
    return undefined;
  }

  add(conversation: Conversation): void {
    this.#entries.set(conversation.id, conversation);
    this.#forget();
  }

  /** Puts the items after those that are there, all of them or, when the conversation is gone, none. */
  append(conversation: Conversation, items: readonly Item[]): void {
    if (!this.#entries.delete(conversation.id)) return;
    this.#entries.set(conversation.id, conversation);
    conversation.items = [...conversation.items, ...items];
    this.#count(conversation, sizeOf(items));
    this.#forget();
  }

  /** Returns false when the conversation has no such item. */
  remove(conversation: Conversation, itemId: string): boolean {
    const gone = conversation.items.filter(({ id }) => id === itemId);
    if (gone.length === 0) return false;
    conversation.items = conversation.items.filter(({ id }) => id !== itemId);
    this.#count(conversation, -sizeOf(gone));
    return true;
  }

  #count(conversation: Conversation, characters: number): void {
    conversation.characters += characters;
    this.#characters += characters;
  }

  #forget(): void {
    for (const [id, { characters }] of this.#entries) {
      if (this.#entries.size <= this.#limits.conversations && this.#characters <= this.#limits.characters) return;
      this.#entries.delete(id);
      this.#characters -= characters;
    }
  }
}

function sizeOf(items: readonly Item[]): number {
  return items.reduce((sum, item) => sum + JSON.stringify(item).length, 0);
}
