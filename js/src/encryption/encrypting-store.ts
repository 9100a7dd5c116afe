import { parseText } from '../items.ts';
import type { Opened } from '../sessions/store-calls.ts';
import type {
  AppliedHead,
  ChangeHead,
  ConversationHead,
  HostStore,
  ListHead,
  ListQuery,
  PageHead,
  ReadQuery,
  WireEdit,
} from '../store-wire.ts';
import { type OpenedToken, openAll } from './batch.ts';
import { ChangeSealer } from './change-sealer.ts';
import { elementsOf, tokenIn, tokenOfTitle } from './envelope.ts';
import { type ConversationKeys, type Keyring, noKey } from './keys.ts';
import { newestItems } from './newest-items.ts';
import { encodePage, type OpenedPage, openPage } from './page-opener.ts';
import { UnderlyingStore } from './underlying-store.ts';

/** A run keeps what it has got until it is over, however long it waits for somebody; what it used is nobody's words. */
const LASTING = /^(run:|usage$)/;
/** How many of the newest items a key is tried on before something is changed. */
const SAMPLE = 8;

const encoder = new TextEncoder();

/**
 * The store of another session, whose texts are encrypted on their way in and decrypted on their way out: items and what
 * is known beside them, notes (journals of runs, compactions, branches), titles and metadata. What is no envelope comes out
 * as it is. Every change first tries the key, and fails with `wrong_key` where it opens nothing of the conversation.
 */
export class EncryptingStore implements HostStore {
  readonly #store: UnderlyingStore;
  readonly #keyring: Keyring;
  readonly #ttl: number;
  readonly #locked = new Set<string>();
  readonly #lastChange = new Map<string, Promise<unknown>>();

  /** `ttl` is in seconds. */
  constructor(session: Opened, keyring: Keyring, ttl = Number.POSITIVE_INFINITY) {
    this.#store = new UnderlyingStore(session);
    this.#keyring = keyring;
    this.#ttl = ttl;
  }

  async read(query: ReadQuery): Promise<{ head: PageHead; body: Uint8Array }> {
    const { newest, shelf } = query;
    const lasts = this.#ttl === Number.POSITIVE_INFINITY || isLasting(shelf);
    const read = (one: ReadQuery) => this.#open(one, lasts ? 0 : Math.floor(Date.now() / 1000) - this.#ttl);
    return encodePage(lasts || newest === undefined ? await read(query) : await newestItems(read, query, newest));
  }

  async list(query: ListQuery): Promise<ListHead> {
    const head = await this.#store.list(query);
    return { ...head, conversations: await Promise.all(head.conversations.map((one) => this.#describe(one))) };
  }

  async apply(change: ChangeHead, body: Uint8Array): Promise<AppliedHead> {
    const { conversationId, edits } = change;
    const before = this.#lastChange.get(conversationId);
    const work = this.#apply(change, body, before);
    this.#lastChange.set(conversationId, work);
    const settle = () => {
      if (this.#lastChange.get(conversationId) === work) this.#lastChange.delete(conversationId);
    };
    work.then(settle, settle);
    const applied = await work;
    // The next conversation of that name may have another key.
    if (isDeletion(edits)) this.#keyring.forget(conversationId);
    return applied;
  }

  /** The session closes what is under it. */
  async close(): Promise<void> {}

  /** Whether there was no key for it when it was listed last. */
  isLocked(conversationId: string): boolean {
    return this.#locked.has(conversationId);
  }

  /** Large changes take longer to encrypt than small ones, and must not be overtaken by them. */
  async #apply(change: ChangeHead, body: Uint8Array, before?: Promise<unknown>): Promise<AppliedHead> {
    const keys = await this.#proveKeys(change);
    const sealer = new ChangeSealer(change, body);
    const { fingerprint: _, ...plain } = change;
    const sealed = keys && sealer.hasTexts ? await sealer.seal(keys) : { change: plain, body };
    await before?.catch(() => undefined);
    const applied = await this.#store.apply(sealed.change, sealed.body);
    if (keys && sealer.hasTexts) keys.proven = true;
    return applied;
  }

  /** Nothing where there is no key, and none is needed. */
  async #proveKeys({ conversationId, edits }: ChangeHead): Promise<ConversationKeys | undefined> {
    const keys = await this.#keyring.of(conversationId);
    if (!keys && isDeletion(edits)) return undefined;
    if (!keys) throw noKey();
    if (keys.proven) return keys;
    const { head, body } = await this.#store.read({ conversationId, newest: SAMPLE, shelves: '' });
    const items = elementsOf(body.subarray(0, head.itemBytes));
    const notes = head.shelves?.map(({ note }) => encoder.encode(note)) ?? [];
    const tokens = [...items, ...notes].flatMap((one) => tokenIn(one) ?? []);
    await this.#openTokens(conversationId, tokens);
    return keys;
  }

  /** Without what is from before `oldest`. */
  async #open(query: ReadQuery, oldest: number): Promise<OpenedPage> {
    const open = (tokens: Uint8Array[]) => this.#openTokens(query.conversationId, tokens);
    return openPage(await this.#store.read(query), open, (time) => time < oldest);
  }

  async #openTokens(conversationId: string, tokens: Uint8Array[]): Promise<OpenedToken[]> {
    if (tokens.length === 0) return [];
    const keys = await this.#keyring.of(conversationId);
    try {
      if (!keys) throw noKey();
      const opened = await openAll(keys, tokens);
      keys.proven = true;
      return opened;
    } catch (error) {
      // Whoever holds the keys may come to know the right one.
      this.#keyring.forget(conversationId);
      throw error;
    }
  }

  async #describe(conversation: ConversationHead): Promise<ConversationHead> {
    const { id, title, metadata } = conversation;
    const tokens = [tokenOfTitle(title), tokenIn(encoder.encode(metadata))];
    const given = tokens.filter((token) => token !== undefined);
    this.#locked.delete(id);
    if (given.length === 0) return conversation;
    if ((await this.#keyring.of(id)) === undefined) {
      this.#locked.add(id);
      return { ...conversation, title: '', metadata: '' };
    }
    const texts = (await this.#openTokens(id, given)).map(({ text }) => parseText(text));
    return {
      ...conversation,
      title: tokens[0] ? (texts.shift() as string) : title,
      metadata: tokens[1] ? (texts.shift() as string) : metadata,
    };
  }
}

/** Whether nothing expires on this shelf. */
export function isLasting(shelf = ''): boolean {
  return LASTING.test(shelf);
}

function isDeletion(edits: readonly WireEdit[]): boolean {
  return edits.some(({ type }) => type === 'delete');
}
