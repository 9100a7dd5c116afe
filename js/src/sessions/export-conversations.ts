import { checkConversationId, checkFunction, checkSignal, refuse } from '../check.ts';
import type { ConversationHead, ListHead, PageHead, ReadQuery, Shelf } from '../store-wire.ts';
import { stopIfAborted } from './aborted.ts';
import { elementsOf, membersOf } from './json-slices.ts';
import { EXPORT_TYPE, EXPORT_VERSION, FOLD_PREFIX, JOURNAL_PREFIX, versionOfNothing } from './moving.ts';
import type { Opened } from './store-calls.ts';

export interface ExportOptions {
  /** Which conversations; ids that the session does not have are left out. All without it. */
  conversationIds?: readonly string[] | undefined;
  /** Stops it: reading the stream then fails with a RunAbortedError. */
  signal?: AbortSignal | undefined;
  /** Told of every conversation that was written. */
  onProgress?: ((progress: ExportProgress) => void) | undefined;
}

/** What was written so far. */
export interface ExportProgress {
  conversations: number;
  items: number;
  bytes: number;
}

const PAGE = 100;
const STOPPED = 'The export was stopped.';
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const encoder = new TextEncoder();

/**
 * The lines of an export, a conversation at a time. Each is read in one state; the one that was changed last comes last,
 * so that an import leaves the list of conversations in their order.
 */
export async function* exportLines(session: Opened, options: ExportOptions): AsyncGenerator<Uint8Array> {
  const { conversationIds, signal, onProgress } = checkedOptions(options);
  const progress = { conversations: 0, items: 0, bytes: 0 };
  const bytesOf = (lines: readonly string[]) => {
    const bytes = encoder.encode(`${lines.join('\n')}\n`);
    progress.bytes += bytes.length;
    return bytes;
  };
  const wanted = conversationIds && new Set(conversationIds);
  const heads = await allHeads(session, wanted, signal);
  const exportedAt = new Date().toISOString();
  yield bytesOf([JSON.stringify({ type: EXPORT_TYPE, version: EXPORT_VERSION, exportedAt })]);
  const noVersion = await versionOfNothing(session);
  for (const head of heads) {
    const { version, lines, items } = await conversationLines(session, head, signal);
    // It was deleted since it was listed.
    if (version === noVersion) continue;
    const bytes = bytesOf(lines);
    progress.conversations += 1;
    progress.items += items;
    onProgress?.({ ...progress });
    yield bytes;
  }
  const { conversations, items } = progress;
  yield bytesOf([JSON.stringify({ type: 'end', conversations, items })]);
}

function checkedOptions(options: ExportOptions): ExportOptions {
  const { conversationIds, signal, onProgress } = options;
  if (conversationIds !== undefined) {
    if (!Array.isArray(conversationIds)) refuse('conversationIds', conversationIds, 'an array of ids');
    for (const id of conversationIds) checkConversationId(id);
  }
  checkSignal('signal', signal);
  if (onProgress !== undefined) checkFunction('onProgress', onProgress);
  return options;
}

/** What changes meanwhile comes to the front of the list: so it is read from there until it brings nothing new. */
async function allHeads(
  session: Opened,
  wanted: ReadonlySet<string> | undefined,
  signal: AbortSignal | undefined,
): Promise<ConversationHead[]> {
  const heads = new Map<string, ConversationHead>();
  for (let isNew = true; isNew; ) {
    isNew = false;
    for await (const head of listed(session, signal)) {
      if (heads.get(head.id)?.updatedAt === head.updatedAt) break;
      isNew = true;
      heads.delete(head.id);
      heads.set(head.id, head);
    }
  }
  const found = [...heads.values()].filter(({ id }) => wanted?.has(id) ?? true);
  return found
    .reverse()
    .sort((one, other) => (one.updatedAt < other.updatedAt ? -1 : Number(one.updatedAt > other.updatedAt)));
}

async function* listed(session: Opened, signal: AbortSignal | undefined): AsyncGenerator<ConversationHead> {
  const { core, id } = await session.opened();
  for (let after: string | undefined; ; ) {
    stopIfAborted(signal, STOPPED);
    const { head } = await core.call('session.list', { session: id, limit: PAGE, after });
    const { conversations, next } = head as ListHead;
    yield* conversations;
    if (next === undefined) return;
    after = next;
  }
}

