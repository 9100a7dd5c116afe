import {
  type Compaction,
  type CompactionOptions,
  type CompactionResult,
  type ContextUsage,
  type Conversation,
  copyConversation,
  OpenAIConversationsSession,
  OpenAIResponsesCompactionSession,
  type SQLiteSession,
  type StoredItem,
} from 'agents-wasm';

/** Where a conversation is remembered: here, here with its older part folded, or by the API. */
export type Place = 'browser' | 'compacted' | 'server';

export type DemoSession = SQLiteSession | OpenAIResponsesCompactionSession | OpenAIConversationsSession;

/** Few enough to be seen in a demo. */
const FOLDS_FROM = 12;
const KEEPS = 6;

/** An answer that broke off is continued or discarded where it began. */
export class UnfinishedError extends Error {}

/**
 * Each conversation's session. Titles, the list and what broke off are in this browser in every case; the place is a
 * note in the conversation's metadata.
 */
export class Memory {
  readonly #local: SQLiteSession;
  readonly #compacted: OpenAIResponsesCompactionSession;
  readonly #server: OpenAIConversationsSession;
  /** Of conversations in which nothing has been said yet. */
  readonly #chosen = new Map<string, Place>();

  constructor(local: SQLiteSession, compaction: CompactionOptions = {}) {
    this.#local = local;
    this.#compacted = new OpenAIResponsesCompactionSession({
      ...compaction,
      underlyingSession: local,
      compactionArgs: { targetItems: KEEPS },
      sessionSettings: { compactionThreshold: FOLDS_FROM },
    });
    this.#server = new OpenAIConversationsSession({ ids: local });
  }

  placeOf(id: string, known: Conversation | undefined): Place {
    const place = known?.metadata['memory'] ?? this.#chosen.get(id);
    return place === 'compacted' || place === 'server' ? place : 'browser';
  }

  sessionOf(place: Place): DemoSession {
    if (place === 'server') return this.#server;
    return place === 'compacted' ? this.#compacted : this.#local;
  }

  /** Writes down what was chosen before there was anything to remember. */
  async begin(id: string): Promise<void> {
    const place = this.#chosen.get(id);
    if (place !== undefined) await this.#local.setMetadata(id, { memory: place });
  }

  /** Moves a conversation with all that was said in it. Whatever breaks this off, it is whole in one of the places. */
  async move(id: string, known: Conversation | undefined, to: Place): Promise<void> {
    if (!known) {
      this.#chosen.set(id, to);
      return;
    }
    const from = this.placeOf(id, known);
    if (from === to) return;
    if ((await this.#local.openRuns(id)).length > 0) throw new UnfinishedError();
    if (to === 'server') await this.#toServer(id);
    else if (from === 'server') await this.#toBrowser(id, to);
    else await this.#local.setMetadata(id, { memory: to });
  }

  async #toServer(id: string): Promise<void> {
    // What a compaction folded goes along in full.
    while (await this.#local.undoCompaction(id));
    const items = await this.#local.loadItems(id);
    await this.#server.clear(id);
    await copyConversation({ from: this.#local, to: this.#server, conversationId: id });
    await this.#local.setMetadata(id, { memory: 'server' });
    await this.#local.deleteItems(
      id,
      items.flatMap(({ uid }) => uid ?? []),
    );
  }

  async #toBrowser(id: string, to: Place): Promise<void> {
    await copyConversation({ from: this.#server, to: this.#local, conversationId: id });
    await this.#local.setMetadata(id, { memory: to });
    await this.#server.clear(id);
  }

  /** Folds the older part of a conversation now. */
  async compact(id: string): Promise<CompactionResult['status']> {
    return (await this.#compacted.runCompaction(id, { force: true })).status;
  }

  async undo(id: string): Promise<void> {
    await this.#local.undoCompaction(id);
  }

  /** The items that were folded. */
  async folded(id: string): Promise<StoredItem[]> {
    const left = new Set((await this.#local.loadItems(id)).map(({ uid }) => uid));
    const all = await this.#local.loadItems(id, { includeCompacted: true });
    return all.filter(({ uid }) => !left.has(uid));
  }

  compactions(id: string): Promise<Compaction[]> {
    return this.#local.compactions(id);
  }

  usage(id: string, model: string): Promise<ContextUsage> {
    return this.#local.contextUsage(id, { model });
  }
}
