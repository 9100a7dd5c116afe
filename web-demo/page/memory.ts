import {
  AgentsError,
  type CompactionOptions,
  type CompactionResult,
  type Conversation,
  copyConversation,
  EncryptedSession,
  OpenAIConversationsSession,
  OpenAIResponsesCompactionSession,
  type SQLiteSession,
} from 'agents-wasm';
import { keyFrom } from './passphrase.ts';

/** Where a conversation is remembered: here, here with its older part folded, here encrypted, or by the API. */
export type Place = 'browser' | 'compacted' | 'encrypted' | 'server';

/** The sessions that keep conversations in this browser. */
export type BranchingSession = SQLiteSession | OpenAIResponsesCompactionSession | EncryptedSession;
export type DemoSession = BranchingSession | OpenAIConversationsSession;

/** Few enough to be seen in a demo. */
const FOLDS_FROM = 12;
const KEEPS = 6;

/** A conversation has to stay where it is for now; the message says why. */
export class UnmovableError extends Error {}

/**
 * Each conversation's session. Titles, the list and what broke off are in this browser in every case; the place is a
 * note in the conversation's metadata.
 */
export class Memory {
  readonly #local: SQLiteSession;
  readonly #compacted: OpenAIResponsesCompactionSession;
  readonly #server: OpenAIConversationsSession;
  /** Reads what is not encrypted as it is, so that it lists all conversations. */
  readonly #encrypted: EncryptedSession;
  /** Of the passphrase, while it is unlocked. It is nowhere else. */
  #key: string | undefined;
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
    this.#encrypted = new EncryptedSession({ underlyingSession: local, encryptionKey: () => this.#key });
  }

  get isUnlocked(): boolean {
    return this.#key !== undefined;
  }

  /** Forgets the key. */
  lock(): void {
    this.#key = undefined;
  }

  /**
   * Takes a passphrase, if it opens what is locked.
   * @param locked an encrypted conversation; without one, any passphrase is a new one.
   */
  async unlock(passphrase: string, locked: string | undefined): Promise<boolean> {
    this.#key = await keyFrom(passphrase);
    try {
      if (locked !== undefined) await this.#encrypted.loadItems(locked, { maxItems: 1 });
      await this.#finishEncrypting();
      return true;
    } catch (error) {
      this.#key = undefined;
      if (error instanceof AgentsError && error.code === 'wrong_key') return false;
      throw error;
    }
  }

  /** What lists the conversations, with the titles of those that can be read. */
  get shelfSession(): Pick<EncryptedSession, 'listConversations'> {
    return this.#encrypted;
  }

  placeOf(id: string, known: Conversation | undefined): Place {
    if (known?.locked) return 'encrypted';
    const place = known?.metadata['memory'] ?? this.#chosen.get(id);
    return place === 'compacted' || place === 'server' || place === 'encrypted' ? place : 'browser';
  }

  sessionOf(place: Place): DemoSession {
    if (place === 'server') return this.#server;
    if (place === 'encrypted') return this.#encrypted;
    return place === 'compacted' ? this.#compacted : this.#local;
  }

  /** Writes down what was chosen before there was anything to remember. */
  async begin(id: string, known: Conversation | undefined): Promise<void> {
    const place = this.#chosen.get(id);
    if (place === undefined || known) return;
    const session = place === 'encrypted' ? this.#encrypted : this.#local;
    await session.setMetadata(id, { memory: place });
  }

  /** Moves a conversation with all that was said in it. Whatever breaks this off, it is whole in one of the places. */
  async move(id: string, known: Conversation | undefined, to: Place): Promise<void> {
    if (!known) {
      this.#chosen.set(id, to);
      return;
    }
    const from = this.placeOf(id, known);
    if (from === to) return;
    if ((await this.#local.openRuns(id)).length > 0)
      throw new UnmovableError('First continue or discard the answer that broke off.');
    if (to === 'encrypted') await this.#encrypt(id, from);
    else if (to === 'server') await this.#toServer(id);
    else if (from === 'server') await this.#toBrowser(id, to);
    else await this.#local.setMetadata(id, { memory: to });
  }

  /** What an encryption did not come to: the description of a conversation is what it encrypts last. */
  async #finishEncrypting(): Promise<void> {
    for (let after: string | undefined; ; ) {
      const { conversations, next } = await this.#local.listConversations({ limit: 500, after });
      for (const { id, metadata } of conversations) {
        if (metadata['memory'] === 'encrypted') await this.#encrypted.rotateKeys({ conversationId: id });
      }
      if (next === undefined) return;
      after = next;
    }
  }

  /** What this is interrupted in is finished by the next unlocking. */
  async #encrypt(id: string, from: Place): Promise<void> {
    if (from === 'server') await this.#toBrowser(id, 'browser');
    await this.#local.setMetadata(id, { memory: 'encrypted' });
    await this.#encrypted.rotateKeys({ conversationId: id });
  }

  async #toServer(id: string): Promise<void> {
    if ((await this.#local.listBranches(id)).length > 1) {
      throw new UnmovableError(
        'It goes on in several ways, and the server keeps one. Start anew from what you want to keep.',
      );
    }
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
}
