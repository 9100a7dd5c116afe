import { allConversations } from './all-conversations.ts';
import { toldOfLoss } from './eviction.ts';
import type { SessionStorage, StoredSession } from './stored-session.ts';

/** Where conversations are, how much there is, and how safe it is. */
export interface StorageReport extends SessionStorage {
  conversations: number;
  /** Items that runs see; what was folded or lies aside does not count. */
  items: number;
  /** Of the text of all items, those that were folded too. `bytes` is what the database occupies, with all around it. */
  itemBytes: number;
  /** What the browser says of the whole origin. Not there elsewhere. */
  origin?: {
    /** About how many bytes everything of the origin occupies: other databases, caches. */
    usage: number;
    /** An upper limit, not space that is free: browsers give a share of the disk, or a made-up figure, for privacy. */
    quota: number;
  };
  /** Whether the browser has promised not to evict the origin's data by itself. Not there outside of browsers. */
  persisted?: boolean;
}

export async function reportOn(session: StoredSession): Promise<StorageReport> {
  const storage = await session.storage();
  let [conversations, items, itemBytes] = [0, 0, 0];
  for await (const conversation of allConversations(session, { sizes: true })) {
    conversations += 1;
    items += conversation.items ?? 0;
    itemBytes += conversation.bytes ?? 0;
  }
  if (storage.evicted && session.storeKey) toldOfLoss(session.storeKey);
  return { ...storage, conversations, items, itemBytes, ...(await ofBrowser(storage)) };
}

async function ofBrowser({ persistence }: SessionStorage): Promise<Pick<StorageReport, 'origin' | 'persisted'>> {
  if (persistence !== 'opfs' && persistence !== 'indexeddb') return {};
  const manager = globalThis.navigator?.storage;
  // A frame of another site may ask for none of it.
  const estimate = await manager?.estimate?.().catch(() => undefined);
  const persisted = await manager?.persisted?.().catch(() => undefined);
  const { usage, quota } = estimate ?? {};
  return {
    ...(usage !== undefined && quota !== undefined ? { origin: { usage, quota } } : {}),
    ...(persisted === undefined ? {} : { persisted }),
  };
}
