import { joinBytes, joinElements } from '../bytes.ts';
import { parseJson, parseText } from '../items.ts';
import type { Origin, PageHead, Shelf } from '../store-wire.ts';
import type { OpenedToken } from './batch.ts';
import { elementsOf, itemFrom, mayHoldEnvelope, tokenIn } from './envelope.ts';

/** A page, in the clear, without what has expired, and without what is no item in the clear either. */
export interface OpenedPage {
  head: PageHead;
  items: Uint8Array[];
  /** One for each item, where they were asked for. */
  origins: Uint8Array[];
  /** Which items of the page as it is stored these are. */
  indices: number[];
  /** How many that has. */
  stored: number;
}

/** Opens tokens, or fails. */
export type OpenTokens = (tokens: Uint8Array[]) => Promise<OpenedToken[]>;

const encoder = new TextEncoder();

/** `isExpired` says what must be left out, by its time in seconds. */
export async function openPage(
  { head, body }: { head: PageHead; body: Uint8Array },
  open: OpenTokens,
  isExpired: (time: number) => boolean,
): Promise<OpenedPage> {
  const { shelves, ...rest } = head;
  const stored = elementsOf(body.subarray(0, head.itemBytes));
  const opened = await openEach(stored, open);
  const items = stored.map((item, index) => {
    const one = opened[index];
    if (!one) return item;
    return isExpired(one.time) ? undefined : itemFrom(one.text);
  });
  const indices = stored.flatMap((_, index) => (items[index] ? [index] : []));
  const origins = await openOrigins(body.subarray(head.itemBytes), open);
  return {
    head: { ...rest, ...(shelves ? { shelves: await openNotes(shelves, open) } : {}) },
    items: indices.map((index) => items[index] as Uint8Array),
    origins: origins.length > 0 ? indices.map((index) => origins[index] as Uint8Array) : [],
    indices,
    stored: stored.length,
  };
}

/** The page as it crosses. */
export function encodePage({ head, items, origins }: OpenedPage): { head: PageHead; body: Uint8Array } {
  const text = joinElements(items);
  const { newest, ...rest } = head;
  const whole: PageHead = { ...rest, count: items.length, itemBytes: text.length };
  if (newest !== undefined && items.length > 0) whole.newest = newest;
  return { head: whole, body: joinBytes([text, joinElements(origins)]) };
}

/** What is no envelope is nobody's secret, and gives nothing. */
async function openEach(texts: readonly Uint8Array[], open: OpenTokens): Promise<(OpenedToken | undefined)[]> {
  const tokens = texts.map(tokenIn);
  const opened = await open(tokens.filter((token) => token !== undefined));
  let next = 0;
  return tokens.map((token) => (token ? opened[next++] : undefined));
}

/** What another SDK knows of an item is as secret as the item. */
async function openOrigins(body: Uint8Array, open: OpenTokens): Promise<Uint8Array[]> {
  const origins = elementsOf(body);
  if (!mayHoldEnvelope(parseText(body))) return origins;
  const known = origins.map((one) => parseJson<Origin>(one));
  const sdks = await openEach(
    known.map(({ sdk }) => encoder.encode(JSON.stringify(sdk ?? null))),
    open,
  );
  return origins.map((origin, index) => {
    const opened = sdks[index];
    if (!opened) return origin;
    const { sdk: _, ...rest } = known[index] as Origin;
    return encoder.encode(`${JSON.stringify(rest).slice(0, -1)},"sdk":${parseText(opened.text)}}`);
  });
}

async function openNotes(shelves: readonly Shelf[], open: OpenTokens): Promise<Shelf[]> {
  const notes = await openEach(
    shelves.map(({ note }) => encoder.encode(note)),
    open,
  );
  return shelves.map((shelf, index) => {
    const note = notes[index];
    return note ? { ...shelf, note: parseText(note.text) } : shelf;
  });
}
