import type { ConversationStore } from './conversations.ts';
import type { Latency } from './generate.ts';
import type { Random } from './ids.ts';
import type { Model } from './model.ts';
import type { PromptCache } from './prompt-cache.ts';
import type { ResponseStore } from './store.ts';
import type { FindItem } from './stored-form.ts';
import type { OnDisconnect, Work } from './work.ts';

/** What the routes work with. */
export interface Backend {
  model: Model;
  /** The model names that are accepted; every name is when there is no list. */
  models: readonly string[] | undefined;
  store: ResponseStore;
  conversations: ConversationStore;
  onDisconnect: OnDisconnect;
  /** The responses that are being made. */
  works: Set<Work>;
  random: Random;
  /** Milliseconds since 1970. */
  now: () => number;
  latency: Latency;
  /** Whether streams end with `[DONE]`. */
  done: boolean;
  /** Whether item ids must begin as the live API's do, and reasoning stay with what it led to. */
  checkIds: boolean;
  /** The most tokens that the model reads. */
  contextWindow: number;
  /** Parameters that the model does not support. */
  unsupported: readonly string[];
  prompts: PromptCache;
  /** Whether there is `POST /responses/compact`. */
  compact: boolean;
}

/** Finds items of stored responses and of conversations. */
export function findItem({ store, conversations }: Pick<Backend, 'store' | 'conversations'>): FindItem {
  return (id) => conversations.item(id) ?? store.item(id);
}
