import type { ChangeHead, WireEdit } from '../store-wire.ts';
import type { ReadyEdit } from './idb-change.ts';
import { type Chunk, type LooseChunk, partsOfUid, uidAt, withItem, withOnly } from './idb-chunk.ts';
import { HistoryParts, placeOf } from './idb-place.ts';
import {
  allOf,
  type ConversationRecord,
  type ShelfRecord,
  type StateRecord,
  type WriteTransaction,
} from './idb-schema.ts';

type EditOf<Type> = Extract<WireEdit, { type: Type }>;

/** Some items of one chunk, by their indices. */
interface Picked {
  chunk: Chunk;
  indices: number[];
}

/** The edits of one change of a conversation, in its transaction. What each means is said in core/include/agents/store.h. */
export class Editor {
  readonly #tx: WriteTransaction;
  readonly #id: string;
  readonly #now = Date.now();
  readonly #at = new Date(this.#now).toISOString();
  readonly #state: StateRecord;
  readonly #writes: Promise<unknown>[] = [];
  #conversation: ConversationRecord | undefined;

  constructor(
    tx: WriteTransaction,
    { conversationId }: ChangeHead,
    conversation: ConversationRecord | undefined,
    state: StateRecord,
  ) {
    this.#tx = tx;
    this.#id = conversationId;
    this.#conversation = conversation;
    this.#state = state;
  }

  /** Lets a request run on. `settled` tells of its failure. */
  write(request: Promise<unknown>): void {
    request.catch(() => undefined);
    this.#writes.push(request);
  }

