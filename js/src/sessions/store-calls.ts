import { joinBytes } from '../bytes.ts';
import { encodeItems, type Item } from '../items.ts';
import type {
  AppendEdit,
  AppliedHead,
  ChangeHead,
  Origin,
  PageHead,
  PlainEdit,
  ReadQuery,
  ReplaceEdit,
  StandInEdit,
  WireEdit,
} from '../store-wire.ts';
import type { StoredSession } from './stored-session.ts';

/** A session of ours. */
export type Opened = Pick<StoredSession, 'opened'>;

/** A page, read. */
export interface StoredPage extends Omit<PageHead, 'count' | 'itemBytes'> {
  items: Item[];
  /** One for each item, where they were asked for. */
  origins: Origin[];
}

export type { Origin } from '../store-wire.ts';

export type Edit =
  | PlainEdit
  | (Omit<AppendEdit, 'bytes' | 'lengths' | 'origin'> & { items: readonly Item[]; origin?: AppendEdit['origin'] })
  | (Omit<StandInEdit, 'bytes' | 'lengths' | 'origin'> & { item: Item; origin?: AppendEdit['origin'] })
  | (Omit<ReplaceEdit, 'bytes'> & { item: Item });

export interface Change extends Omit<ChangeHead, 'conversationId' | 'changes' | 'edits'> {
  edits: readonly Edit[];
}

const decoder = new TextDecoder();

/** Reads from the store of a session of ours, all that it knows: shelves, uids, versions. */
export async function readPage(session: Opened, query: ReadQuery): Promise<StoredPage> {
  const { core, id } = await session.opened();
  const { head, body } = await core.call('session.read', { ...query, session: id });
  const { count: _, itemBytes, ...rest } = head as PageHead;
  const list = (bytes: Uint8Array) => JSON.parse(`[${decoder.decode(bytes)}]`);
  return { ...rest, items: list(body.subarray(0, itemBytes)), origins: list(body.subarray(itemBytes)) };
}

/** Changes a conversation in the store of a session of ours: all edits in their order, or none. */
export async function applyChange(session: Opened, conversationId: string, change: Change): Promise<AppliedHead> {
  const texts: Uint8Array[] = [];
  const edits = change.edits.map((edit) => wireEdit(edit, texts));
  const { core, id } = await session.opened();
  const { head } = await core.call(
    'session.apply',
    { ...change, conversationId, edits, session: id },
    joinBytes(texts),
  );
  return head as AppliedHead;
}

/** Adds the edit's text to `texts`. */
function wireEdit(edit: Edit, texts: Uint8Array[]): WireEdit {
  if (!('item' in edit || 'items' in edit)) return edit;
  const isAppend = edit.type === 'append';
  const items = isAppend ? edit.items : [edit.item];
  const text = encodeItems(items, isAppend ? 'items' : 'item').subarray(1, -1);
  texts.push(text);
  const where = { bytes: text.length, ...(edit.shelf ? { shelf: edit.shelf } : {}) };
  if (edit.type === 'replace') return { type: 'replace', uid: edit.uid, ...where, ...sdkOf(edit) };
  const { type, shelf = '', origin = {}, kept } = edit;
  const more = { ...where, origin, ...sdkOf(edit), ...(kept ? { kept } : {}) };
  return type === 'standIn' ? { type, ...more, shelf } : { type, ...more };
}

function sdkOf<T>({ sdk }: { sdk?: T }): { sdk?: T } {
  return sdk === undefined ? {} : { sdk };
}
