import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { estimateTokens, type Item, MemorySession } from 'agents-wasm';

const FIXTURES = join(import.meta.dirname, '../core/fixtures/tokens');
const words = (text: string) => text.split(/\s+/).filter((word) => word !== '').length;
const PER_ITEM = 4;

// Counted with gpt-tokenizer 4.0.0 (o200k_base).
const COUNTS = { english: 258, code: 565, json: 478, chinese: 249, japanese: 266, korean: 235 };

test('English, code, JSON and CJK texts are estimated within a tenth', async () => {
  for (const [name, real] of Object.entries(COUNTS)) {
    const estimated = await estimateTokens(readFileSync(join(FIXTURES, `${name}.txt`), 'utf8'));
    assert.ok(Math.abs(estimated - PER_ITEM - real) <= real / 10, `${name}: ${estimated - PER_ITEM} for ${real}`);
  }
});

test('a tokenizer counts texts, names and arguments, and the rest is estimated as before', async () => {
  const items: Item[] = [
    { role: 'user', content: 'one two three' },
    { type: 'function_call', call_id: 'call_1', name: 'look', arguments: '{"a": 1}' },
    { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'four five', annotations: [] }] },
  ];
  assert.equal(await estimateTokens(items, { tokenizer: words }), 3 + 1 + 2 + 2 + 3 * PER_ITEM);
  const image = {
    role: 'user',
    content: [{ type: 'input_image', image_url: `data:image/png;base64,${'x'.repeat(5000)}` }],
  };
  assert.equal(await estimateTokens([image], { tokenizer: words }), await estimateTokens([image]));
  const drawn = { type: 'image_generation_call', result: 'iVBORw0KGgo1'.repeat(1000) };
  assert.equal(await estimateTokens([drawn], { tokenizer: words }), await estimateTokens([drawn]));
});

test('a calibration multiplies the estimate', async () => {
  const text = 'The same words again and again. '.repeat(20);
  const plain = await estimateTokens(text);
  assert.equal(await estimateTokens(text, { calibration: { factor: 1.5, tokens: 1000 } }), Math.ceil(plain * 1.5));
  assert.equal(await estimateTokens(text, { calibration: undefined }), plain);
});

test('bad options are refused, and a tokenizer that fails is heard', async () => {
  await assert.rejects(estimateTokens('x', { tokenizer: 5 as never }), { code: 'invalid_argument' });
  await assert.rejects(estimateTokens('x', { tokenizer: () => Number.NaN }), { code: 'invalid_argument' });
  await assert.rejects(estimateTokens('x', { calibration: { factor: 0, tokens: 1 } }), { code: 'invalid_argument' });
  const both = { tokenizer: words, calibration: { factor: 1, tokens: 1 } };
  await assert.rejects(estimateTokens('x', both), { code: 'user_error' });
  const failure = new Error('no vocabulary');
  const failing = () => {
    throw failure;
  };
  await assert.rejects(estimateTokens('x', { tokenizer: failing }), failure);
});

test('a conversation without recorded usage has nothing to calibrate by', async () => {
  const session = new MemorySession();
  await session.saveItems('c', ['hello']);
  assert.deepEqual(await session.tokenCalibration('c'), { factor: 1, tokens: 0 });
});
