import { joinElements } from '../bytes.ts';
import type { AppendEdit, StandInEdit } from '../store-wire.ts';

/**
 * Items that were added in one go, in one record: one for each of them would be 13 times slower to write. What is
 * removed or moved leaves the others where they are.
 */
export interface Chunk {
  conversation: string;
  shelf: string;
  /** See idb-place.ts. */
  place: number;
  /** The change that added the items, which has a number for each of them: together they name an item. */
  operation: string;
  numbers: number[];
  /** The names of items that were stored elsewhere before, where they are not made of change and number. */
  uids?: string[] | undefined;
  /** Of one item, which stands in for others: the number that the last of them has, in its place. */
  slot?: number | undefined;
  /** On a shelf: the whole place that the items had in the active history. */
  was?: number | undefined;
  /** Their texts, with a comma between two of them, and how long each is. */
  text: Uint8Array;
  lengths: number[];
  origin: AppendEdit['origin'];
  at: string;
  /** A JSON text for each, '' for none. */
  sdk?: string[] | undefined;
}

/** The items of a change, before they have their place. */
export type LooseChunk = Omit<Chunk, 'conversation' | 'shelf' | 'place' | 'at'> & { at?: string };

/** Some neighbours of one chunk: from the index `from` to the one before `to`. */
export interface Part {
  chunk: Chunk;
  from: number;
  to: number;
}

/** More than a change has items; what is left of a number's 53 bits is enough for two billion chunks. */
export const NUMBERS = 2 ** 22;

const MOST_ITEMS = 100;
/** A change of one item writes its chunk again. */
const MOST_BYTES = 256 * 1024;

/** Cuts what a change adds into chunks. Its items are numbered from `first`. */
export function cutChunks(
  edit: AppendEdit | StandInEdit,
  body: Uint8Array,
  operation: string,
  first: number,
): LooseChunk[] {
  const { lengths = [], origin, sdk } = edit;
  const names = edit.kept ? keptNames(edit.kept) : lengths.map((_, index) => ({ operation, number: first + index }));
  const chunks: LooseChunk[] = [];
  let offset = 0;
  for (let from = 0; from < lengths.length; ) {
    let bytes = -1;
    let to = from;
    while (to < lengths.length && to - from < MOST_ITEMS && (to === from || bytes < MOST_BYTES)) {
      if (to > from && !goTogether(names[to - 1] as Name, names[to] as Name)) break;
      bytes += 1 + (lengths[to] as number);
      to += 1;
    }
    chunks.push({
      ...namesOf(names.slice(from, to)),
      // A copy: a view would be stored with all of the buffer that it looks at.
      text: body.slice(offset, offset + bytes),
      lengths: lengths.slice(from, to),
      origin,
      ...(sdk ? { sdk: sdk.slice(from, to) } : {}),
    });
    offset += bytes + 1;
    from = to;
  }
  return chunks;
}

/** How an item is found: the change that added it first, and its number there, in which a chunk is in order. */
interface Name {
  operation: string;
  number: number;
  /** Where it is not made of these two. */
  uid?: string | undefined;
  at?: string;
}

function keptNames(kept: readonly { uid: string; at: string }[]): Name[] {
  return kept.map(({ uid, at }, index) => {
    const { operation, number } = partsOfUid(uid);
    const isMadeOfThem = number >= 0 && number < NUMBERS && uidOf(operation, number) === uid;
    return isMadeOfThem ? { operation, number, at } : { operation, number: index, uid, at };
  });
}

function goTogether(one: Name, next: Name): boolean {
  const isOneKind = (one.uid === undefined) === (next.uid === undefined);
  return isOneKind && one.operation === next.operation && one.at === next.at && one.number < next.number;
}

