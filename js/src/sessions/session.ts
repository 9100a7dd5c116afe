import { checkBoolean, checkCount, checkOptions } from '../check.ts';
import type { Item } from '../items.ts';

export interface LoadOptions {
  /**
   * At most the newest so many items. A tool call whose output would remain without it, and the other way round, is left
   * out too, since a provider would refuse the rest. All items without it.
   */
  maxItems?: number;
}

/** Another view of a conversation that was compacted than that of its next run. */
export interface ArchiveOptions {
  /** The history as if nothing had ever been compacted. */
  includeCompacted?: boolean | undefined;
  /** The id of a run: the history that it found, compacted as it was then. */
  asSeenBy?: string | undefined;
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

/** A compaction behind a run failed. The run and the history are as they would be without it. */
export interface CompactionWarning {
  type: 'compaction_failed';
  conversationId: string;
  error: unknown;
}

export type SessionWarning = SlowSessionWarning | CompactionWarning;

/** What sessions of this package take. */
export interface StoredSessionOptions {
  sessionSettings?: SessionSettingsOptions | undefined;
  /** From how many milliseconds on a load or save is slow. Default 1,000. */
  slowMs?: number | undefined;
  /** Told of every slow load and save, and of compactions that failed behind runs. Default: `console.warn`. */
  onWarning?: ((warning: SessionWarning) => void) | undefined;
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
  /**
   * About how many tokens of the history a run loads: of a longer one the newer part, from a user's message on. The cut
   * moves on in steps, so that the API's prompt cache knows what comes before it. All without it.
   */
  maxTokens?: number | undefined;
  /** Whether a conversation that has become long is compacted after a run. Sessions of this package only. */
  compactionEnabled?: boolean | undefined;
  /** From how many items on. Default 100. */
  compactionThreshold?: number | undefined;
}

/** How much of a history a run uses. */
export class SessionSettings {
  readonly maxItems: number | undefined;
  readonly maxTokens: number | undefined;
  readonly compactionEnabled: boolean | undefined;
  readonly compactionThreshold: number | undefined;

  constructor(options: SessionSettingsOptions = {}) {
    checkOptions('sessionSettings', options);
    const { maxItems, maxTokens, compactionEnabled, compactionThreshold } = options;
    if (maxItems !== undefined) checkCount('sessionSettings.maxItems', maxItems, 0);
    if (maxTokens !== undefined) checkCount('sessionSettings.maxTokens', maxTokens, 0);
    if (compactionEnabled !== undefined) checkBoolean('sessionSettings.compactionEnabled', compactionEnabled);
    if (compactionThreshold !== undefined) checkCount('sessionSettings.compactionThreshold', compactionThreshold, 1);
    this.maxItems = maxItems;
    this.maxTokens = maxTokens;
    this.compactionEnabled = compactionEnabled;
    this.compactionThreshold = compactionThreshold;
  }

  /** These settings, where `override` says nothing else. */
  resolve(override: SessionSettingsOptions | undefined): SessionSettings {
    if (override === undefined) return this;
    const checked = new SessionSettings(override);
    return new SessionSettings({
      maxItems: checked.maxItems ?? this.maxItems,
      maxTokens: checked.maxTokens ?? this.maxTokens,
      compactionEnabled: checked.compactionEnabled ?? this.compactionEnabled,
      compactionThreshold: checked.compactionThreshold ?? this.compactionThreshold,
    });
  }
}
