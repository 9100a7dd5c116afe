import { badRequest, invalidType, missing } from '../errors.ts';
import { type Item, isObject } from '../wire.ts';
import { type Check, nullable } from './checks.ts';
import { checkFields, type Fields } from './fields.ts';
import { inputItem, itemIds } from './input.ts';
import { metadata } from './metadata.ts';

/** How many items one request may bring. */
const MAX_ITEMS = 20;

const items: Check = (value, path) => {
  if (!Array.isArray(value)) throw invalidType(path, 'an array of objects', value);
  if (value.length > MAX_ITEMS) {
    throw badRequest(
      `Invalid '${path}': array too long. Expected an array with maximum length ${MAX_ITEMS}, but got an array with length ${value.length} instead.`,
      path,
      'array_above_max_length',
    );
  }
  for (const [index, item] of value.entries()) {
    if (!isObject(item)) throw invalidType(`${path}[${index}]`, 'an object', item);
    inputItem(item, `${path}[${index}]`);
  }
  itemIds(value, path);
};

const someItems: Check = (value, path) => {
  items(value, path);
  if ((value as unknown[]).length > 0) return;
  throw badRequest(
    `Invalid '${path}': empty array. Expected an array with minimum length 1, but got an empty array instead.`,
    path,
    'empty_array',
  );
};

interface NewConversation {
  items?: Item[] | null;
  metadata?: Record<string, string> | null;
}

/** The body of `POST /v1/conversations`. */
export function checkConversation(body: unknown): NewConversation {
  return checked(body, { items: nullable(items), metadata: nullable(metadata) });
}

/** The body of `POST /v1/conversations/{id}`. */
export function checkUpdate(body: unknown): { metadata: Record<string, string> | null } {
  return checked(body, { metadata: nullable(metadata) }, 'metadata');
}

/** The body of `POST /v1/conversations/{id}/items`. */
export function checkItems(body: unknown): { items: Item[] } {
  return checked(body, { items: someItems }, 'items');
}

/** Throws unless `id`, which came as `param`, may be that of a conversation. */
export function checkConversationId(id: string, param: string): void {
  if (id.startsWith('conv')) return;
  throw badRequest(`Invalid '${param}': '${id}'. Expected an ID that begins with 'conv'.`, param, 'invalid_value');
}

function checked<T>(body: unknown, fields: Fields, required?: string): T {
  if (!isObject(body)) throw badRequest('Invalid body: expected an object.', null, 'invalid_type');
  if (required !== undefined && body[required] === undefined) throw missing(required);
  checkFields(body, fields);
  return body as T;
}
