import { checkConversationId, checkCount, checkFunction, checkOptions, checkText, refuse } from '../check.ts';
import type { Message } from '../core.ts';
import { markDisposable } from '../dispose.ts';
import { SessionError, UserError } from '../errors.ts';
import { addCaller, removeCaller } from '../host.ts';
import { describeItem, encodeItems, type Item, parseJson, type StoredItem } from '../items.ts';
import { type OpenAIOptions, openAISettings } from '../openai.ts';
import type { ConversationPage, ListOptions } from './conversations.ts';
import type { OpenSession } from './core-session.ts';
import { MemorySession } from './memory-session.ts';
import type { OpenRun } from './open-runs.ts';
import { openSession } from './open-session.ts';
import { type LoadOptions, SessionABC, type SessionSettingsOptions } from './session.ts';
import { readPage } from './store-calls.ts';
import { StoredSession } from './stored-session.ts';
import type { ConversationListener } from './watch.ts';

export interface OpenAIConversationsSessionOptions {
  /** The conversation of runs that name none: one of the server's (`conv_…`), or a name of your own. */
  conversationId?: string | undefined;
  /**
   * Remembers which conversation of the server is which of yours, and the journals of runs. Default: the best store of
   * this place, under the name `agents-wasm-conversations`; memory, with a warning, where there is none.
   */
  ids?: StoredSession | undefined;
  /** How the server is reached, by runs on this session too, where that differs from `setDefaultOpenAI`. */
  openai?: OpenAIOptions | undefined;
  /** How many milliseconds to wait while another request is at a conversation. Default 60,000. */
  busyTimeout?: number | undefined;
  sessionSettings?: SessionSettingsOptions | undefined;
  /** Told when nothing here remembers the ids beyond this page or process. Default: `console.warn`. */
  onWarning?: ((warning: ForgetfulIdsWarning) => void) | undefined;
}

/** The ids of conversations are in memory only. */
export interface ForgetfulIdsWarning {
  type: 'ids_in_memory';
  /** Why nothing else would do. */
  reason: string;
}

const IDS = 'agents-wasm-conversations';
const BUSY_TIMEOUT = 60_000;

/**
 * Conversations that OpenAI's server keeps. A run sends what is new, and the server adds it to the history. Your ids stand
 * for conversations of the server, which are created at their first item; an id that begins with `conv_` is the server's
 * own. Fails with an `APIError` where the server refuses, and with the errors of a `StoredSession`.
 *
 * @example
 * const session = new OpenAIConversationsSession();
 * await Runner.run(agent, "Hello, I'm John", { session, conversationId: 'user-123' });
 */
export class OpenAIConversationsSession extends SessionABC implements AsyncDisposable {
  readonly isOnServer = true;
  readonly conversationId: string | undefined;
  readonly #openai: OpenAIOptions;
  readonly #busyTimeout: number;
  readonly #onWarning: (warning: ForgetfulIdsWarning) => void;
  readonly #isOwner: boolean;
  #ids: Promise<StoredSession> | undefined;
  #storeKey: string | undefined;
  #isClosed = false;

  constructor(options: OpenAIConversationsSessionOptions = {}) {
    checkOptions("OpenAIConversationsSession's options", options);
    super(options);
    const { conversationId, ids, openai = {}, busyTimeout = BUSY_TIMEOUT, onWarning = warn } = options;
    if (conversationId !== undefined) checkConversationId(conversationId);
    if (ids !== undefined && !(ids instanceof StoredSession))
      refuse('ids', ids, 'a session of this package on a store');
    checkCount('busyTimeout', busyTimeout, 0);
    checkFunction('onWarning', onWarning);
    openAISettings(openai);
    markDisposable(this, () => this.close());
    this.conversationId = conversationId;
    this.#openai = openai;
    this.#busyTimeout = busyTimeout;
    this.#onWarning = onWarning;
    this.#isOwner = ids === undefined;
    this.#ids = ids && Promise.resolve(ids);
  }

  /** How it reaches the server. Not a field of its own: it may have a key, which nobody is to print by chance. */
  get openai(): OpenAIOptions {
    return this.#openai;
  }

  /** For runs that do not say how long they wait. */
  get busyTimeout(): number {
    return this.#busyTimeout;
  }

  /** What traces call it; a minifier changes the name of the class. */
  get sessionType(): string {
    return this.constructor === OpenAIConversationsSession ? 'OpenAIConversationsSession' : this.constructor.name;
  }

