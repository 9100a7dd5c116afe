import { joinBytes } from '../bytes.ts';
import { RunAbortedError, SessionError } from '../errors.ts';
import { parseJson, parseText } from '../items.ts';
import { randomId } from '../random-id.ts';
import type { ConversationHead, Origin, ReadQuery, ReplaceEdit, Shelf, WireEdit } from '../store-wire.ts';
import { type OpenedToken, openAll, sealAll } from './batch.ts';
import { isLasting } from './encrypting-store.ts';
import { elementsOf, envelopeOf, tokenIn, tokenOfTitle } from './envelope.ts';
import type { Sealed } from './fernet.ts';
import { type ConversationKeys, type Keyring, noKey } from './keys.ts';
import type { UnderlyingStore } from './underlying-store.ts';

export interface RotationProgress {
  /** How many conversations are done, of how many. */
  conversations: number;
  of: number;
  /** How many items were encrypted with the new key. */
  items: number;
}

export interface RotationReport {
  conversations: number;
  items: number;
  /** How many were left as they are, since there is no key for them. */
  locked: number;
}

export interface RotationSetup {
  store: UnderlyingStore;
  keyring: Keyring;
  /** All of them without it. */
  conversationId?: string | undefined;
  signal?: AbortSignal | undefined;
  onProgress?: ((progress: RotationProgress) => void) | undefined;
}

/** How many items are encrypted in one change, and conversations listed in one go. */
const AT_ONCE = 200;
/** How often a part is tried anew that somebody changed meanwhile: each time less of it, which takes less long. */
const ATTEMPTS = 50;
const LEAST_AT_ONCE = 5;
const PASSES = 5;

const encoder = new TextEncoder();

/** Where a conversation was found in the list. */
interface Place {
  id: string;
  after: string | undefined;
}

/** A stored text in the clear. */
interface Content extends Sealed {
  /** Whether it is not encrypted with the current key. */
  isStale: boolean;
}

/**
 * Encrypts with the current key what is not, piece by piece, each in one atomic change: whatever interrupts it, all of it can
 * be read with both keys, and another rotation does the rest. What is not encrypted at all is encrypted too. Each text
 * keeps its time.
 */
export class Rotation {
  readonly #setup: RotationSetup;
  #items = 0;

  constructor(setup: RotationSetup) {
    this.#setup = setup;
  }

