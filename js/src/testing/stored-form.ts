import { typeOf } from './check/input.ts';
import { badRequest, notFound } from './errors.ts';
import type { ResponseIds } from './ids.ts';
import type { Item } from './wire.ts';

/** The item of an id, if the server has it. */
export type FindItem = (id: string) => Item | undefined;

/** Types that tell a request what to do. They are not part of a history. */
const INSTRUCTIONS = ['compaction_trigger', 'configuration_update'];

/** An item of the input as the API stores it: with a type, an id and a status, and content as parts. */
export function storedForm(item: Record<string, unknown>, find: FindItem, ids: ResponseIds): Item {
  const type = typeOf(item);
  if (type === 'item_reference') return referenced(String(item.id), find);
  const id = typeof item.id === 'string' ? item.id : ids.item(type);
  if (/^(?:function|custom_tool)_call/.test(type)) return { ...item, id, type, status: item.status ?? 'completed' };
  if (type !== 'message') return { ...item, id, type };
  const { role, content, ...rest } = item;
  return { ...rest, id, type, status: 'completed', content: parts(role, content), role };
}

/**
 * Items of the input as a conversation takes them up, which holds `held`. An item that the server has is taken up as it
 * has it, whatever else came with its id. Throws when there is no such item, or the conversation holds it.
 */
export function takenUp(
  items: readonly Item[],
  held: readonly Item[],
  { find, ids }: { find: FindItem; ids: ResponseIds },
): Item[] {
  for (const item of items) if (typeOf(item) === 'item_reference') referenced(String(item.id), find);
  const holds = new Set(held.map(({ id }) => id));
  if (items.some(({ id }) => id && holds.has(id))) {
    throw badRequest('Item already in conversation', 'items', 'item_already_in_conversation');
  }
  return lasting(items).map((item) => (item.id && find(item.id)) || storedForm(item, find, ids));
}

/** The items that belong into a history. */
export function lasting<T extends Record<string, unknown>>(items: readonly T[]): T[] {
  return items.filter(({ type }) => !INSTRUCTIONS.includes(String(type)));
}

function parts(role: unknown, content: unknown): unknown {
  if (typeof content === 'string') {
    return [role === 'assistant' ? outputText({ text: content }) : { type: 'input_text', text: content }];
  }
  if (!Array.isArray(content)) return content;
  return content.map((part) => {
    if (part.type === 'output_text') return outputText(part);
    return part.type === 'input_image' ? { detail: 'auto', ...part } : part;
  });
}

function outputText(part: object): object {
  return { type: 'output_text', annotations: [], logprobs: [], ...part };
}

function referenced(id: string, find: FindItem): Item {
  const item = find(id);
  if (item) return item;
  throw itemNotFound(id);
}

export function itemNotFound(id: string): Error {
  return notFound(
    `Item with id '${id}' not found. Items are not persisted when \`store\` is set to false. Try again with \`store\` set to true, or remove this item from your input.`,
    'input',
  );
}
