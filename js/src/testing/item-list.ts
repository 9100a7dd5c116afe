import type { ListQuery } from './check/list-query.ts';
import { notFound } from './errors.ts';
import { type Item, isObject } from './wire.ts';

/** A list object of these items, as they are. */
export function itemList(data: readonly Item[], { hasMore = false } = {}): object {
  return {
    object: 'list',
    data,
    first_id: data[0]?.id ?? null,
    has_more: hasMore,
    last_id: data.at(-1)?.id ?? null,
  };
}

/** The part of `items`, which begin with the oldest, that a query asks for. Throws when it begins nowhere. */
export function itemPage(items: readonly Item[], { limit, order, after, include }: ListQuery): object {
  const ordered = order === 'asc' ? items : items.toReversed();
  const start = after === null ? 0 : ordered.findIndex(({ id }) => id === after) + 1;
  if (after !== null && start === 0) throw notFound(`No item found with id '${after}'`, 'after');
  const data = ordered.slice(start, start + limit).map((item) => shown(item, include));
  return itemList(data, { hasMore: start + limit < ordered.length });
}

/** An item as it is shown: what a model thought, and what hosted tools found, is told only to who asks for it. */
export function shown(item: Item, include: readonly string[]): Item {
  const asksFor = (field: string) => include.includes(`${item.type}.${field}`);
  switch (item.type) {
    case 'reasoning':
      return asksFor('encrypted_content') ? item : without(item, 'encrypted_content');
    case 'file_search_call':
      return asksFor('results') ? item : { ...item, results: null };
    case 'code_interpreter_call':
      return asksFor('outputs') ? item : { ...item, outputs: null };
    case 'web_search_call':
      return asksFor('action.sources') || !isObject(item.action)
        ? item
        : { ...item, action: without(item.action, 'sources') };
    default:
      return item;
  }
}

function without<T extends object>(value: T, field: string): T {
  return Object.fromEntries(Object.entries(value).filter(([name]) => name !== field)) as T;
}
