import { joinBytes, joinElements } from '../bytes.ts';
import { UserError } from '../errors.ts';
import type { ConversationHead, ListHead, ListQuery, PageHead, ReadQuery, Shelf } from '../store-wire.ts';
import { type Chunk, originsOf, type Part, textOf } from './idb-chunk.ts';
import { keyOf, type Place, placeOf } from './idb-place.ts';
import { allOf, type ConversationRecord, type Database, msLeft, type ReadTransaction } from './idb-schema.ts';

const encoder = new TextEncoder();

export async function readPage(
  database: Database,
  query: ReadQuery,
): Promise<{ head: PageHead; body: Uint8Array<ArrayBufferLike> }> {
  const tx = database.transaction(['conversations', 'chunks', 'shelves']) as unknown as ReadTransaction;
  const conversation = await tx.objectStore('conversations').get(query.conversationId);
  if (!conversation) return { head: { count: 0, itemBytes: 0, version: '0' }, body: new Uint8Array() };
  const parts = await new Selection(tx, query).parts(conversation.next);
  const text = joinElements(parts.map(textOf));
  const origins = query.origins ? encoder.encode(parts.map(originsOf).join(',')) : new Uint8Array();
  const count = parts.reduce((sum, { from, to }) => sum + to - from, 0);
  const head: PageHead = { count, itemBytes: text.length, version: String(conversation.version) };
  Object.assign(head, await ends(tx, parts));
  if (query.shelves !== undefined) Object.assign(head, await besides(tx, conversation, query.shelves));
  return { head, body: joinBytes([text, origins]) };
}

/** The cursors of a page. */
async function ends(tx: ReadTransaction, parts: readonly Part[]): Promise<Pick<PageHead, 'older' | 'newest'>> {
  const [first] = parts;
  const last = parts.at(-1);
  if (!first || !last) return {};
  const newest = cursorOf(last.chunk, last.to - 1);
  const { conversation, shelf, place } = first.chunk;
  const before = IDBKeyRange.bound([conversation, shelf], [conversation, shelf, place], false, true);
  const hasOlder = first.from > 0 || (await tx.objectStore('chunks').getKey(before)) !== undefined;
  return hasOlder ? { older: cursorOf(first.chunk, first.from), newest } : { newest };
}

/** The shelves whose names begin so, and the lease. */
async function besides(
  tx: ReadTransaction,
  { id, lease }: ConversationRecord,
  prefix: string,
): Promise<Pick<PageHead, 'shelves' | 'lease'>> {
  const found = await tx.objectStore('shelves').getAll(IDBKeyRange.bound([id, prefix], [id, `${prefix}\uffff`]));
  const shelves = found
    .sort((one, other) => one.order - other.order)
    .map(({ name, note, count, createdAt }): Shelf => ({ name, note, count, createdAt }));
  if (!lease) return { shelves };
  return { shelves, lease: { holder: lease.holder, msLeft: msLeft(lease) } };
}

/** The items that a query means. The cost is that of what is read, however long the conversation is. */
class Selection {
  readonly #tx: ReadTransaction;
  readonly #query: ReadQuery;
  readonly #before: Place | undefined;
  readonly #since: Place | undefined;

  constructor(tx: ReadTransaction, query: ReadQuery) {
    this.#tx = tx;
    this.#query = query;
    this.#before = query.before === undefined ? undefined : placeFrom(query.before);
    this.#since = query.since === undefined ? undefined : placeFrom(query.since);
  }

  /** In the order in which they were said. `next` is where the conversation ends. */
  async parts(next: number): Promise<Part[]> {
    const { newest = Number.POSITIVE_INFINITY } = this.#query;
    if (newest === 0) return [];
    const end = this.#before ? keyOf({ place: this.#before.place + 1, number: 0 }) : next;
    const least = this.#since ? keyOf(this.#since) : 0;
    if (newest === Number.POSITIVE_INFINITY) return this.#between(least, end);
    const first = Math.max(least, await this.#firstPlace());
    return this.#fromEnd(newest, first, end);
  }

  /** A range from the end that becomes wider, since only what it gives tells how many items lie in how many places. */
  async #fromEnd(newest: number, first: number, end: number): Promise<Part[]> {
    let parts: Part[] = [];
    let count = 0;
    for (let top = end, width = 2; top > first && count < newest; ) {
      const bottom = Math.max(first, top - width);
      const more = await this.#between(bottom, top);
      parts = [...more, ...parts];
      count += more.reduce((sum, { from, to }) => sum + to - from, 0);
      top = bottom;
      const wanted = count > 0 ? Math.ceil(((newest - count) * (end - top)) / count) : 0;
      width = Math.max(2 * width, wanted);
    }
    return trimmed(parts, count - newest);
  }

