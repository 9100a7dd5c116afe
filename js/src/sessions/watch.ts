import { messageOf } from '../check.ts';
import type { CompactionWarning, SessionWarning, SlowSessionWarning } from './session.ts';

/** What happened to a conversation, in this tab or another one that has the same database open. */
export type ConversationEvent =
  /** Its items, its open runs, or its title and metadata changed; or it was deleted. */
  | { type: 'items' | 'runs' | 'description' | 'deleted'; conversationId: string; version: string }
  /** A streamed run is saying this. It enters the history with the run. */
  | { type: 'text'; conversationId: string; runId: string; text: string };

interface Changed {
  conversationId: string;
  kind: Exclude<ConversationEvent['type'], 'text'>;
  version: string;
}

export type ConversationListener = (event: ConversationEvent) => void;

/** Live text goes to other tabs in pieces of at least this age, in ms: the eye sees no difference. */
const TEXT_PAUSE = 40;

type Channel = BroadcastChannel & { unref?: () => void };
type TextEvent = Extract<ConversationEvent, { type: 'text' }>;

/** Says in the console what was slow or failed. */
export function warnInConsole(warning: SessionWarning): void {
  console.warn(`agents-wasm: ${warning.type === 'compaction_failed' ? failure(warning) : slowness(warning)}`);
}

function failure({ conversationId, error }: CompactionWarning): string {
  return `The conversation "${conversationId}" was not compacted: ${messageOf(error)}`;
}

function slowness({ type, conversationId, items, bytes, ms }: SlowSessionWarning): string {
  const work = type === 'slow_load' ? 'Loading' : 'Saving';
  return `${work} ${items} items (${bytes} bytes) of the conversation "${conversationId}" took ${Math.round(ms)} ms.`;
}

/** Tells those who watch the conversations of one session what happens to them, and other tabs as well. */
export class ConversationWatch {
  readonly #listeners = new Map<string, Set<ConversationListener>>();
  readonly #storeKey: string;
  readonly #onWarning: (warning: SlowSessionWarning) => void;
  readonly #life = new AbortController();
  #channel: Channel | undefined;
  readonly #unsent = new Map<string, TextEvent>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param storeKey the same for all sessions on one database; empty for one that nobody else can open. */
  constructor(storeKey: string, onWarning: (warning: SlowSessionWarning) => void) {
    this.#onWarning = onWarning;
    this.#storeKey = storeKey;
    this.#open();
    if (!this.#channel) return;
    const { signal } = this.#life;
    globalThis.addEventListener?.('pagehide', () => this.#rest(), { signal });
    globalThis.addEventListener?.('pageshow', () => this.#open(), { signal });
  }

  /** @param conversationId empty for all of them. */
  subscribe(conversationId: string, listener: ConversationListener): () => void {
    const known = this.#listeners.get(conversationId) ?? new Set();
    known.add(listener);
    this.#listeners.set(conversationId, known);
    this.#listen();
    return () => {
      known.delete(listener);
      if (known.size === 0 && this.#listeners.get(conversationId) === known) this.#listeners.delete(conversationId);
    };
  }

  /** From the core. */
  changed({ conversationId, kind, version }: Changed): void {
    this.#sendText();
    this.#emit({ type: kind, conversationId, version });
  }

  /** From the core. */
  said({ conversationId, runId, text }: { conversationId: string; runId: string; text: string }): void {
    const event: TextEvent = { type: 'text', conversationId, runId, text };
    this.#notify(event);
    if (!this.#channel) return;
    const unsent = this.#unsent.get(runId);
    if (unsent) unsent.text += text;
    else this.#unsent.set(runId, { ...event });
    this.#timer ??= setTimeout(() => this.#sendText(), TEXT_PAUSE);
  }

  /** From the core. */
  slow({ work, conversationId, items, bytes, ms }: { work: string } & Omit<SlowSessionWarning, 'type'>): void {
    const type = work === 'load' ? 'slow_load' : 'slow_save';
    queueMicrotask(() => this.#onWarning({ type, conversationId, items, bytes, ms }));
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#life.abort();
    this.#listeners.clear();
    this.#channel?.close();
  }

  #open(): void {
    if (this.#storeKey !== '') this.#channel ??= openChannel(`agents-wasm:changes:${this.#storeKey}`);
  }

  /**
   * Browsers throw a page out of the cache for the way back when a message comes for it, listened to or not. That is
   * right for one with listeners: loaded anew it shows what it would have missed.
   */
  #rest(): void {
    if (this.#listeners.size > 0) return;
    this.#sendText();
    this.#channel?.close();
    this.#channel = undefined;
  }

  #sendText(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const event of this.#unsent.values()) this.#channel?.postMessage(event);
    this.#unsent.clear();
  }

  #emit(event: ConversationEvent): void {
    this.#notify(event);
    this.#channel?.postMessage(event);
  }

  #listen(): void {
    if (!this.#channel || this.#channel.onmessage) return;
    this.#channel.onmessage = ({ data }: MessageEvent<ConversationEvent>) => this.#notify(data);
    this.#channel.unref?.();
  }

  #notify(event: ConversationEvent): void {
    for (const id of [event.conversationId, '']) {
      for (const listener of this.#listeners.get(id) ?? []) {
        // Its failure is its own, and no reason to tell the others nothing.
        queueMicrotask(() => listener(event));
      }
    }
  }
}

/** None where there is none, or where an open one would keep the process alive. */
function openChannel(name: string): Channel | undefined {
  if (typeof BroadcastChannel !== 'function') return undefined;
  let channel: Channel;
  try {
    channel = new BroadcastChannel(name);
  } catch {
    // Firefox refuses them to a site that may store nothing; the store's own refusal is what the caller has to hear.
    return undefined;
  }
  if (channel.unref) channel.unref();
  else if (typeof process === 'object') {
    channel.close();
    return undefined;
  }
  return channel;
}
