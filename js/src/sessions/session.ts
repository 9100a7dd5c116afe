import { checkCount, checkOptions } from '../check.ts';
import type { Item } from '../items.ts';

export interface LoadOptions {
  /**
   * At most the newest so many items. A tool call whose output would remain without it, and the other way round, is left
   * out too, since a provider would refuse the rest. All items without it.
   */
  maxItems?: number;
}

/** Who produced the items that a run saves, for each of them, in their order; `undefined` for a user's words. */
export interface SaveOptions {
  /** The same when the same items are saved again after a failure; a session may use it to store them once. */
  operationId: string;
  origins: readonly { agent?: { name: string }; runId: string; turn?: number }[];
}

/**
 * Conversation memory, as a run needs it. Any object with these two methods is a session.
 */
export interface Session {
  /** Adds items behind the existing ones, all or none. A run tells who produced them. */
  saveItems(conversationId: string, items: Item[], options?: SaveOptions): Promise<void> | void;
  /** The newest items, in the order they were said; an empty list for a conversation that does not exist. */
  loadItems(conversationId: string, options?: LoadOptions): Promise<Item[]> | Item[];
  /** How runs on this session behave unless they say otherwise. */
  readonly sessionSettings?: SessionSettings | undefined;
  /** What traces call it. Default: the name of its class, which minifiers change. */
  readonly sessionType?: string;
  /** Equal for sessions on one store. */
  readonly storeKey?: string | undefined;
}

/** A load or save that took longer than `slowMs`. */
export interface SlowSessionWarning {
  type: 'slow_load' | 'slow_save';
  conversationId: string;
  /** How many items, and bytes of JSON, were loaded or saved. */
  items: number;
  bytes: number;
  ms: number;
}

/** What sessions of this package take. */
export interface StoredSessionOptions {
  sessionSettings?: SessionSettingsOptions | undefined;
  /** From how many milliseconds on a load or save is slow. Default 1,000. */
  slowMs?: number | undefined;
  /** Told of every slow load and save. Default: `console.warn`. */
  onWarning?: ((warning: SlowSessionWarning) => void) | undefined;
}

/**
 * The base of sessions of your own.
 *
 * @example
 * class MapSession extends SessionABC {
 *   #conversations = new Map<string, Item[]>();
 *   async loadItems(id: string, { maxItems }: LoadOptions = {}) {
 *     const items = this.#conversations.get(id) ?? [];
 *     return maxItems === undefined ? items : items.slice(Math.max(0, items.length - maxItems));
 *   }
 *   async saveItems(id: string, items: Item[]) {
 *     this.#conversations.set(id, [...(await this.loadItems(id)), ...items]);
 *   }
 * }
 */
export abstract class SessionABC implements Session {
  readonly sessionSettings: SessionSettings | undefined;

  constructor(options: { sessionSettings?: SessionSettingsOptions | undefined } = {}) {
    checkOptions('options', options);
    const { sessionSettings } = options;
    this.sessionSettings = sessionSettings === undefined ? undefined : new SessionSettings(sessionSettings);
  }

  abstract saveItems(conversationId: string, items: Item[], options?: SaveOptions): Promise<void>;
  abstract loadItems(conversationId: string, options?: LoadOptions): Promise<Item[]>;
}

export interface SessionSettingsOptions {
  /** How many of the newest items a run loads. All without it. */
  maxItems?: number | undefined;
}

/** How much of a history a run uses. */
export class SessionSettings {
  readonly maxItems: number | undefined;

  constructor(options: SessionSettingsOptions = {}) {
    checkOptions('sessionSettings', options);
    if (options.maxItems !== undefined) checkCount('sessionSettings.maxItems', options.maxItems, 0);
    this.maxItems = options.maxItems;
  }

  /** These settings, where `override` says nothing else. */
  resolve(override: SessionSettingsOptions | undefined): SessionSettings {
    if (override === undefined) return this;
    const checked = new SessionSettings(override);
    return new SessionSettings({ maxItems: checked.maxItems ?? this.maxItems });
  }
}
