import { base64 } from '../bytes.ts';
import { refuse } from '../check.ts';
import { elementText, type Item } from '../items.ts';
import { type Fields, isFields, same } from './fields.ts';
import { fromWire } from './from-wire.ts';
import type { SdkItem } from './sdk-item.ts';
import { toWire } from './to-wire.ts';

/** An item of the SDK as a store keeps it. */
export interface KeptItem {
  /** What Python, our runs and the API read. */
  item: Item;
  /** The SDK's item as JSON, where `item` does not tell it again; else empty. */
  sdk: string;
}

/** The items as a store keeps them. Fails with a SessionError (`invalid_item`) that names one which JSON would change. */
export function keptItems(items: unknown, argument: string): KeptItem[] {
  if (!Array.isArray(items)) refuse(argument, items, "an array of the SDK's items");
  return Array.from(items, (item, index) => keptItem(item, `${argument}[${index}]`));
}

export function keptItem(value: unknown, name: string): KeptItem {
  if (!isFields(value)) refuse(name, value, "one of the SDK's items");
  const text = textOf(value, name);
  const sdkItem = JSON.parse(text);
  // Only a lone surrogate is written so. The wire cannot have it, and a tool that cut a text may well give one.
  const item = toWire(text.includes('\\ud') ? (wellFormed(sdkItem) as Fields) : sdkItem);
  // The wire does not name the tool of an output; what name it gets depends on what is read with it.
  const tells = sdkItem.type !== 'function_call_result' && same(fromWire(item), sdkItem);
  return { item, sdk: tells ? '' : text };
}

/** The SDK's items as they come back: without `undefined`, with bytes as data URLs. */
export function asStored(items: unknown, argument: string): SdkItem[] {
  if (!Array.isArray(items)) refuse(argument, items, "an array of the SDK's items");
  return Array.from(items, (item, index) => JSON.parse(textOf(item, `${argument}[${index}]`)));
}

/**
 * The items of a page in the SDK's form; `sdk` has for each of them what was kept beside it, `known` the names of tools
 * by the ids of calls that are not among them.
 */
export function sdkItems(
  items: readonly Item[],
  sdk: readonly unknown[],
  known: readonly [string, string][] = [],
): SdkItem[] {
  const names = new Map<unknown, string>(known);
  return items.map((item, index) => {
    if (item.type === 'function_call') names.set(item.call_id, item.name);
    return (sdk[index] ?? fromWire(item, (callId) => names.get(callId))) as SdkItem;
  });
}

function textOf(item: unknown, name: string): string {
  return elementText(item, name, { raw: bytesAsUrl, surrogates: 'kept' });
}

function wellFormed(value: unknown): unknown {
  if (typeof value === 'string') return value.toWellFormed();
  if (Array.isArray(value)) return value.map(wellFormed);
  if (!isFields(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name.toWellFormed(), wellFormed(inner)]));
}

/** As the SDK's runner writes bytes into a session. */
function bytesAsUrl(holder: Fields, key: string, value: unknown): unknown {
  // What a Buffer's own toJSON made of it is of no use.
  const bytes = holder[key];
  if (!(bytes instanceof Uint8Array) && !(bytes instanceof ArrayBuffer)) return value;
  const { mediaType } = holder;
  const type =
    typeof mediaType === 'string' && mediaType !== '' && !mediaType.startsWith('data:') ? mediaType : 'text/plain';
  return `data:${type};base64,${base64(new Uint8Array(bytes as ArrayBuffer))}`;
}
