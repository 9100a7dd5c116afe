import type { SdkFunctionCall, SdkItem } from './sdk-item.ts';

/** What the SDK calls a session: one conversation, in items of the SDK's form. */
export interface SdkSession {
  getSessionId(): Promise<string>;
  /** The newest `limit` items, or all of them, in the order they were said. */
  getItems(limit?: number): Promise<SdkItem[]>;
  addItems(items: SdkItem[]): Promise<void>;
  /** Removes the newest item and gives it. */
  popItem(): Promise<SdkItem | undefined>;
  clearSession(): Promise<void>;
  /** Of an SDK's session that makes changes once, however often they are sent. */
  applyHistoryTransaction?(args: SdkTransactionArgs): Promise<void> | void;
}

/** Puts `replacement` in the place of the first call with that id, and removes later ones. */
export interface SdkMutation {
  type: 'replace_function_call';
  callId: string;
  replacement: SdkFunctionCall;
}

export type SdkTransaction =
  | { type: 'append_items'; items: SdkItem[] }
  /** Fails unless the history ends with `expectedSuffix`. */
  | { type: 'replace_suffix'; expectedSuffix: SdkItem[]; replacement: SdkItem[] };

export interface SdkTransactionArgs {
  /** The same when the same transaction is sent again. */
  operationId: string;
  transaction: SdkTransaction;
}

/**
 * A conversation as a session of `@openai/agents`, in full: with transactions, rewriting, replacement by a compaction,
 * and the run's context, by which the items of one run of the SDK have one `runId`.
 */
export interface SdkConversation extends SdkSession {
  readonly acceptsRunContext: true;
  getItems(limit?: number, runContext?: object): Promise<SdkItem[]>;
  addItems(items: SdkItem[], runContext?: object): Promise<void>;
  popItem(runContext?: object): Promise<SdkItem | undefined>;
  clearSession(runContext?: object): Promise<void>;
  /** Yes: an API takes a reasoning item back only with its id. What a run sends is the run's own policy. */
  preserveReasoningItemIdsForPersistence(): boolean;
  /** Puts `items` in the place of the whole history, in one atomic step. */
  replaceHistoryWithCompaction(items: SdkItem[], runContext?: object): Promise<void>;
  /** All of them in their order, in one atomic step. */
  applyHistoryMutations(args: { mutations: SdkMutation[] }): Promise<void>;
  /**
   * Changes the history and remembers the operation in one atomic step. The same operation again does nothing. Fails
   * with the code `conflict`, and changes nothing, when the id was used for another transaction or the history does not
   * end as expected. The last 200 operations are remembered, until `clearSession`.
   */
  applyHistoryTransaction(args: SdkTransactionArgs, runContext?: object): Promise<void>;
}
