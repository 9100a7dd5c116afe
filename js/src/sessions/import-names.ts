import type { Shelf } from '../store-wire.ts';
import type { NamedItem } from './import-plan.ts';
import type { ImportedItem } from './import-records.ts';

export interface ImportedConversation {
  id: string;
  title: string;
  metadata: string;
  /** How many items it must have, where the file says it. */
  count: number | undefined;
  shelves: Pick<Shelf, 'name' | 'note'>[];
  items: ImportedItem[];
}

/** What a conversation has already: the texts of its items by their uids, and the names of its shelves. */
export interface There {
  items: Map<string, string>;
  shelves: Set<string>;
}

/** A row of Python's has no name but its number, which another row may get in the file that it comes to. */
const ROW = /^row-\d+$/;
const RENAMED_ROW = /^(row-\d+)-\w+$/;
const ROW_IN_NOTE = /"(row-\d+)"/g;

/**
 * The items with names. One without is named by what it says and how often that was said before it, so that it has the
 * same name when it is imported again. Of two under one name the first counts.
 */
export function namedItems(items: readonly ImportedItem[]): NamedItem[] {
  const now = new Date().toISOString();
  const said = new Map<string, number>();
  const named = new Map<string, NamedItem>();
  for (const one of items) {
    const uid = one.uid ?? nameOf(one.item, said);
    if (!named.has(uid)) named.set(uid, { ...one, uid, at: one.at ?? now });
  }
  return [...named.values()];
}

function nameOf(item: string, said: Map<string, number>): string {
  const name = `item-${hashOf(item)}`;
  const number = said.get(name) ?? 0;
  said.set(name, number + 1);
  return `${name}.${number}`;
}

/** Those that are not there yet. A row of Python's that comes back has the name that it got elsewhere. */
export function withoutKnown(items: readonly NamedItem[], { items: there }: There): NamedItem[] {
  const isBack = ({ uid, item }: NamedItem) => there.get(RENAMED_ROW.exec(uid)?.[1] ?? '') === item;
  return items.filter((one) => !there.has(one.uid) && !isBack(one));
}

/** With other names for rows of Python's, unless they are those that are there. */
export function renameRows(conversation: Named, there: There): Named {
  const names = new Map<string, string>();
  for (const { uid, item } of conversation.items) {
    if (ROW.test(uid) && there.items.get(uid) !== item) names.set(uid, `${uid}-${hashOf(item)}`);
  }
  if (names.size === 0) return conversation;
  const items = conversation.items.map((one) => ({ ...one, uid: names.get(one.uid) ?? one.uid }));
  const shelves = conversation.shelves.map(({ name, note }) => ({
    name,
    note: note.replace(ROW_IN_NOTE, (text, uid: string) => (names.has(uid) ? `"${names.get(uid)}"` : text)),
  }));
  return { items, shelves };
}

interface Named {
  items: readonly NamedItem[];
  shelves: readonly Pick<Shelf, 'name' | 'note'>[];
}

/** 53 bits of FNV-1a's kind: enough to tell the items of a conversation apart, and no defence. */
function hashOf(text: string): string {
  let low = 0x811c9dc5;
  let high = 0x1b873593;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    low = Math.imul(low ^ code, 0x01000193);
    high = Math.imul(high ^ code, 0x85ebca6b);
    high ^= low >>> 15;
  }
  return ((high >>> 0) * 2 ** 21 + (low >>> 11)).toString(36);
}
