import { jsonFlaw, kindOf, refuse, writingFlaw } from './check.ts';
import { SessionError } from './errors.ts';

/**
 * One input or output item of the Responses API, as the wire has it (snake_case). Fields and types that this package
 * does not know survive every round trip.
 */
export interface Item {
  type?: string | undefined;
  role?: string | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: the API's items are an open set
  [field: string]: any;
}

/**
 * An item as a session gives it. What the session knows beside the item is not enumerable, so that the item can go back
 * to the API, or through `JSON.stringify`, as it is.
 */
export interface StoredItem extends Item {
  /** Names the item in its conversation, for `deleteItems` and `replaceItem`. */
  readonly uid?: string;
  /** The agent that produced the item; none for what a user said. */
  readonly agent?: { readonly name: string };
  /** The run that added it. */
  readonly runId?: string;
  /** The turn of that run: from 1, and 0 for the run's own input. */
  readonly turn?: number;
  readonly createdAt?: Date;
}

/** A user's words, or a list of items; a string in the list is a user message, and so is `{type: 'user', content}`. */
export type RunInput = string | readonly (string | Item)[];

/** What a run added, with its meaning for the run: the SDK's run items. */
export interface RunItem {
  type:
    | 'message_output_item'
    | 'tool_call_item'
    | 'tool_call_output_item'
    | 'reasoning_item'
    | 'handoff_call_item'
    | 'handoff_output_item'
    | 'compaction_item'
    | 'tool_approval_item';
  rawItem: Item;
  /** One of the run's agents; only its name for an agent that the run has not got any more. */
  agent: { readonly name: string };
}

/** A call that waits until somebody agrees to it. */
export interface RunToolApprovalItem extends RunItem {
  type: 'tool_approval_item';
  /** Of the tool. */
  name: string;
  /** JSON, as the model wrote it. */
  arguments: string;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function parseText(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

export function parseJson<T>(bytes: Uint8Array): T {
  return JSON.parse(parseText(bytes)) as T;
}

/**
 * The JSON of `items` as bytes. Fails with a SessionError (`invalid_item`) that names the element where JSON would
 * lose or change something: it turns NaN into null and drops functions in silence.
 */
export function encodeItems(items: unknown, argument: string): Uint8Array {
  return encoder.encode(itemsText(items, argument));
}

export function itemsText(items: unknown, argument: string): string {
  if (typeof items === 'string') return elementText(items, argument);
  if (!Array.isArray(items)) throw invalid(argument, `must be an array of items, but is ${kindOf(items)}`);
  const texts: string[] = [];
  for (let index = 0; index < items.length; index++) texts.push(elementText(items[index], `${argument}[${index}]`));
  return `[${texts.join(',')}]`;
}

interface ElementRules {
  /** What a member stands for, before the rules. */
  raw?: (holder: Record<string, unknown>, key: string, value: unknown) => unknown;
  /** Whether half a character may stay, which JSON can write and UTF-8 cannot. */
  surrogates?: 'kept' | 'refused';
}

/** The JSON of one of the items, under the rules of `encodeItems`. */
export function elementText(element: unknown, name: string, { raw, surrogates }: ElementRules = {}): string {
  const isItem = typeof element === 'object' && element !== null && !Array.isArray(element);
  if (!isItem && typeof element !== 'string') {
    throw invalid(name, `must be an object or a string, but is ${kindOf(element)}`);
  }
  let text: string | undefined;
  try {
    text = JSON.stringify(element, function (this: Record<string, unknown>, key, value: unknown) {
      const meant = raw ? raw(this, key, value) : value;
      checkMember(meant, name, key, surrogates);
      return meant;
    });
  } catch (error) {
    if (error instanceof SessionError) throw error;
    throw invalid(name, writingFlaw(error), error);
  }
  if (text === undefined || (isItem && !text.startsWith('{'))) throw invalid(name, 'must be an object in JSON too');
  return text;
}

function checkMember(value: unknown, name: string, key: string, surrogates: ElementRules['surrogates']): void {
  const where = key === '' ? name : `${name}: the value of ${JSON.stringify(key)}`;
  const flaw = jsonFlaw(value);
  if (flaw) throw invalid(where, flaw);
  if (surrogates === 'kept') return;
  if (typeof value === 'string' && !value.isWellFormed()) throw invalid(where, 'contains a lone surrogate');
  if (!key.isWellFormed()) throw invalid(name, 'has a member whose name contains a lone surrogate');
}

function invalid(name: string, flaw: string, cause?: unknown): SessionError {
  return new SessionError('invalid_item', `${name} ${flaw}.`, cause === undefined ? undefined : { cause });
}

interface Origin {
  uid: string;
  agent: string | null;
  run: string | null;
  turn: number | null;
  at: string;
}

/** The items of a page, each with what the session knows of it. */
export function storedItems(page: { items: Item[]; origins: Origin[] }): StoredItem[] {
  page.items.forEach((item, index) => {
    const origin = page.origins[index];
    if (!origin) return;
    describeItem(item, {
      uid: origin.uid,
      agent: origin.agent === null ? undefined : { name: origin.agent },
      runId: origin.run ?? undefined,
      turn: origin.turn ?? undefined,
      createdAt: new Date(origin.at),
    });
  });
  return page.items;
}

/** Adds what is known beside the item, so that it is read but not written. */
export function describeItem(
  item: Item,
  known: { [Name in keyof StoredItem]?: StoredItem[Name] | undefined },
): StoredItem {
  for (const [name, value] of Object.entries(known)) {
    // An item's own field of that name belongs to the wire.
    if (value === undefined || Object.hasOwn(item, name)) continue;
    Object.defineProperty(item, name, { value, enumerable: false, configurable: true });
  }
  return item;
}

/**
 * The input items that `runItems` stand for, ready for `saveItems` or for another run.
 *
 * @example
 * await session.saveItems('conv-123', runItemsToInputItems(result.newItems));
 */
export function runItemsToInputItems(runItems: readonly RunItem[]): Item[] {
  if (!Array.isArray(runItems)) refuse('runItems', runItems, 'an array of run items');
  return runItems.map((runItem: Partial<RunItem> | null | undefined, index) => {
    const item = runItem?.rawItem;
    if (typeof item !== 'object' || item === null) refuse(`runItems[${index}]`, runItem, 'an item of result.newItems');
    return item;
  });
}