  /** The items of a conversation, a hundred with each request. Their `uid` is the server's id. */
  override async loadItems(conversationId: string, options: LoadOptions = {}): Promise<StoredItem[]> {
    checkConversationId(conversationId);
    checkOptions('options', options);
    const { maxItems } = options;
    if (maxItems !== undefined) checkCount('maxItems', maxItems, 0);
    return itemsFrom(await this.#call('load', { conversationId, maxItems }));
  }

  /**
   * Adds items behind the existing ones, twenty with each request, all or none: what was added before a failure is removed
   * again. They go without the ids that other places gave them.
   */
  override async saveItems(conversationId: string, items: readonly (Item | string)[]): Promise<void> {
    checkConversationId(conversationId);
    await this.#call('save', { conversationId }, encodeItems(items, 'items'));
  }

  /** As that of a `StoredSession`: a call goes with its output, and reasoning with what it led to. */
  async popItem(conversationId: string): Promise<StoredItem | undefined> {
    checkConversationId(conversationId);
    return itemsFrom(await this.#call('pop', { conversationId })).at(-1);
  }

  /** Deletes the server's conversation. The next item of this id begins another one. */
  async clear(conversationId: string): Promise<void> {
    checkConversationId(conversationId);
    await this.#call('clear', { conversationId });
  }

  /** Deletes the server's conversation, and what is known of it here. One that does not exist is no error. */
  async delete(conversationId: string): Promise<void> {
    checkConversationId(conversationId);
    await this.#call('delete', { conversationId });
  }

  /** The server's id of a conversation; `undefined` before its first item. */
  async serverConversationId(conversationId: string): Promise<string | undefined> {
    checkConversationId(conversationId);
    const page = await readPage(await this.#idSession(), { conversationId, newest: 0, shelves: 'server' });
    const note = page.shelves?.[0]?.note;
    if (note === undefined) return conversationId.startsWith('conv_') ? conversationId : undefined;
    return JSON.parse(note).id || undefined;
  }

  /** The conversations that were used here, with titles and metadata, which the server does not get. */
  async listConversations(options: ListOptions = {}): Promise<ConversationPage> {
    return (await this.#idSession()).listConversations(options);
  }

  async findSessionsBefore(date: Date): Promise<string[]> {
    return (await this.#idSession()).findSessionsBefore(date);
  }

  async setTitle(conversationId: string, title: string): Promise<void> {
    await (await this.#idSession()).setTitle(conversationId, title);
  }

  async setMetadata(conversationId: string, metadata: Record<string, unknown>): Promise<void> {
    await (await this.#idSession()).setMetadata(conversationId, metadata);
  }

  /** The runs that have begun and did not come to their end, the oldest first. */
  async openRuns(conversationId: string): Promise<OpenRun[]> {
    return (await this.#idSession()).openRuns(conversationId);
  }

  /** Forgets an open run; calls of it that the server has without a result are answered "aborted". */
  async discardRun(conversationId: string, runId: string): Promise<void> {
    await this.#endRun('discardRun', conversationId, runId);
  }

  /** The same, and what the server had not been sent of it becomes part of the history. */
  async commitRun(conversationId: string, runId: string): Promise<void> {
    await this.#endRun('commitRun', conversationId, runId);
  }

  /** As that of a `StoredSession`; it hears of what is done through sessions on the same `ids`. */
  async subscribe(conversationId: string, listener: ConversationListener): Promise<() => void> {
    return (await this.#idSession()).subscribe(conversationId, listener);
  }

  /** As `subscribe`, for all conversations. */
  async subscribeAll(listener: ConversationListener): Promise<() => void> {
    return (await this.#idSession()).subscribeAll(listener);
  }

  get storeKey(): string | undefined {
    return this.#storeKey;
  }

  /** Closes the session, and the store of ids if it is its own. Later calls fail with the code `closed`. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const ids = this.#isOwner ? await this.#ids?.catch(() => undefined) : undefined;
    await ids?.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** The core's session that has ids and journals, for runs. */
  async opened(): Promise<OpenSession> {
    const ids = await this.#idSession();
    const opened = await ids.opened();
    this.#storeKey = ids.storeKey;
    return opened;
  }

  async #idSession(): Promise<StoredSession> {
    if (this.#isClosed) throw new SessionError('closed', 'The session is closed.');
    this.#ids ??= this.#open();
    const opening = this.#ids;
    return opening.catch((error) => {
      // The next call tries again.
      if (this.#ids === opening) this.#ids = undefined;
      throw error;
    });
  }

  async #open(): Promise<StoredSession> {
    try {
      return await openSession({ name: IDS });
    } catch (error) {
      if (!(error instanceof SessionError) || error.code !== 'unsupported') throw error;
      this.#onWarning({ type: 'ids_in_memory', reason: error.message });
      return new MemorySession();
    }
  }

  async #endRun(what: string, conversationId: string, runId: string): Promise<void> {
    checkConversationId(conversationId);
    checkText('runId', runId);
    await this.#call(what, { conversationId, runId });
  }

  async #call(what: string, head: object, body?: Uint8Array): Promise<Message> {
    const api = openAISettings(this.openai);
    const { core, id: session } = await this.opened();
    const caller = core.newId();
    const whole = { ...head, what, session, maxRetries: api.maxRetries, busyTimeout: this.#busyTimeout };
    addCaller(caller, { api, modelOf: noModel });
    try {
      const settled = await core.settled('conversations', whole, body ?? new Uint8Array(), caller);
      if (settled.error) throw settled.error;
      return settled;
    } finally {
      removeCaller(caller);
    }
  }
}

function itemsFrom({ body }: Message): StoredItem[] {
  return parseJson<Item[]>(body).map((item) => describeItem(item, { uid: item.id as string | undefined }));
}

function noModel(): never {
  throw new UserError('user_error', 'No model is asked here.');
}

function warn({ reason }: ForgetfulIdsWarning): void {
  console.warn(`agents-wasm: which conversations of the server are whose is kept in memory only. ${reason}`);
}
