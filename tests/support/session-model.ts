import type { Item } from 'agents-wasm';
import type { Change, Edit } from '../../dist/sessions/store-calls.js';

/** What a store of sessions must do, written as plainly as it goes: lists in memory. */

export interface Entry {
  item: Item;
  agent: string | null;
  run: string | null;
  turn: number | null;
  sdk: unknown;
  /** As the store named it, once it was seen. */
  uid?: string;
  /** Where it is in its list, and where it was in the active history. */
  position: number;
  place?: number | undefined;
}

export interface ModelShelf {
  note: string;
  entries: Entry[];
}

export interface ModelConversation {
  title: string;
  metadata: string;
  /** '' is the active history. In the order in which they were made. */
  shelves: Map<string, ModelShelf>;
  lease?: { holder: string; isOver: boolean } | undefined;
  version: number;
}

/** The message is the code of the error. */
export class Refusal extends Error {}

export class SessionModel {
  readonly conversations = new Map<string, ModelConversation>();
  readonly #operations = new Map<string, string>();
  readonly #next = (
    (position) => () =>
      position++
  )(1);
  #clock = 0;

  /** Tells whether the change had taken effect before. `uids` in it are the store's. */
  apply(id: string, change: Change): { repeated: boolean } {
    const isDeletedBeside = change.edits.length > 1 && change.edits.some(({ type }) => type === 'delete');
    if (isDeletedBeside) throw new Refusal('invalid_argument');
    const print = JSON.stringify([id, change.edits]);
    const known = this.#operations.get(change.opId);
    if (known !== undefined && known !== print) throw new Refusal('conflict');
    if (known !== undefined) return { repeated: true };
    this.#checkAdmitted(id, change);
    for (const edit of change.edits) this.#perform(id, edit);
    if (change.edits.some(({ type }) => type !== 'hold' && type !== 'release')) {
      this.#clock += 1;
      const conversation = this.conversations.get(id);
      if (conversation) conversation.version = this.#clock;
    }
    if (change.opId !== '') this.#operations.set(change.opId, print);
    return { repeated: false };
  }

  version(id: string): number {
    return this.conversations.get(id)?.version ?? 0;
  }

  entries(id: string, shelf = ''): Entry[] {
    return this.conversations.get(id)?.shelves.get(shelf)?.entries ?? [];
  }

  /** The ids, the one changed last first. */
  listed(): string[] {
    return [...this.conversations].sort(([, one], [, other]) => other.version - one.version).map(([id]) => id);
  }

  #checkAdmitted(id: string, { expectVersion, heldBy, edits }: Change): void {
    if (expectVersion !== undefined && Number(expectVersion) !== this.version(id)) throw new Refusal('conflict');
    const lease = this.conversations.get(id)?.lease;
    if (heldBy !== undefined && lease?.holder !== heldBy) throw new Refusal('conflict');
    for (const edit of edits) {
      if (edit.type !== 'hold' || edit.force || !lease || lease.isOver) continue;
      if (lease.holder !== edit.holder) throw new Refusal('conflict');
    }
  }

  #perform(id: string, edit: Edit): void {
    const isMaking =
      (edit.type === 'append' && edit.items.length > 0) || ['standIn', 'note', 'describe'].includes(edit.type);
    if (isMaking && !this.conversations.has(id)) {
      this.conversations.set(id, { title: '', metadata: '', shelves: new Map(), version: 0 });
    }
    const conversation = this.conversations.get(id);
    if (!conversation) return;
    if (edit.type === 'delete') this.conversations.delete(id);
    perform(conversation, edit, this.#next);
  }
}

function perform(conversation: ModelConversation, edit: Edit, next: () => number): void {
  const { shelves } = conversation;
  const shelf = (name: string): ModelShelf => {
    if (!shelves.has(name)) shelves.set(name, { note: '', entries: [] });
    return shelves.get(name) as ModelShelf;
  };
  const active = shelf('');
  const toEnd = (entries: readonly Entry[], { entries: list } = active) =>
    list.push(...entries.map((entry) => ({ ...entry, place: undefined, position: next() })));
  const putBack = (entries: readonly Entry[]) => {
    const left: Entry[] = [];
    for (const { place, ...entry } of entries) {
      const isTaken = active.entries.some(({ position }) => position === place);
      if (place === undefined || isTaken) left.push({ ...entry });
      else active.entries.push({ ...entry, position: place });
    }
    active.entries.sort((one, other) => one.position - other.position);
    toEnd(left);
  };
  const isNamed = (uids: readonly string[]) => (entry: Entry) => entry.uid !== undefined && uids.includes(entry.uid);
  switch (edit.type) {
    case 'append': {
      const { agent = null, run = null, turn = null } = edit.origin ?? {};
      const sdkOf = (index: number) => (edit.sdk?.[index] ? JSON.parse(edit.sdk[index]) : null);
      const entries = edit.items.map((item, index) => ({ item, agent, run, turn, sdk: sdkOf(index), position: 0 }));
      if (entries.length > 0) toEnd(entries, shelf(edit.shelf ?? ''));
      return;
    }
    case 'standIn': {
      const { agent = null, run = null, turn = null } = edit.origin ?? {};
      const sdk = edit.sdk?.[0] ? JSON.parse(edit.sdk[0]) : null;
      const place = shelves.get(edit.shelf)?.entries.at(-1)?.place;
      putBack([{ item: edit.item, agent, run, turn, sdk, position: 0, place }]);
      return;
    }
    case 'remove':
      active.entries = active.entries.filter((entry) => !isNamed(edit.uids)(entry));
      return;
    case 'replace':
      for (const entry of active.entries.filter(isNamed([edit.uid]))) {
        entry.item = edit.item;
        entry.sdk = edit.sdk ? JSON.parse(edit.sdk) : null;
      }
      return;
    case 'shelve': {
      const named = active.entries.filter(isNamed(edit.uids));
      const shelved = named.map((entry) => ({ ...entry, place: entry.position, position: next() }));
      if (named.length > 0) shelf(edit.shelf).entries.push(...shelved);
      active.entries = active.entries.filter((entry) => !isNamed(edit.uids)(entry));
      return;
    }
    case 'restore': {
      const entries = shelves.get(edit.shelf)?.entries ?? [];
      shelves.delete(edit.shelf);
      if (edit.inPlace) putBack(entries);
      else toEnd(entries);
      return;
    }
    case 'discard':
      shelves.delete(edit.shelf);
      return;
    case 'note':
      shelf(edit.shelf).note = edit.note;
      return;
    case 'hold':
      conversation.lease = { holder: edit.holder, isOver: edit.ms === 0 };
      return;
    case 'release':
      if (conversation.lease?.holder === edit.holder) conversation.lease = undefined;
      return;
    case 'describe':
      conversation.title = edit.title ?? conversation.title;
      conversation.metadata = edit.metadata ?? conversation.metadata;
      return;
    case 'clear':
      shelves.clear();
      conversation.lease = undefined;
  }
}
