import type { AppendEdit, Shelf, WireEdit } from '../store-wire.ts';
import type { ImportedItem } from './import-records.ts';
import { FOLD_PREFIX } from './moving.ts';

/** An item of an import, which has a name by now. */
export interface NamedItem extends ImportedItem {
  uid: string;
  at: string;
}

/** A conversation of an import, as far as it is to be added. */
export interface Addition {
  /** Where the conversation is not there yet. */
  description: { title: string; metadata: string } | undefined;
  shelves: readonly Pick<Shelf, 'name' | 'note'>[];
  items: readonly NamedItem[];
}

/**
 * The edits that build a conversation as it was: all that was said comes into the history, from where it goes to the
 * shelves again, folds within folds in the order in which they were made. `there`: the shelves that need no note.
 */
export function planAddition({ description, shelves, items }: Addition, there: ReadonlySet<string>) {
  const plan = new Plan();
  if (description) plan.add({ type: 'describe', ...withoutEmpty(description), title: description.title });
  for (const { name, note } of shelves) {
    if (note !== '' && !there.has(name)) plan.add({ type: 'note', shelf: name, note });
  }
  const isPlaced = (one: NamedItem) => one.standsFor === undefined && !one.isAside;
  plan.append(items.filter(isPlaced));
  const folds = shelves.filter(({ name }) => name.startsWith(FOLD_PREFIX)).map(({ name }) => name);
  const standIns = new Map(items.map((one) => [one.standsFor, one]));
  for (const shelf of folds) {
    plan.shelve(items, shelf);
    const standIn = standIns.get(shelf);
    if (standIn) plan.standIn(standIn, shelf);
  }
  const others = new Set(items.map(({ shelf }) => shelf).filter((shelf) => shelf !== '' && !folds.includes(shelf)));
  for (const shelf of others) plan.shelve(items, shelf);
  for (const shelf of [...folds, ...others]) {
    plan.append(
      items.filter((one) => one.isAside && one.shelf === shelf),
      shelf,
    );
  }
  return { edits: plan.edits, body: plan.body };
}

function withoutEmpty({ metadata }: { metadata: string }): { metadata?: string } {
  return metadata === '' ? {} : { metadata };
}

const encoder = new TextEncoder();

class Plan {
  readonly edits: WireEdit[] = [];
  readonly body: Uint8Array[] = [];

  add(edit: WireEdit): void {
    this.edits.push(edit);
  }

  /** Neighbours of one origin in one edit. */
  append(items: readonly NamedItem[], shelf = ''): void {
    for (let from = 0; from < items.length; ) {
      const key = JSON.stringify(items[from]?.origin);
      let to = from + 1;
      while (to < items.length && JSON.stringify(items[to]?.origin) === key) to += 1;
      this.add({ type: 'append', ...(shelf === '' ? {} : { shelf }), ...this.#batch(items.slice(from, to)) });
      from = to;
    }
  }

  standIn(item: NamedItem, shelf: string): void {
    this.add({ type: 'standIn', shelf, ...this.#batch([item]) });
  }

  shelve(items: readonly NamedItem[], shelf: string): void {
    const uids = items.filter((one) => one.shelf === shelf && !one.isAside).map(({ uid }) => uid);
    if (uids.length > 0) this.add({ type: 'shelve', uids, shelf });
  }

  #batch(items: readonly NamedItem[]): Omit<AppendEdit, 'type' | 'shelf'> {
    const text = encoder.encode(items.map(({ item }) => item).join(','));
    this.body.push(text);
    const sdk = items.map((one) => one.sdk);
    return {
      bytes: text.length,
      origin: (items[0] as NamedItem).origin,
      kept: items.map(({ uid, at }) => ({ uid, at })),
      ...(sdk.some((one) => one !== '') ? { sdk } : {}),
    };
  }
}
