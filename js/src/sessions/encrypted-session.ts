import { checkConversationId, checkCount, checkFunction, checkOptions, refuse } from '../check.ts';
import { EncryptedItems, onlyItems } from '../encryption/encrypted-items.ts';
import { EncryptingStore } from '../encryption/encrypting-store.ts';
import { checkKeyOption, type EncryptionKey, Keyring } from '../encryption/keys.ts';
import type { RotationReport, RotationSetup } from '../encryption/rotation.ts';
import { UnderlyingStore } from '../encryption/underlying-store.ts';
import { SessionError, UserError } from '../errors.ts';
import { addStore, removeStore } from '../host.ts';
import { randomId } from '../random-id.ts';
import type { ConversationPage, ListOptions } from './conversations.ts';
import { type OpenSession, openInCore } from './core-session.ts';
import { type Session, SessionSettings, type SessionSettingsOptions, type StoredSessionOptions } from './session.ts';
import { isOfTheCore, type SessionStorage, StoredSession } from './stored-session.ts';

export interface EncryptedSessionOptions extends StoredSessionOptions {
  /** Where the conversations are kept. All of this works over the sessions of this package; over another, load and save. */
  underlyingSession: Session;
  /** See `generateEncryptionKey`. A function gives that of each conversation: deleting it there deletes what was said. */
  encryptionKey: EncryptionKey;
  /** Keys of before, which are tried where `encryptionKey` does not fit. */
  previousKeys?: readonly EncryptionKey[] | undefined;
  /**
   * For how many seconds what is said can be read. It stays stored. What was saved together expires together. Default:
   * for ever.
   */
  ttl?: number | undefined;
}

export interface RotateKeysOptions extends Pick<RotationSetup, 'conversationId' | 'signal' | 'onProgress'> {
  /** The key of this session from now on. Without it, what is not encrypted with the present one becomes so. */
  newKey?: EncryptionKey | undefined;
}

/**
 * Conversations of another session, encrypted with a key that only the caller has: items, titles, metadata, and what runs,
 * compactions and branches note beside them, in the envelopes of the SDK for Python. What was stored in the clear before is
 * read as it is.
 *
 * Where the key does not fit, every method fails with the code `wrong_key` and changes nothing. To delete what no key opens
 * any more, delete it in the underlying session, or have `encryptionKey` give `undefined` for it. Searching is refused
 * (`unsupported`). Everything else is the underlying session's, and `close()` closes it too.
 *
 * @example
 * const underlyingSession = new SQLiteSession({ dbPath: 'conversations.db' });
 * const session = new EncryptedSession({ underlyingSession, encryptionKey: generateEncryptionKey() });
 * await Runner.run(agent, 'Hello', { session, conversationId: 'conv-123' });
 */
export class EncryptedSession extends StoredSession {
  readonly #underlying: Session;
  readonly #keyring: Keyring;
  readonly #ttl: number | undefined;
  #store: EncryptingStore | undefined;
  #storeId = 0;

  constructor(options: EncryptedSessionOptions) {
    checkOptions("EncryptedSession's options", options);
    const { underlyingSession, encryptionKey, previousKeys = [], ttl, sessionSettings, ...rest } = options;
    checkUnderlying(underlyingSession);
    checkKeys(encryptionKey, previousKeys);
    if (ttl !== undefined) checkCount('ttl', ttl, 1);
    const settings = settingsOver(underlyingSession, sessionSettings);
    const layer = isOfTheCore(underlyingSession) ? { underlying: underlyingSession, hasOwnStore: true } : undefined;
    super({ ...rest, sessionSettings: settings }, layer);
    this.#underlying = underlyingSession;
    this.#keyring = new Keyring(encryptionKey, previousKeys);
    this.#ttl = ttl;
    if (!layer) this.#takeOver(new EncryptedItems(underlyingSession, this.#keyring, ttl));
  }

  /** What traces call it; a minifier changes the name of the class. */
  get sessionType(): string {
    return this.constructor === EncryptedSession ? 'EncryptedSession' : this.constructor.name;
  }

