import type { SessionStorage } from 'agents-wasm';
import {
  type Conversation,
  type ConversationListener,
  type ConversationPage,
  type OpenRun,
  SessionError,
  SQLiteSession,
  type StoredItem,
} from 'agents-wasm';

const DATABASE = 'conversations.db';
const PAGE = 50;

/** The conversations in this browser. A Worker that died is replaced; what it had acknowledged is on disk. */
export class Library {
  #session = new SQLiteSession({ dbPath: DATABASE });

  /** The session for a run, known to work. */
  async ready(): Promise<SQLiteSession> {
    await this.storage();
    return this.#session;
  }

  storage(): Promise<SessionStorage> {
    return this.#steady((session) => session.storage());
  }

  /** Conversations, the one changed last first. */
  list(after?: string): Promise<ConversationPage> {
    return this.#steady((session) => session.listConversations({ limit: PAGE, after }));
  }

  items(id: string): Promise<StoredItem[]> {
    return this.#steady((session) => session.loadItems(id));
  }

  openRuns(id: string): Promise<OpenRun[]> {
    return this.#steady((session) => session.openRuns(id));
  }

  /** Forgets what a run has got. */
  async discard({ conversationId, runId }: OpenRun): Promise<void> {
    await this.#steady((session) => session.discardRun(conversationId, runId));
  }

  /** Calls `listener` for what happens to the conversation, here and in other tabs. */
  watch(id: string, listener: ConversationListener): Promise<() => void> {
    return this.#steady((session) => session.subscribe(id, listener));
  }

  name(id: Conversation['id'], title: string): Promise<void> {
    return this.#steady((session) => session.setTitle(id, title));
  }

  delete(id: string): Promise<void> {
    return this.#steady((session) => session.delete(id));
  }

  /** All of these calls may be made twice. */
  async #steady<T>(call: (session: SQLiteSession) => Promise<T>): Promise<T> {
    const session = this.#session;
    try {
      return await call(session);
    } catch (error) {
      if (!(error instanceof SessionError) || !['io', 'closed'].includes(error.code)) throw error;
      if (this.#session === session) {
        this.#session = new SQLiteSession({ dbPath: DATABASE });
        await session.close().catch(() => {});
      }
      return call(this.#session);
    }
  }
}
