import type { Item } from '../items.ts';
import type { SdkSession } from './contract.ts';
import type { Fields } from './fields.ts';
import { fromWire } from './from-wire.ts';
import { keptItems } from './stored-items.ts';

/** A session of the SDK, read in the wire's form. */
export async function load(session: SdkSession, maxItems: number | undefined): Promise<Item[]> {
  if (maxItems === undefined) return wireItems(await session.getItems());
  // One more than asked for shows what the cut falls between.
  const items = wireItems(await session.getItems(maxItems + 1));
  return items.length > maxItems ? withoutCut(items) : items;
}

/** Once, however often it is sent, where the SDK's session can do that. */
export async function save(session: SdkSession, items: Item[], operationId: string | undefined): Promise<void> {
  const names = new Map<unknown, string>();
  const read = items.map((item) => {
    if (item.type === 'function_call') names.set(item.call_id, item.name);
    return fromWire(item, (callId) => names.get(callId));
  });
  if (read.length === 0) return;
  if (operationId === undefined || !session.applyHistoryTransaction) return session.addItems(read);
  await session.applyHistoryTransaction({ operationId, transaction: { type: 'append_items', items: read } });
}

function wireItems(items: unknown): Item[] {
  return keptItems(items, "What the SDK's getItems returned").map(({ item }) => item);
}

/**
 * Without the oldest item, and without what a provider would refuse without it: outputs whose call is gone, and what a
 * model may have said after reasoning that is gone.
 */
function withoutCut(items: Item[]): Item[] {
  const rest = items.slice(1);
  if (saidByModel(items[0] as Item)) {
    const next = rest.findIndex((item) => !saidByModel(item));
    rest.splice(0, next < 0 ? rest.length : next);
  }
  const calls = new Set<unknown>();
  return rest.filter((item) => {
    if (item.type?.endsWith('_call_output')) return calls.has(item.call_id);
    calls.add(item.call_id);
    return true;
  });
}

function saidByModel({ type, role }: Fields): boolean {
  return role === 'assistant' || type === 'reasoning' || (typeof type === 'string' && type.endsWith('_call'));
}
