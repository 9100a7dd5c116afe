import { type Chunk, joinItems, NUMBERS, withOnly } from './idb-chunk.ts';

/**
 * Where an item is in the active history, or on its shelf: the whole number that its chunk got, and the number that the
 * item has in its change. Neither changes while it is there, so that cursors name it by both.
 */
export interface Place {
  place: number;
  number: number;
}

export function placeOf(chunk: Chunk, index: number): Place {
  return { place: Math.ceil(chunk.place), number: chunk.slot ?? (chunk.numbers[index] as number) };
}

/**
 * When another item stands in for some of a chunk, its records lie in front of the chunk's whole number: each at the
 * fraction of the last item that it had, so that they stay in order whatever was put between them.
 */
export function keyOf({ place, number }: Place): number {
  return place - 1 + (number + 1) / NUMBERS;
}

/** A part of the active history that items are put back to. */
export class HistoryParts {
  /** By their whole places. */
  readonly #there = new Map<number, Chunk[]>();
  readonly #added = new Map<number, Chunk[]>();

  constructor(chunks: readonly Chunk[]) {
    for (const chunk of chunks) listAt(this.#there, Math.ceil(chunk.place)).push(chunk);
  }

  /** Puts the items of a chunk where they were; gives those whose places are taken, or that never had one. */
  add(chunk: Chunk): Chunk[] {
    const { was, numbers } = chunk;
    if (was === undefined) return [chunk];
    const taken = new Set([...(this.#there.get(was) ?? []), ...(this.#added.get(was) ?? [])].flatMap(numbersIn));
    const isTaken = numbersIn(chunk).map((number) => taken.has(number));
    const indices = numbers.map((_, index) => index);
    const free = indices.filter((index) => !isTaken[index]);
    if (free.length > 0) listAt(this.#added, was).push(withOnly(chunk, free));
    return free.length === numbers.length
      ? []
      : [
          withOnly(
            chunk,
            indices.filter((index) => isTaken[index]),
          ),
        ];
  }

  /** The records that are to be removed, and those to be written. */
  changes(): { gone: Chunk[]; chunks: Chunk[] } {
    const gone: Chunk[] = [];
    const chunks: Chunk[] = [];
    for (const [place, added] of this.#added) {
      const there = this.#there.get(place) ?? [];
      const records = arranged(place, [...there, ...added]);
      const keys = new Set(records.map((record) => record.place));
      gone.push(...there.filter((record) => !keys.has(record.place)));
      chunks.push(...records);
    }
    return { gone, chunks };
  }
}

function listAt(lists: Map<number, Chunk[]>, place: number): Chunk[] {
  const list = lists.get(place) ?? [];
  lists.set(place, list);
  return list;
}

function numbersIn(chunk: Chunk): number[] {
  return chunk.numbers.map((_, index) => placeOf(chunk, index).number);
}

/** The records for the items of one place in the active history: as few as keep them in order. */
function arranged(place: number, chunks: readonly Chunk[]): Chunk[] {
  const items = chunks
    .flatMap((chunk) => chunk.numbers.map((_, index) => ({ chunk, index, number: placeOf(chunk, index).number })))
    .sort((one, other) => one.number - other.number);
  const runs: (typeof items)[] = [];
  for (const item of items) {
    const run = runs.at(-1);
    if (run?.[0] && isOfOneChunk(run[0].chunk, item.chunk)) run.push(item);
    else runs.push([item]);
  }
  return runs.map((run, index) => {
    const last = run.at(-1)?.number as number;
    const key = index === runs.length - 1 ? place : keyOf({ place, number: last });
    return { ...joinItems(run), shelf: '', was: undefined, place: key };
  });
}

/** Of two chunks at one place. */
function isOfOneChunk(one: Chunk, other: Chunk): boolean {
  return one.slot === undefined && other.slot === undefined;
}