  /**
   * Encrypts with `newKey` all that is not, of one conversation or of all. From the first moment on this session reads with
   * the old keys and the new one, and writes with the new one. Whatever interrupts it leaves everything readable, in a
   * session with the new key as `encryptionKey` and the old ones as `previousKeys`, where `rotateKeys()` does the rest.
   * Times stay, so that nothing lives longer for it.
   *
   * @example
   * await session.rotateKeys({ newKey, onProgress: ({ conversations, of }) => show(conversations / of) });
   */
  async rotateKeys(options: RotateKeysOptions = {}): Promise<RotationReport> {
    checkOptions('options', options);
    const { newKey, conversationId, signal, onProgress } = options;
    if (conversationId !== undefined) checkConversationId(conversationId);
    if (onProgress !== undefined) checkFunction('onProgress', onProgress);
    if (newKey !== undefined) checkKeyOption('newKey', newKey);
    await this.opened();
    const { Rotation } = await import('../encryption/rotation.ts');
    if (newKey !== undefined) this.#keyring.replace(newKey);
    const store = new UnderlyingStore(this.#underlying as StoredSession);
    return new Rotation({ store, keyring: this.#keyring, conversationId, signal, onProgress }).run();
  }

  /** As of any session. A conversation that there is no key for is `locked`, without title and metadata. */
  override async listConversations(options: ListOptions = {}): Promise<ConversationPage> {
    const page = await super.listConversations(options);
    const conversations = page.conversations.map((one) =>
      this.#store?.isLocked(one.id) ? { ...one, locked: true as const } : one,
    );
    return { ...page, conversations };
  }

  /** As of any session; ids and times are not encrypted, so that it needs no key. */
  override async findSessionsBefore(date: Date): Promise<string[]> {
    if (!isOfTheCore(this.#underlying)) throw onlyItems();
    return this.#underlying.findSessionsBefore(date);
  }

  /** Refused: an index would hold in the clear what was said. */
  override async search(): Promise<never> {
    throw new SessionError(
      'unsupported',
      'An EncryptedSession cannot be searched: an index would hold in the clear what was said.',
    );
  }

  override async storage(): Promise<SessionStorage> {
    if (!(this.#underlying instanceof StoredSession)) throw onlyItems();
    return this.#underlying.storage();
  }

  override async close(): Promise<void> {
    await super.close();
    // One that was never opened releases nothing.
    await this.#closeUnderlying();
  }

  protected override async open(): Promise<OpenSession> {
    const underlying = this.#underlying;
    if (!isOfTheCore(underlying)) throw onlyItems();
    const { key, sharing } = await underlying.opened();
    this.#store ??= new EncryptingStore(underlying, this.#keyring, this.#ttl);
    removeStore(this.#storeId);
    this.#storeId = addStore(this.#store);
    const { slowMs } = this;
    return openInCore({ kind: 'host', slowMs, store: this.#storeId, key: key || keyOver(underlying), ...sharing });
  }

  protected override async release(): Promise<void> {
    removeStore(this.#storeId);
    await this.#closeUnderlying();
  }

  async #closeUnderlying(): Promise<void> {
    if (this.#underlying instanceof StoredSession) await this.#underlying.close();
  }

  /** A run then uses this session as it uses any that is not of the core. */
  #takeOver(items: EncryptedItems): void {
    this.loadItems = (conversationId, options) => {
      checkConversationId(conversationId);
      return items.load(conversationId, options);
    };
    this.saveItems = (conversationId, given, options) => {
      checkConversationId(conversationId);
      return items.save(conversationId, given, options);
    };
  }
}

function checkUnderlying(session: unknown): asserts session is Session {
  const { loadItems, saveItems, sessionType, constructor: kind } = (session ?? {}) as Partial<Session>;
  if (typeof loadItems !== 'function' || typeof saveItems !== 'function') {
    refuse('underlyingSession', session, 'a session, an object with loadItems and saveItems');
  }
  if ((sessionType ?? kind?.name) !== 'OpenAIConversationsSession') return;
  throw new UserError(
    'user_error',
    'underlyingSession is an OpenAIConversationsSession, whose history OpenAI reads: it cannot be encrypted.',
  );
}

function checkKeys(encryptionKey: unknown, previousKeys: unknown): void {
  checkKeyOption('encryptionKey', encryptionKey);
  if (!Array.isArray(previousKeys)) refuse('previousKeys', previousKeys, 'an array of keys');
  previousKeys.forEach((key, index) => checkKeyOption(`previousKeys[${index}]`, key));
}

function settingsOver({ sessionSettings }: Session, given: SessionSettingsOptions | undefined): SessionSettings {
  return new SessionSettings(sessionSettings ?? {}).resolve(given);
}

/** Sessions over one that nobody else can open stand in one line, as those on one database do. */
const keys = new WeakMap<StoredSession, string>();

function keyOver(underlying: StoredSession): string {
  const key = keys.get(underlying) ?? `over:${randomId()}`;
  keys.set(underlying, key);
  return key;
}