/** An item with what the store knows of it, as texts. */
interface Stored {
  item: string;
  origin: Map<string, string>;
  uid: string;
  shelf: string;
  /** Where the item was said; the order on their shelves for those that never were in the history. */
  place: number | undefined;
  /** How many folds had been made when it came to stand in for the last one; 0 for what was said. */
  rank: number;
  standsFor?: string;
}

async function conversationLines(
  session: Opened,
  head: ConversationHead,
  signal: AbortSignal | undefined,
): Promise<{ version: string; lines: string[]; items: number }> {
  const { version, shelves, items } = await wholeConversation(session, head.id, signal);
  markStandIns(items, shelves);
  const { id, title, metadata, createdAt } = head;
  const about = JSON.stringify({ type: 'conversation', id, title, createdAt, items: items.length }).slice(0, -1);
  const lines = [`${about},"metadata":${metadata || '{}'}}`];
  for (const { name, note } of shelves) {
    lines.push(`{"type":"shelf","name":${JSON.stringify(name)},"note":${note || 'null'}}`);
  }
  return { version, lines: [...lines, ...inOrder(items).map(itemLine)], items: items.length };
}

/** All of a conversation but its open runs, in one state. */
async function wholeConversation(
  session: Opened,
  conversationId: string,
  signal: AbortSignal | undefined,
): Promise<{ version: string; shelves: Shelf[]; items: Stored[] }> {
  for (;;) {
    stopIfAborted(signal, STOPPED);
    const { head, items } = await readStored(session, { conversationId, shelves: '' });
    const shelves = (head.shelves ?? []).filter(({ name }) => !name.startsWith(JOURNAL_PREFIX));
    let isOneState = true;
    for (const { name } of shelves.filter(({ count }) => count > 0)) {
      const shelved = await readStored(session, { conversationId, shelf: name });
      isOneState &&= shelved.head.version === head.version;
      for (const one of shelved.items) items.push(one);
    }
    if (isOneState) return { version: head.version, shelves, items };
  }
}

async function readStored(session: Opened, query: ReadQuery): Promise<{ head: PageHead; items: Stored[] }> {
  const { core, id } = await session.opened();
  const { head, body } = await core.call('session.read', { ...query, origins: true, session: id });
  const page = head as PageHead;
  const texts = elementsOf(decoder.decode(body.subarray(0, page.itemBytes)));
  const origins = elementsOf(decoder.decode(body.subarray(page.itemBytes)));
  const { shelf = '' } = query;
  const items = texts.map((item, index): Stored => {
    const origin = membersOf(origins[index] as string);
    const uid = JSON.parse(origin.get('uid') as string);
    const place = JSON.parse(origin.get('place') as string) ?? undefined;
    return { item, origin, uid, shelf, place, rank: 0 };
  });
  return { head: page, items };
}

/** An item that stands in for others has the place of the last of them, unless that was taken when it came. */
function markStandIns(items: readonly Stored[], shelves: readonly Shelf[]): void {
  const last = new Map(items.map(({ shelf, place }) => [shelf, place]));
  for (const [index, { name }] of shelves.entries()) {
    if (!name.startsWith(FOLD_PREFIX)) continue;
    const beginning = `${name.slice(FOLD_PREFIX.length)}.`;
    for (const one of items) {
      if (!one.uid.startsWith(beginning) || one.place === undefined || one.place !== last.get(name)) continue;
      one.standsFor = name;
      one.rank = index + 1;
    }
  }
}

/** As they were said; behind them what never was in the history, as it lies on its shelves. */
function inOrder(items: readonly Stored[]): Stored[] {
  const placed = items.filter(({ place }) => place !== undefined);
  placed.sort((one, other) => (one.place as number) - (other.place as number) || one.rank - other.rank);
  return [...placed, ...items.filter(({ place }) => place === undefined)];
}

function itemLine({ item, origin, shelf, place, standsFor }: Stored): string {
  let line = '{"type":"item"';
  for (const name of ['uid', 'agent', 'run', 'turn', 'at', 'sdk']) {
    const value = origin.get(name) ?? 'null';
    if (value !== 'null') line += `,"${name}":${value}`;
  }
  if (shelf !== '') line += `,"shelf":${JSON.stringify(shelf)}`;
  if (shelf !== '' && place === undefined) line += ',"aside":true';
  if (standsFor !== undefined) line += `,"standsFor":${JSON.stringify(standsFor)}`;
  return `${line},"item":${item}}`;
}
