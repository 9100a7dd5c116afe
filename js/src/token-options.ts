import { checkFunction, checkOptions, refuse } from './check.ts';
import { UserError } from './errors.ts';
import { parseJson } from './items.ts';
import type { EstimateOptions } from './tokens.ts';

/** What a model does not read as text, or not as what it says. As core/src/item/tokens.cpp has it. */
const NO_TEXT = new Set([
  'type',
  'id',
  'role',
  'status',
  'call_id',
  'detail',
  'image_url',
  'file_id',
  'file_url',
  'file_data',
  'encrypted_content',
]);

/** Some of the texts of a call of the image tool are the image. */
const LONGEST_RESULT = 1024;

const encoder = new TextEncoder();

export async function estimateWith(
  items: Uint8Array,
  options: EstimateOptions,
  estimated: (items: Uint8Array) => Promise<number>,
): Promise<number> {
  checkOptions('options', options);
  const { tokenizer, calibration } = options;
  if (tokenizer !== undefined) checkFunction('options.tokenizer', tokenizer);
  const factor = factorOf(calibration);
  if (!tokenizer) return Math.ceil((await estimated(items)) * factor);
  if (calibration !== undefined) {
    throw new UserError('user_error', 'A tokenizer counts what a calibration corrects. Give one of them.');
  }
  let counted = 0;
  // What is left of the items is what the tokenizer cannot know: images, files, and what each item costs by itself.
  const rest = withoutTexts(parseJson(items), '', (text) => {
    counted += checkedCount(tokenizer(text));
  });
  return counted + (await estimated(encoder.encode(JSON.stringify(rest))));
}

function factorOf(calibration: unknown): number {
  if (calibration === undefined) return 1;
  const { factor } = (calibration ?? {}) as { factor?: unknown };
  if (typeof factor === 'number' && factor > 0 && Number.isFinite(factor)) return factor;
  return refuse('options.calibration', calibration, 'what session.tokenCalibration gives');
}

function checkedCount(count: unknown): number {
  if (typeof count === 'number' && Number.isFinite(count) && count >= 0) return count;
  return refuse('What the tokenizer returns', count, 'a number of at least 0');
}

function withoutTexts(value: unknown, key: string, onText: (text: string) => void): unknown {
  if (typeof value === 'string') {
    if (NO_TEXT.has(key) || (key === 'result' && value.length > LONGEST_RESULT)) return value;
    onText(value);
    return '';
  }
  if (Array.isArray(value)) return value.map((one) => withoutTexts(one, key, onText));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, withoutTexts(one, name, onText)]));
}
