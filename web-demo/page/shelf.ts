import type { Conversation, ConversationPage } from 'agents-wasm';
import type { Library } from './library.ts';

/** The part of the conversation list that has been read, newest first. */
export class Shelf {
  readonly #library: Library;
  #page: ConversationPage;

  constructor(library: Library, first: ConversationPage) {
    this.#library = library;
    this.#page = first;
  }

  get conversations(): readonly Conversation[] {
    return this.#page.conversations;
  }

  get hasMore(): boolean {
    return this.#page.next !== undefined;
  }

  find(id: string): Conversation | undefined {
    return this.conversations.find((conversation) => conversation.id === id);
  }

  /** Reads again as much as it holds. */
  async refresh(): Promise<void> {
    const wanted = this.conversations.length;
    this.#page = await this.#library.list();
    while (this.hasMore && this.conversations.length < wanted) await this.readMore();
  }

  async readMore(): Promise<void> {
    const { conversations, next } = await this.#library.list(this.#page.next);
    this.#page = { conversations: [...this.conversations, ...conversations], ...(next !== undefined && { next }) };
  }
}
