import { loadCore } from './instance.ts';
import { encodeItems, type Item } from './items.ts';
import type { TokenCalibration } from './sessions/token-calibration.ts';

export interface EstimateOptions {
  /** Counts the tokens of a text, as a tokenizer of your own does: exact but for images, files and what is encrypted. */
  tokenizer?: ((text: string) => number) | undefined;
  /** What the API's own counts said of the estimates of a conversation: `session.tokenCalibration(id)`. */
  calibration?: TokenCalibration | undefined;
}

/**
 * About how many tokens items cost a model that reads them, by the kinds of their characters: within a tenth for prose,
 * code, JSON, Chinese, Japanese and Korean of some length. Only the API counts exactly (`POST /responses/input_tokens`).
 * Fails with a SessionError (`invalid_item`) for what is no item, and as the tokenizer fails.
 *
 * @example
 * const tokens = await estimateTokens(await session.loadItems('user-123'));
 */
export async function estimateTokens(
  items: string | readonly (string | Item)[],
  options: EstimateOptions = {},
): Promise<number> {
  const text = encodeItems(items, 'items');
  if (options !== undefined && Object.keys(options).length > 0) {
    const { estimateWith } = await import('./token-options.ts');
    return estimateWith(text, options, estimated);
  }
  return estimated(text);
}

/** Of JSON. */
async function estimated(items: Uint8Array): Promise<number> {
  const core = await loadCore();
  return (await core.call('tokens', null, items)).head;
}
