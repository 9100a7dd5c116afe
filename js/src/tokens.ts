import { loadCore } from './instance.ts';
import { encodeItems, type Item } from './items.ts';

/**
 * About how many tokens items cost a model that reads them, by the kinds of their characters: a few percent more than
 * there are, for ordinary texts. Only the API counts exactly (`POST /responses/input_tokens`). Fails with a SessionError
 * (`invalid_item`) for what is no item.
 *
 * @example
 * const tokens = await estimateTokens(await session.loadItems('user-123'));
 */
export async function estimateTokens(items: string | readonly (string | Item)[]): Promise<number> {
  const core = await loadCore();
  const { head } = await core.call('tokens', null, encodeItems(items, 'items'));
  return head;
}
