import type { Core, Message } from '../core.ts';
import { SessionError } from '../errors.ts';
import { addWatcher, removeWatcher, type Watcher } from '../host.ts';
import { loadCore } from '../instance.ts';
import type { SessionWarning } from './session.ts';
import { type ConversationListener, ConversationWatch } from './watch.ts';

/** How long a run of a process or tab that died keeps others from the conversation, where leases are what says so. */
export const LEASE_MS = 10_000;

/** A session of the core, opened at its first use. */
export interface OpenSession {
  core: Core;
  id: number;
  /** The same for all sessions on one database; empty for one that nobody else can open. */
  key: string;
  /** How runs keep out of each other's way there. */
  sharing: { locks?: boolean | undefined; leaseMs?: number | undefined };
}

export interface CoreSessionOptions {
  /** Opens the store and the core's session on it. */
  open(): Promise<OpenSession>;
  /** Closes what `open` opened beside the core's session. */
  release(): Promise<void>;
  onWarning(warning: SessionWarning): void;
  /** Whose store is under this one's: who changes something here changes it there, and it tells of that. */
  over?: CoreSession | undefined;
}

/** A session's use of the core: opened when it is needed, again in a new instance when one failed, and closed once. */
export class CoreSession {
  readonly #options: CoreSessionOptions;
  #opening: Promise<OpenSession> | undefined;
  #closing: Promise<void> | undefined;
  #storeKey: string | undefined;
  #watch: ConversationWatch | undefined;
  #lastEdit: Promise<unknown> = Promise.resolve();

  constructor(options: CoreSessionOptions) {
    this.#options = options;
  }

  /** Equal for sessions on one store that others can open too; known once it is open. */
  get storeKey(): string | undefined {
    return this.#storeKey;
  }

  async opened(): Promise<OpenSession> {
    if (this.#closing) throw new SessionError('closed', 'The session is closed.');
    this.#opening ??= this.#open();
    const opening = this.#opening;
    try {
      const opened = await opening;
      if (!opened.core.dead) return opened;
    } catch (error) {
      // A folder may be made, another tab closed: the next call tries again.
      if (this.#opening === opening) this.#opening = undefined;
      throw error;
    }
    // The instance failed under us. What it does not hold itself is opened in a new one, by whoever finds out first.
    if (this.#opening === opening) this.#opening = this.#open();
    return this.opened();
  }

  /** Edits that depend on what they find run one after the other: at once, they would make each other start again. */
  edit(operation: string, head: object, body?: Uint8Array): Promise<Message> {
    const edit = this.#lastEdit.then(() => this.call(operation, head, body));
    this.#lastEdit = edit.catch(() => {});
    return edit;
  }

  async call(operation: string, head: object, body?: Uint8Array): Promise<Message> {
    const { core, id } = await this.opened();
    return core.call(`session.${operation}`, { ...head, session: id }, body);
  }

  async subscribe(conversationId: string, listener: ConversationListener): Promise<() => void> {
    await this.opened();
    if (this.#options.over) return this.#options.over.subscribe(conversationId, listener);
    return (this.#watch as ConversationWatch).subscribe(conversationId, listener);
  }

  /** May be called twice. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #open(): Promise<OpenSession> {
    const opened = await this.#options.open();
    this.#storeKey = opened.key || undefined;
    const { over } = this.#options;
    this.#watch ??= new ConversationWatch(over ? '' : opened.key, (warning) => this.#options.onWarning(warning));
    addWatcher(opened.id, over ? this.#watcherOver(over, this.#watch) : this.#watch);
    return opened;
  }

  #watcherOver(over: CoreSession, own: ConversationWatch): Watcher {
    return { changed: () => {}, said: (head) => over.#watch?.said(head), slow: (head) => own.slow(head) };
  }

  async #close(): Promise<void> {
    const opened = await this.#opening?.catch(() => undefined);
    if (!opened) return;
    removeWatcher(opened.id);
    this.#watch?.close();
    if (!opened.core.dead) await opened.core.call('session.close', { session: opened.id });
    await this.#options.release();
  }
}

/** Opens a session of the core. */
export async function openInCore(options: {
  kind: string;
  slowMs: number;
  key?: string;
  locks?: boolean | undefined;
  leaseMs?: number | undefined;
  [option: string]: unknown;
}): Promise<OpenSession> {
  const core = await loadCore();
  const { key = '', locks, leaseMs } = options;
  const { head } = await core.call('session.open', options);
  return { core, id: head.session, key, sharing: { locks, leaseMs } };
}
