import type { Conversation, ConversationPage, SQLiteSession } from 'agents-wasm';

const PAGE = 50;

type Listing = Pick<SQLiteSession, 'listConversations'>;

/** The part of the conversation list that has been read, newest first. */
export class Shelf {
  readonly #session: Listing;
  #page: ConversationPage = { conversations: [] };

  constructor(session: Listing) {
    this.#session = session;
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
    this.#page = await this.#session.listConversations({ limit: PAGE });
    while (this.hasMore && this.conversations.length < wanted) await this.readMore();
  }

  async readMore(): Promise<void> {
    const { conversations, next } = await this.#session.listConversations({ limit: PAGE, after: this.#page.next });
    this.#page = { conversations: [...this.conversations, ...conversations], ...(next !== undefined && { next }) };
  }
}