  async #firstPlace(): Promise<number> {
    const { conversationId, shelf = '' } = this.#query;
    const key = await this.#tx.objectStore('chunks').getKey(allOf(conversationId, shelf));
    return key?.[2] ?? Number.POSITIVE_INFINITY;
  }

  /** Of the records from `least` to the one before `end`, what is within the cursors. */
  async #between(least: number, end: number): Promise<Part[]> {
    const { conversationId: id, shelf = '' } = this.#query;
    const range = IDBKeyRange.bound([id, shelf, least], [id, shelf, end], false, true);
    const chunks = await this.#tx.objectStore('chunks').getAll(range);
    return chunks.map((chunk) => this.#part(chunk)).filter(({ from, to }) => from < to);
  }

  #part(chunk: Chunk): Part {
    const since = this.#since;
    const before = this.#before;
    const count = (counts: (one: Place) => boolean) =>
      chunk.numbers.filter((_, index) => counts(placeOf(chunk, index))).length;
    const from = since ? count((one) => !isBehind(one, since)) : 0;
    const to = before ? count((one) => isBehind(before, one)) : chunk.numbers.length;
    return { chunk, from, to };
  }
}

/** Without so many of the first items. */
function trimmed(parts: Part[], surplus: number): Part[] {
  let left = Math.max(0, surplus);
  return parts.flatMap((part) => {
    const cut = Math.min(left, part.to - part.from);
    left -= cut;
    return part.from + cut < part.to ? [{ ...part, from: part.from + cut }] : [];
  });
}

function isBehind(one: Place, other: Place): boolean {
  return one.place > other.place || (one.place === other.place && one.number > other.number);
}

function cursorOf(chunk: Chunk, index: number): string {
  const { place, number } = placeOf(chunk, index);
  return `${place}.${number}`;
}

function placeFrom(cursor: string): Place {
  const [, place, number] = /^(\d{1,15})\.(\d{1,15})$/.exec(cursor) ?? [];
  if (place !== undefined) return { place: Number(place), number: Number(number) };
  throw new UserError('invalid_argument', 'The cursor is not one that a page of this session gave.');
}

export async function listConversations(database: Database, query: ListQuery): Promise<ListHead> {
  const { limit } = query;
  if (limit === 0) return { conversations: [] };
  const tx = database.transaction(['conversations', 'chunks']) as unknown as ReadTransaction;
  const store = tx.objectStore('conversations');
  const range = listRange(query);
  const index = query.changedBefore === undefined ? store.index('byChange') : store.index('byTime');
  const found: ConversationRecord[] = [];
  let cursor = await index.openCursor(range, 'prev');
  while (cursor && found.length <= limit) {
    found.push(cursor.value);
    cursor = await cursor.continue();
  }
  const page = found.slice(0, limit);
  const last = page.at(-1) as ConversationRecord;
  const conversations: ConversationHead[] = [];
  for (const { id, title, metadata, createdAt, updatedAt } of page) {
    const sizes = query.sizes ? await sizesOf(tx, id) : {};
    conversations.push({ id, title, metadata, createdAt, updatedAt, ...sizes });
  }
  return found.length > limit ? { conversations, next: `${last.updatedAt}|${last.version}` } : { conversations };
}

async function sizesOf(tx: ReadTransaction, id: string): Promise<Pick<ConversationHead, 'items' | 'bytes'>> {
  const sizes = { items: 0, bytes: 0 };
  let cursor = await tx.objectStore('chunks').openCursor(allOf(id));
  for (; cursor; cursor = await cursor.continue()) {
    const { shelf, lengths } = cursor.value;
    if (shelf === '') sizes.items += lengths.length;
    for (const length of lengths) sizes.bytes += length;
  }
  return sizes;
}

/** By the change itself, whatever the clock said; by the time where that is what was asked for. */
function listRange({ after, changedBefore }: ListQuery): IDBKeyRange | undefined {
  const [, time = '', version] = after === undefined ? [] : (/^([^|]+)\|(\d{1,15})$/.exec(after) ?? []);
  if (after !== undefined && version === undefined) {
    throw new UserError('invalid_argument', 'The cursor is not one of a list.');
  }
  if (changedBefore === undefined) {
    return version === undefined ? undefined : IDBKeyRange.upperBound(Number(version), true);
  }
  const isWithin = version !== undefined && time < changedBefore;
  return IDBKeyRange.upperBound(isWithin ? [time, Number(version)] : [changedBefore], true);
}
