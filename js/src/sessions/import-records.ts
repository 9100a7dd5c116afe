import { checkConversationId } from '../check.ts';
import { SessionError } from '../errors.ts';
import { depthOf, membersOf } from './json-slices.ts';
import { EXPORT_TYPE, EXPORT_VERSION } from './moving.ts';

/** What a line of an export says. Texts of JSON are as the line has them. */
export type ImportRecord =
  | { type: typeof EXPORT_TYPE }
  | { type: 'conversation'; id: string; title: string; metadata: string; items: number | undefined }
  | { type: 'shelf'; name: string; note: string }
  | ({ type: 'item' } & ImportedItem)
  | { type: 'end' };

export interface ImportedItem {
  /** Made of the item where the line has none. */
  uid: string | undefined;
  at: string | undefined;
  origin: { agent?: string; run?: string; turn?: number };
  sdk: string;
  shelf: string;
  /** On a shelf, and never in the history. */
  isAside: boolean;
  standsFor: string | undefined;
  item: string;
}

/** What stores take: a list of items is one level more. */
const DEEPEST = 499;
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Fails with a SessionError (`corrupt`, `invalid_item`, `unsupported`) whose message goes on behind "Line 17". */
export function recordOf(bytes: Uint8Array, isFirst: boolean): ImportRecord | BareItem {
  const { line, value } = parsed(bytes, isFirst);
  const members = membersOf(line);
  if (value.type === EXPORT_TYPE) return checkVersion(value);
  if (value.type === 'end' && !('role' in value)) return { type: 'end' };
  if (value.type === 'conversation') return conversationFrom(value, members);
  if (value.type === 'shelf') return shelfFrom(value, members);
  if (value.type === 'item') return { type: 'item', ...itemFrom(value, members) };
  return { type: 'bare', item: checkedItem(line) };
}

/** A line that is an item and nothing else, as others write them. */
export interface BareItem {
  type: 'bare';
  item: string;
}

type Value = Record<string, unknown>;
type Members = Map<string, string>;

function parsed(bytes: Uint8Array, isFirst: boolean): { line: string; value: Value } {
  let line: string;
  try {
    line = decoder.decode(bytes);
  } catch {
    throw damaged('is not UTF-8');
  }
  if (isFirst && line.startsWith('\ufeff')) line = line.slice(1);
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    // The reason that engines give has some of the text in it.
    throw damaged('is not JSON');
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { line, value: value as Value };
  throw damaged('is no JSON object');
}

function checkVersion({ version }: Value): ImportRecord {
  if (typeof version === 'number' && version <= EXPORT_VERSION) return { type: EXPORT_TYPE };
  const message = `begins an export of a version that this agents-wasm does not know. It knows ${EXPORT_VERSION}`;
  throw new SessionError('unsupported', message);
}

function conversationFrom({ id, title = '', items }: Value, members: Members): ImportRecord {
  if (!isText(id) || !isConversationId(id)) throw damaged("is a conversation without an 'id' that can be one");
  if (!isText(title)) throw damaged("has a 'title' that is no well-formed string");
  const count = typeof items === 'number' ? items : undefined;
  return { type: 'conversation', id, title, metadata: objectText(members, 'metadata'), items: count };
}

function shelfFrom({ name }: Value, members: Members): ImportRecord {
  if (!isText(name) || name === '') throw damaged("is a shelf without a 'name'");
  return { type: 'shelf', name, note: objectText(members, 'note') };
}

function itemFrom(value: Value, members: Members): ImportedItem {
  const { uid, agent, run, turn, shelf = '', aside, standsFor } = value;
  for (const [name, one] of Object.entries({ uid, agent, run, shelf, standsFor })) {
    if (one === undefined || one === null || isText(one)) continue;
    throw damaged(`has a '${name}' that is no well-formed string`);
  }
  if (turn !== undefined && turn !== null && !isTurn(turn)) throw damaged("has a 'turn' that is no whole number");
  const origin = {
    ...(agent ? { agent: agent as string } : {}),
    ...(run ? { run: run as string } : {}),
    ...(isTurn(turn) ? { turn } : {}),
  };
  const sdk = members.get('sdk') ?? 'null';
  return {
    uid: (uid as string) || undefined,
    at: timeFrom(value.at),
    origin,
    sdk: sdk === 'null' ? '' : sdk,
    shelf: (shelf as string) ?? '',
    isAside: aside === true,
    standsFor: (standsFor as string) || undefined,
    item: checkedItem(members.get('item') ?? ''),
  };
}

function checkedItem(item: string): string {
  if (!item.startsWith('{') && !item.trimStart().startsWith('{'))
    throw invalid('has no item, which must be a JSON object');
  if (depthOf(item) > DEEPEST) throw invalid(`has an item that is nested deeper than ${DEEPEST} levels`);
  return item;
}

/** As stores write times. */
function timeFrom(at: unknown): string | undefined {
  if (at === undefined || at === null) return undefined;
  const time = new Date(at as string);
  if (typeof at !== 'string' || Number.isNaN(time.getTime()) || time.toISOString().length !== 24) {
    throw damaged("has an 'at' that is no time, as ISO 8601 writes it");
  }
  return time.toISOString();
}

function objectText(members: Members, name: string): string {
  const text = members.get(name) ?? 'null';
  if (text === 'null') return '';
  if (text.startsWith('{')) return text;
  throw damaged(`has a '${name}' that is no JSON object`);
}

function isConversationId(id: string): boolean {
  try {
    checkConversationId(id);
    return true;
  } catch {
    return false;
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.isWellFormed();
}

function isTurn(turn: unknown): turn is number {
  return typeof turn === 'number' && Number.isInteger(turn) && turn >= 0 && turn < 2 ** 31;
}

function damaged(flaw: string): SessionError {
  return new SessionError('corrupt', flaw);
}

function invalid(flaw: string): SessionError {
  return new SessionError('invalid_item', flaw);
}