  async run(): Promise<RotationReport> {
    const { conversationId, onProgress } = this.#setup;
    // The one changed first comes first, so that they end in the order in which they were.
    const places = (await this.#places()).filter(({ id }) => conversationId === undefined || id === conversationId);
    let locked = 0;
    for (const [index, place] of places.entries()) {
      if (!(await this.#rotate(place))) locked += 1;
      onProgress?.({ conversations: index + 1, of: places.length, items: this.#items });
    }
    return { conversations: places.length - locked, items: this.#items, locked };
  }

  async #places(): Promise<Place[]> {
    const places: Place[] = [];
    for (let after: string | undefined; ; ) {
      const { conversations, next } = await this.#setup.store.list({ limit: AT_ONCE, after });
      for (const { id } of conversations) places.unshift({ id, after });
      if (next === undefined) return places;
      after = next;
    }
  }

  /** Whether there was a key. */
  async #rotate(place: Place): Promise<boolean> {
    const keys = await this.#setup.keyring.of(place.id);
    if (!keys && this.#setup.conversationId !== undefined) throw noKey();
    if (!keys) return false;
    for (let pass = 0; pass < PASSES; pass += 1) {
      const shelves = await this.#shelves(place.id);
      for (const { name } of [{ name: '' }, ...shelves]) await this.#rotateItems(place.id, keys, name);
      await this.#retried(() => this.#rotateNotes(place.id, keys));
      await this.#retried(() => this.#rotateDescription(place, keys));
      // What was moved meanwhile, by a compaction or to another branch, may have been where nobody looked.
      if (layout(shelves) === layout(await this.#shelves(place.id))) return true;
    }
    throw new SessionError('conflict', 'A conversation was moved to and fro while its key was changed. Try again.');
  }

  async #shelves(conversationId: string): Promise<Shelf[]> {
    const { head } = await this.#setup.store.read({ conversationId, newest: 0, shelves: '' });
    return head.shelves ?? [];
  }

  async #rotateItems(conversationId: string, keys: ConversationKeys, shelf: string): Promise<void> {
    let before: string | undefined;
    do {
      const from = before;
      before = await this.#retried((limit) =>
        this.#rotatePage(keys, { conversationId, shelf, before: from, newest: limit }),
      );
    } while (before !== undefined);
  }

  /** Gives the cursor of the page before it. */
  async #rotatePage(keys: ConversationKeys, query: ReadQuery): Promise<string | undefined> {
    const { head, body } = await this.#setup.store.read({ ...query, origins: true });
    const origins = elementsOf(body.subarray(head.itemBytes)).map((one) => parseJson<Origin>(one));
    const time = (index: number) => Date.parse(origins[index]?.at ?? '') / 1000;
    const items = await contentsOf(keys, elementsOf(body.subarray(0, head.itemBytes)), time);
    const sdks = await contentsOf(
      keys,
      origins.map(({ sdk }) => encoder.encode(sdk ? JSON.stringify(sdk) : '')),
      time,
    );
    const stale = origins.flatMap(({ uid }, index) => {
      const [item, sdk] = [items[index] as Content, sdks[index] as Content];
      return item.isStale || sdk.isStale ? [{ uid, item, sdk }] : [];
    });
    const sealed = await sealAll(
      keys,
      stale.map(({ item }) => item),
    );
    const sealedSdks = await sealAll(
      keys,
      stale.map(({ sdk }) => sdk),
    );
    const edits = stale.map(({ uid, sdk }, index): ReplaceEdit => {
      const more = sdk.text.length > 0 ? { sdk: envelopeText(sealedSdks[index]) } : {};
      const bytes = envelopeOf(sealed[index] as Uint8Array).length;
      return { type: 'replace', uid, bytes, ...more, ...(query.shelf ? { shelf: query.shelf } : {}) };
    });
    await this.#apply(query.conversationId, head.version, edits, joinBytes(sealed.map(envelopeOf)));
    this.#items += edits.length;
    return head.older;
  }

  async #rotateNotes(conversationId: string, keys: ConversationKeys): Promise<void> {
    const { head } = await this.#setup.store.read({ conversationId, newest: 0, shelves: '' });
    const shelves = head.shelves ?? [];
    const notes = await contentsOf(
      keys,
      shelves.map(({ note }) => encoder.encode(note)),
    );
    const stale = shelves.flatMap(({ name: shelf }, index) => {
      const note = notes[index] as Content;
      return note.isStale ? [{ shelf, note }] : [];
    });
    const sealed = await sealAll(
      keys,
      stale.map(({ note }) => note),
    );
    const edits = stale.map(({ shelf }, index): WireEdit => {
      return { type: 'note', shelf, note: envelopeText(sealed[index]) };
    });
    await this.#apply(conversationId, head.version, edits);
  }

  async #rotateDescription(place: Place, keys: ConversationKeys): Promise<void> {
    const { head } = await this.#setup.store.read({ conversationId: place.id, newest: 0 });
    const found = (await this.#find(place.id, place.after)) ?? (await this.#find(place.id));
    if (!found) return;
    const token = tokenOfTitle(found.title);
    const [title] = await contentsOf(keys, [token ? envelopeOf(token) : encoder.encode(found.title)]);
    const [metadata] = await contentsOf(keys, [encoder.encode(found.metadata)]);
    const edit: WireEdit = { type: 'describe' };
    if (title?.isStale) edit.title = parseText((await sealAll(keys, [title]))[0] as Uint8Array);
    if (metadata?.isStale) edit.metadata = envelopeText((await sealAll(keys, [metadata]))[0]);
    await this.#apply(place.id, head.version, title?.isStale || metadata?.isStale ? [edit] : []);
  }

  /** On the page of the list where it was, or on any. */
  async #find(id: string, at?: string): Promise<ConversationHead | undefined> {
    for (let after = at; ; ) {
      const { conversations, next } = await this.#setup.store.list({ limit: AT_ONCE, after });
      const found = conversations.find((one) => one.id === id);
      if (found || next === undefined || at !== undefined) return found;
      after = next;
    }
  }

  /** Refused where the conversation is not any more what it was. */
  async #apply(conversationId: string, expectVersion: string, edits: WireEdit[], body?: Uint8Array): Promise<void> {
    if (edits.length === 0) return;
    await this.#setup.store.apply({ conversationId, opId: randomId(), expectVersion, edits }, body ?? new Uint8Array());
  }

  async #retried<T>(work: (limit: number) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      const { signal } = this.#setup;
      if (signal?.aborted) {
        throw new RunAbortedError('aborted', 'The change of keys was stopped.', { cause: signal.reason });
      }
      try {
        return await work(Math.max(LEAST_AT_ONCE, AT_ONCE >> (attempt - 1)));
      } catch (error) {
        const isOvertaken = error instanceof SessionError && error.code === 'conflict';
        if (!isOvertaken || attempt === ATTEMPTS) throw error;
      }
    }
  }
}

/** Where the items are that do not come and go with each run. */
function layout(shelves: readonly Shelf[]): string {
  const lasting = shelves.filter(({ name }) => !isLasting(name));
  return JSON.stringify(lasting.map(({ name, count, createdAt }) => [name, count, createdAt]));
}

/** `timeOf` tells the time of what is not encrypted, in seconds. */
async function contentsOf(
  keys: ConversationKeys,
  texts: readonly Uint8Array[],
  timeOf = (_index: number) => Number.NaN,
): Promise<Content[]> {
  const tokens = texts.map(tokenIn);
  const opened = await openAll(
    keys,
    tokens.filter((token) => token !== undefined),
  );
  let next = 0;
  return texts.map((text, index) => {
    const { isOld: isStale, ...content } = (tokens[index] ? opened[next++] : undefined) ?? plain(text, timeOf(index));
    return { ...content, isStale };
  });
}

function plain(text: Uint8Array, time: number): OpenedToken {
  return { text, time: Number.isFinite(time) ? time : Date.now() / 1000, isOld: text.length > 0 };
}

function envelopeText(token: Uint8Array | undefined): string {
  return parseText(envelopeOf(token as Uint8Array));
}
