import assert from 'node:assert/strict';
import { test } from 'node:test';

import { protocol } from '@openai/agents';
import fc from 'fast-check';

import { fromWire } from '../../js/src/sdk/from-wire.ts';
import { keptItem, sdkItems } from '../../js/src/sdk/stored-items.ts';
import { toWire } from '../../js/src/sdk/to-wire.ts';
import { assertFits } from '../support/openai-schemas.ts';
import { anyObject, sdkItem } from '../support/sdk-arbitraries.ts';
import { answered, written } from '../support/wire-samples.ts';

// The SDK's own conversion, which its package does not export.
const { convertToOutputItem, getInputItems } = await import(
  new URL('../../node_modules/@openai/agents-openai/dist/openaiResponsesConverter.mjs', import.meta.url).href
);

const plain = (value: unknown) => JSON.parse(JSON.stringify(value));

for (const [kind, item] of Object.entries({ ...answered, ...written })) {
  test(`${kind}: reads as a valid item of the SDK, and that stands for it`, () => {
    // OpenAI's document calls the member `request_id`; its clients and server do not.
    if (kind !== 'an approval') assertFits('InputItem', item);
    const read = fromWire(item);
    assert.ok(protocol.ModelItem.safeParse(read).success, JSON.stringify(read));
    assert.deepEqual(read, plain(read), 'it has no members that are undefined');
    assert.deepEqual(toWire(read as never), kind === 'an output' ? { ...item, status: 'completed' } : item);
    if (!item.type?.startsWith('function_call_output')) assert.equal(keptItem(read, 'item').sdk, '');
  });
}

for (const [kind, item] of Object.entries(answered)) {
  test(`${kind}: the SDK itself makes the same of it, and sends the same for it`, () => {
    const [read] = plain(convertToOutputItem([item]));
    assert.deepEqual(fromWire(item), read);
    const [sent] = plain(getInputItems([read]));
    // The SDK leaves out what a call gave, null for limits that are not there, and what it knows to be refused.
    const { output, pending_safety_checks, ...expected } = item;
    const keeps = item.type === 'mcp_call' || item.type === 'computer_call' ? expected : item;
    if (item.type === 'image_generation_call') assert.equal(sent.result, null);
    else assert.deepEqual(sent, keeps);
  });
}

test('every item of the SDK comes back as it went in', () => {
  fc.assert(
    fc.property(sdkItem, (item) => {
      assert.ok(protocol.ModelItem.safeParse(item).success, 'the generator makes valid items');
      const { item: wire, sdk } = keptItem(item, 'item');
      const [restored] = sdkItems([plain(wire)], [sdk === '' ? null : JSON.parse(sdk)]);
      assert.deepEqual(restored, item);
    }),
    { numRuns: 3000 },
  );
});

test('whatever JSON a history holds, it reads as valid items of the SDK, and those without a form stay as they are', () => {
  const samples = Object.values({ ...answered, ...written });
  // Valid items with a member of another kind somewhere.
  const damaged = fc
    .tuple(
      fc.constantFrom(...samples),
      fc.nat(),
      fc.oneof(fc.jsonValue(), fc.constantFrom('message', 'user', 'system')),
    )
    .map(([item, at, value]) => {
      const names = [...Object.keys(item), 'status', 'phase', 'namespace', 'caller', 'id'];
      return { ...item, [names[at % names.length] as string]: value };
    });
  fc.assert(
    fc.property(fc.oneof(damaged, anyObject, sdkItem), (item) => {
      const read = fromWire(item);
      assert.ok(protocol.ModelItem.safeParse(read).success, JSON.stringify(read));
      if (read.type === 'unknown') assert.deepEqual(read.providerData, item);
    }),
    { numRuns: 3000 },
  );
});

test('a damaged item of the SDK can be kept too', () => {
  fc.assert(
    fc.property(sdkItem, fc.nat(), fc.jsonValue(), (item, at, value) => {
      const names = Object.keys(item);
      const damaged = plain({ ...item, [names[at % names.length] as string]: value });
      const { item: wire, sdk } = keptItem(damaged, 'item');
      assert.deepEqual(sdkItems([plain(wire)], [sdk === '' ? null : JSON.parse(sdk)]), [damaged]);
    }),
    // A role that no text can be made of.
    { numRuns: 3000, examples: [[{ type: 'message', role: 'user', content: '' }, 1, { toString: '' }]] },
  );
});

test('bytes become data URLs, as the runner of the SDK stores them', () => {
  const output = { type: 'file', file: { data: new Uint8Array([104, 105]), mediaType: 'text/css', filename: 'a.css' } };
  const { item, sdk } = keptItem(
    { type: 'function_call_result', callId: 'c', name: 'f', status: 'completed', output },
    'i',
  );
  const url = 'data:text/css;base64,aGk=';
  assert.equal(JSON.parse(sdk).output.file.data, url);
  assert.deepEqual(item.output, [{ type: 'input_file', file_data: url, filename: 'a.css' }]);
  const { item: other } = keptItem({ type: 'x', data: Buffer.from('hi') }, 'item');
  assert.deepEqual(other, { type: 'x', data: 'data:text/plain;base64,aGk=' });
});

test('an item that JSON would change is refused by its place', () => {
  const cycle: Record<string, unknown> = { type: 'unknown' };
  cycle.providerData = cycle;
  for (const [item, why] of [
    [{ type: 'unknown', providerData: { a: Number.NaN } }, /items\[0\].*"a" is NaN/],
    [{ type: 'unknown', providerData: { a: () => 1 } }, /a function/],
    [cycle, /contains itself/],
  ] as const) {
    assert.throws(() => keptItem(item, 'items[0]'), { code: 'invalid_item', message: why });
  }
  assert.throws(() => keptItem('hello', 'items[0]'), { code: 'invalid_argument', message: /items\[0\].*a string/ });
});

test('the output of a tool is called by the call before it', () => {
  const call = answered['a function call'] as never;
  const [, named] = sdkItems([call, written['an output'] as never], []);
  assert.equal((named as { name: string }).name, 'act');
  assert.equal((sdkItems([written['an output'] as never], [])[0] as { name: string }).name, 'call_1');
});