  async perform(edit: ReadyEdit): Promise<void> {
    if (edit.type === 'note' || edit.type === 'describe' || edit.chunks?.length) this.#make();
    if (!this.#conversation) return;
    switch (edit.type) {
      case 'append':
        return this.#append(edit.shelf ?? '', edit.chunks ?? []);
      case 'remove':
        return this.#remove(edit);
      case 'replace':
        return this.#replace(edit, edit.item as Uint8Array);
      case 'shelve':
        return this.#shelve(edit);
      case 'standIn':
        return this.#standIn(edit.shelf, edit.chunks ?? []);
      case 'restore':
        return this.#restore(edit);
      case 'discard':
        return this.#discard(edit.shelf);
      case 'note':
        return this.#keepShelf(edit.shelf, { note: edit.note });
      case 'hold':
        this.#conversation.lease = { holder: edit.holder, since: this.#now, ms: edit.ms };
        return;
      case 'release':
        if (this.#conversation.lease?.holder === edit.holder) this.#conversation.lease = undefined;
        return;
      case 'describe':
        this.#conversation.title = edit.title ?? this.#conversation.title;
        this.#conversation.metadata = edit.metadata ?? this.#conversation.metadata;
        return;
      case 'clear':
        return this.#clear();
      case 'delete':
        return this.#delete();
      case 'setAside':
        // Every item here was checked on its way in.
        return;
    }
  }

  /** Stores what the conversation became; gives its version. */
  finish(isChange: boolean): string {
    const conversation = this.#conversation;
    if (isChange) {
      this.#state.clock += 1;
      this.write(this.#tx.objectStore('state').put(this.#state));
    }
    if (!conversation) return '0';
    if (isChange) Object.assign(conversation, { version: this.#state.clock, updatedAt: this.#at });
    this.write(this.#tx.objectStore('conversations').put(conversation));
    return String(conversation.version);
  }

  /** Resolves when all is stored. A failed request tells more than the transaction that it ended. */
  async settled(): Promise<void> {
    await Promise.all([...this.#writes, this.#tx.done]);
  }

  get #chunks() {
    return this.#tx.objectStore('chunks');
  }

  #make(): void {
    this.#conversation ??= {
      id: this.#id,
      title: '',
      metadata: '',
      createdAt: this.#at,
      updatedAt: this.#at,
      version: 0,
      next: this.#state.next,
    };
  }

  #place(): number {
    const conversation = this.#conversation as ConversationRecord;
    conversation.next += 1;
    return conversation.next - 1;
  }

  async #append(shelf: string, chunks: readonly LooseChunk[]): Promise<void> {
    if (chunks.length === 0) return;
    const count = chunks.reduce((sum, { lengths }) => sum + lengths.length, 0);
    await this.#keepShelf(shelf, { more: count });
    for (const chunk of chunks) {
      this.#put({ conversation: this.#id, shelf, place: this.#place(), at: this.#at, ...chunk });
    }
  }

  async #remove({ uids }: EditOf<'remove'>): Promise<void> {
    for (const picked of await this.#find(uids)) this.#takeOut(picked);
  }

  async #replace({ uid, shelf, sdk = '' }: EditOf<'replace'>, item: Uint8Array): Promise<void> {
    for (const { chunk, indices } of await this.#find([uid], shelf))
      this.#put(withItem(chunk, indices[0] as number, item, sdk));
  }

  async #shelve({ uids, shelf }: EditOf<'shelve'>): Promise<void> {
    const found = await this.#find(uids);
    if (found.length === 0) return;
    await this.#keepShelf(shelf, { more: found.reduce((sum, { indices }) => sum + indices.length, 0) });
    for (const picked of found) {
      this.#takeOut(picked);
      const was = Math.ceil(picked.chunk.place);
      this.#put({ ...withOnly(picked.chunk, picked.indices), shelf, was, place: this.#place() });
    }
  }

  async #standIn(shelf: string, chunks: readonly LooseChunk[]): Promise<void> {
    const last = (await this.#chunks.openCursor(allOf(this.#id, shelf), 'prev'))?.value;
    const own = { conversation: this.#id, shelf: '', place: 0, at: this.#at, was: last?.was };
    const slot = last?.was === undefined ? undefined : placeOf(last, last.numbers.length - 1).number;
    this.#toHistory(await this.#putBack(chunks.map((chunk) => ({ ...own, ...chunk, slot }))));
  }

  async #restore({ shelf, inPlace }: EditOf<'restore'>): Promise<void> {
    const chunks = await this.#chunks.getAll(allOf(this.#id, shelf));
    this.#discard(shelf);
    this.#toHistory(inPlace ? await this.#putBack(chunks) : chunks);
  }

  /** Behind all that is there. */
  #toHistory(chunks: readonly Chunk[]): void {
    for (const chunk of chunks) this.#put({ ...chunk, shelf: '', was: undefined, place: this.#place() });
  }

  /** Puts items where they were in the history; gives those whose places are taken, or that never had one. */
  async #putBack(chunks: readonly Chunk[]): Promise<Chunk[]> {
    const history = new HistoryParts(await this.#around(chunks.flatMap(({ was }) => was ?? [])));
    const left = chunks.flatMap((chunk) => history.add(chunk));
    const { gone, chunks: changed } = history.changes();
    for (const { conversation, shelf, place } of gone) this.write(this.#chunks.delete([conversation, shelf, place]));
    for (const chunk of changed) this.#put(chunk);
    return left;
  }

  /** What is in the history between the first of these places and the last. */
  async #around(places: readonly number[]): Promise<Chunk[]> {
    if (places.length === 0) return [];
    const first = places.reduce((one, other) => Math.min(one, other));
    const last = places.reduce((one, other) => Math.max(one, other));
    return this.#chunks.getAll(IDBKeyRange.bound([this.#id, '', first - 1], [this.#id, '', last], true));
  }

  #discard(shelf: string): void {
    this.write(this.#chunks.delete(allOf(this.#id, shelf)));
    this.write(this.#tx.objectStore('shelves').delete([this.#id, shelf]));
  }

  /** Makes a shelf, or changes it. The active history has nothing to be kept but its items. */
  async #keepShelf(name: string, { more = 0, note }: { more?: number; note?: string }): Promise<void> {
    if (name === '') return;
    const shelves = this.#tx.objectStore('shelves');
    const found = await shelves.get([this.#id, name]);
    const made = { conversation: this.#id, name, note: '', count: 0, createdAt: this.#at };
    const shelf: ShelfRecord = found ?? { ...made, order: this.#place() };
    shelf.count += more;
    shelf.note = note ?? shelf.note;
    this.write(shelves.put(shelf));
  }

  #clear(): void {
    this.write(this.#chunks.delete(allOf(this.#id)));
    this.write(this.#tx.objectStore('shelves').delete(allOf(this.#id)));
    (this.#conversation as ConversationRecord).lease = undefined;
  }

  #delete(): void {
    this.#clear();
    // A cursor of this conversation must mean nothing in a later one of its name.
    this.#state.next = Math.max(this.#state.next, (this.#conversation as ConversationRecord).next);
    this.write(this.#tx.objectStore('conversations').delete(this.#id));
    this.#conversation = undefined;
  }

  /** Where the named items of the active history or a shelf are, in its order. */
  async #find(uids: readonly string[], on = ''): Promise<Picked[]> {
    const wanted = new Set(uids);
    const operations = new Set(uids.map((uid) => partsOfUid(uid).operation));
    const index = this.#chunks.index('byOperation');
    const groups = await Promise.all([...operations].map((operation) => index.getAll([this.#id, operation])));
    return groups
      .flat()
      .filter(({ shelf }) => shelf === on)
      .map((chunk) => ({ chunk, indices: indicesOf(chunk, wanted) }))
      .filter(({ indices }) => indices.length > 0)
      .sort((one, other) => one.chunk.place - other.chunk.place);
  }

  #takeOut({ chunk, indices }: Picked): void {
    const rest = chunk.lengths.map((_, index) => index).filter((index) => !indices.includes(index));
    if (rest.length > 0) this.#put(withOnly(chunk, rest));
    else this.write(this.#chunks.delete([chunk.conversation, chunk.shelf, chunk.place]));
  }

  #put(chunk: Chunk): void {
    this.write(this.#chunks.put(chunk));
  }
}

function indicesOf(chunk: Chunk, wanted: ReadonlySet<string>): number[] {
  return chunk.numbers.flatMap((_, index) => (wanted.has(uidAt(chunk, index)) ? [index] : []));
}
