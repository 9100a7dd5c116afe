import { refuse } from '../check.ts';
import { SessionError } from '../errors.ts';
import { randomId } from '../random-id.ts';
import { applyChange, type Edit, readPage, type StoredPage } from '../sessions/store-calls.ts';
import type { StoredSession } from '../sessions/stored-session.ts';
import type { ReadQuery } from '../store-wire.ts';
import type { SdkMutation } from './contract.ts';
import { isFields } from './fields.ts';
import type { SdkItem } from './sdk-item.ts';
import { type KeptItem, keptItem, keptItems, sdkItems } from './stored-items.ts';

/** One conversation in a store of ours. */
export interface Place {
  session: StoredSession;
  conversationId: string;
}

export async function readItems(place: Place, limit: number | undefined): Promise<SdkItem[]> {
  return itemsOf(await pageOf(place, limit === undefined ? {} : { newest: limit }));
}

export async function addItems(place: Place, items: unknown, runContext?: object): Promise<void> {
  const edits = appended(keptItems(items, 'items'), runContext);
  if (edits.length > 0) await applyChange(place.session, place.conversationId, { opId: randomId(), edits });
}

/** One item and no more, as the SDK wants it. The session's own pop takes along what would be left broken. */
export async function popItem(place: Place): Promise<SdkItem | undefined> {
  let popped: SdkItem | undefined;
  await rewrite(place, { newest: 1 }, (page) => {
    [popped] = itemsOf(page);
    return removed(page);
  });
  return popped;
}

export async function clearItems({ session, conversationId }: Place): Promise<void> {
  await applyChange(session, conversationId, { opId: randomId(), edits: [{ type: 'clear' }] });
}

export async function replaceItems(place: Place, items: unknown, runContext?: object): Promise<void> {
  const kept = keptItems(items, 'items');
  await rewrite(place, {}, (page) => [...removed(page), ...appended(kept, runContext)]);
}

export async function mutateItems(place: Place, mutations: unknown): Promise<void> {
  if (!Array.isArray(mutations)) refuse('mutations', mutations, 'an array');
  const checked = mutations.map((mutation: SdkMutation, index) => {
    const name = `mutations[${index}]`;
    if (!isFields(mutation) || mutation.type !== 'replace_function_call') {
      refuse(name, mutation, "an object of the type 'replace_function_call'");
    }
    return { callId: mutation.callId, replacement: keptItem(mutation.replacement, `${name}.replacement`) };
  });
  if (checked.length > 0) await rewrite(place, {}, (page) => mutated(page, checked));
}

interface CheckedMutation {
  callId: string;
  replacement: KeptItem;
}

function mutated(page: StoredPage, mutations: CheckedMutation[]): Edit[] {
  const replaced = new Map<string, KeptItem>();
  const uids = new Set<string>();
  const calls = page.items.flatMap(({ type, call_id }, index) => {
    const uid = page.origins[index]?.uid as string;
    return type === 'function_call' ? [{ uid, callId: call_id as string }] : [];
  });
  for (const { callId, replacement } of mutations) {
    const [first, ...later] = calls.filter((call) => call.callId === callId && !uids.has(call.uid));
    if (!first) continue;
    replaced.set(first.uid, replacement);
    first.callId = replacement.item.call_id;
    for (const { uid } of later) uids.add(uid);
  }
  for (const uid of uids) replaced.delete(uid);
  const edits: Edit[] = [...replaced].map(([uid, { item, sdk }]) => ({ type: 'replace', uid, item, sdk }));
  return uids.size === 0 ? edits : [...edits, { type: 'remove', uids: [...uids] }];
}

export function pageOf({ session, conversationId }: Place, query: Omit<ReadQuery, 'conversationId'>) {
  return readPage(session, { conversationId, origins: true, ...query });
}

export function itemsOf(page: StoredPage): SdkItem[] {
  const sdk = page.origins.map((origin) => origin.sdk);
  return sdkItems(page.items, sdk);
}

/**
 * Reads what `query` asks for and makes the edits that `plan` decides on, as one atomic step: when the conversation
 * changed in between, all of it is done again. No edits are no change.
 */
export async function rewrite(
  place: Place,
  query: Omit<ReadQuery, 'conversationId'>,
  plan: (page: StoredPage) => Edit[],
): Promise<void> {
  for (let refused: { version: string; error: unknown } | undefined; ; ) {
    const page = await pageOf(place, query);
    const { version } = page;
    // It was not another's change that stood in the way.
    if (refused?.version === version) throw refused.error;
    const edits = plan(page);
    if (edits.length === 0) return;
    try {
      await applyChange(place.session, place.conversationId, { opId: randomId(), expectVersion: version, edits });
      return;
    } catch (error) {
      if (!(error instanceof SessionError) || error.code !== 'conflict') throw error;
      refused = { version, error };
    }
  }
}

export function removed(page: StoredPage): Edit[] {
  const uids = page.origins.map((origin) => origin.uid);
  return uids.length === 0 ? [] : [{ type: 'remove', uids }];
}

export function appended(kept: readonly KeptItem[], runContext?: object): Edit[] {
  if (kept.length === 0) return [];
  const items = kept.map(({ item }) => item);
  const sdk = kept.some((one) => one.sdk !== '') ? { sdk: kept.map((one) => one.sdk) } : {};
  return [{ type: 'append', items, ...sdk, origin: runContext ? { run: runIdOf(runContext) } : {} }];
}

/** The SDK gives its runs no ids; each has a context of its own. */
const runIds = new WeakMap<object, string>();

function runIdOf(runContext: object): string {
  const known = runIds.get(runContext) ?? randomId();
  runIds.set(runContext, known);
  return known;
}