function namesOf(names: readonly Name[]): Pick<LooseChunk, 'operation' | 'numbers' | 'uids' | 'at'> {
  const { operation, uid, at } = names[0] as Name;
  return {
    operation,
    numbers: names.map(({ number }) => number),
    ...(uid === undefined ? {} : { uids: names.map((name) => name.uid as string) }),
    ...(at === undefined ? {} : { at }),
  };
}

/** The texts of neighbours, with commas between them. */
export function textOf({ chunk, from, to }: Part): Uint8Array {
  const start = offsetOf(chunk, from);
  return chunk.text.subarray(start, Math.max(start, offsetOf(chunk, to) - 1));
}

function itemAt(chunk: Chunk, index: number): Uint8Array {
  return textOf({ chunk, from: index, to: index + 1 });
}

function offsetOf({ lengths }: Chunk, index: number): number {
  let offset = 0;
  for (let at = 0; at < index; at += 1) offset += 1 + (lengths[at] as number);
  return offset;
}

/** The chunk with the items at these indices only. */
export function withOnly(chunk: Chunk, indices: readonly number[]): Chunk {
  return joinItems(indices.map((index) => ({ chunk, index })));
}

/** One record of items that lie in several, and were added in one go. */
export function joinItems(items: readonly { chunk: Chunk; index: number }[]): Chunk {
  const all = <T>(one: (chunk: Chunk, index: number) => T) => items.map(({ chunk, index }) => one(chunk, index));
  return {
    ...(items[0] as { chunk: Chunk }).chunk,
    numbers: all(({ numbers }, index) => numbers[index] as number),
    lengths: all(({ lengths }, index) => lengths[index] as number),
    text: joinElements(all(itemAt)),
    uids: items.some(({ chunk }) => chunk.uids) ? all(uidAt) : undefined,
    sdk: items.some(({ chunk }) => chunk.sdk) ? all(({ sdk }, index) => sdk?.[index] ?? '') : undefined,
  };
}

/** The chunk with another item at this index. */
export function withItem(chunk: Chunk, index: number, text: Uint8Array, sdk: string): Chunk {
  const texts = chunk.lengths.map((_, at) => (at === index ? text : itemAt(chunk, at)));
  const sdks = chunk.lengths.map((_, at) => (at === index ? sdk : (chunk.sdk?.[at] ?? '')));
  const lengths = texts.map(({ length }) => length);
  return { ...chunk, text: joinElements(texts), lengths, sdk: sdks.some((one) => one !== '') ? sdks : undefined };
}

/** What is known of the items beside their text, as the elements of a JSON array. */
export function originsOf({ chunk, from, to }: Part): string {
  const { agent = null, run = null, turn = null } = chunk.origin;
  const shared = JSON.stringify({ agent, run, turn, at: chunk.at }).slice(1, -1);
  const elements: string[] = [];
  for (let index = from; index < to; index += 1) {
    const uid = JSON.stringify(uidAt(chunk, index));
    const sdk = chunk.sdk?.[index] || 'null';
    elements.push(`{"uid":${uid},${shared},"sdk":${sdk},"place":${orderOf(chunk, index)}}`);
  }
  return elements.join(',');
}

export function uidAt({ operation, numbers, uids }: Chunk, index: number): string {
  return uids?.[index] ?? uidOf(operation, numbers[index] as number);
}

/** One number for where an item is in the active history, or was before it came to a shelf; null for none. */
function orderOf({ shelf, place, was, slot, numbers }: Chunk, index: number): number | null {
  const whole = shelf === '' ? Math.ceil(place) : was;
  return whole === undefined ? null : whole * NUMBERS + (slot ?? (numbers[index] as number));
}

function uidOf(operation: string, number: number): string {
  return `${operation}.${number}`;
}

/** The change and the number that a uid is made of. */
export function partsOfUid(uid: string): { operation: string; number: number } {
  const dot = uid.lastIndexOf('.');
  return { operation: uid.slice(0, Math.max(dot, 0)), number: Number(uid.slice(dot + 1)) };
}
