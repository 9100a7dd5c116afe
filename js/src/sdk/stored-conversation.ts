import { checkCount } from '../check.ts';
import type { StoredSession } from '../sessions/stored-session.ts';
import type { SdkConversation, SdkMutation, SdkTransactionArgs } from './contract.ts';
import type { Place } from './history.ts';
import type { SdkItem } from './sdk-item.ts';

// Loaded at the first use: who does not use the SDK need not download how its items are written.
const adapter = () => import('./adapter.ts');

/** A conversation of a session of ours, as the SDK sees it. */
export class StoredConversation implements SdkConversation {
  readonly acceptsRunContext = true;
  readonly #place: Place;

  constructor(session: StoredSession, conversationId: string) {
    this.#place = { session, conversationId };
  }

  async getSessionId(): Promise<string> {
    return this.#place.conversationId;
  }

  async getItems(limit?: number): Promise<SdkItem[]> {
    if (limit !== undefined && limit <= 0) return [];
    if (limit !== undefined) checkCount('limit', limit, 0);
    const { readItems } = await adapter();
    return readItems(this.#place, limit);
  }

  async addItems(items: SdkItem[], runContext?: object): Promise<void> {
    const { addItems } = await adapter();
    await addItems(this.#place, items, runContext);
  }

  async popItem(): Promise<SdkItem | undefined> {
    const { popItem } = await adapter();
    return popItem(this.#place);
  }

  async clearSession(): Promise<void> {
    const { clearItems } = await adapter();
    await clearItems(this.#place);
  }

  preserveReasoningItemIdsForPersistence(): boolean {
    return true;
  }

  async replaceHistoryWithCompaction(items: SdkItem[], runContext?: object): Promise<void> {
    const { replaceItems } = await adapter();
    await replaceItems(this.#place, items, runContext);
  }

  async applyHistoryMutations({ mutations }: { mutations: SdkMutation[] }): Promise<void> {
    const { mutateItems } = await adapter();
    await mutateItems(this.#place, mutations);
  }

  async applyHistoryTransaction(args: SdkTransactionArgs, runContext?: object): Promise<void> {
    const { transact } = await adapter();
    await transact(this.#place, args, runContext);
  }
}
