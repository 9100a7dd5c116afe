import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { depthOf, elementsOf, membersOf } from '../../js/src/sessions/json-slices.ts';

const spaces = fc.constantFrom('', '', ' ', '\n\t', '\r\n  ');

/** JSON with white space between its tokens. */
const spaced = fc
  .tuple(fc.jsonValue({ maxDepth: 5 }), spaces)
  .map(([value, space]) => JSON.stringify(value, null, space === '' ? undefined : space.slice(0, 10)));

test('the elements of an array are the texts between its commas', () => {
  fc.assert(
    fc.property(fc.array(spaced), spaces, (texts, space) => {
      const inner = space + texts.join(`${space},${space}`) + space;
      assert.deepEqual(elementsOf(inner), texts);
    }),
    { numRuns: 500, seed: 20261123 },
  );
});

test('the members of an object are the texts behind its names, the last of those under one name', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.string({ unit: 'grapheme' }), spaced)), spaces, (pairs, space) => {
      const text = pairs.map(([key, value]) => `${JSON.stringify(key)}${space}:${space}${value}`).join(`${space},`);
      assert.deepEqual([...membersOf(`${space}{${space}${text}${space}}`)], [...new Map(pairs)]);
    }),
    { numRuns: 500, seed: 20261123 },
  );
});

test('quotes, brackets and backslashes in strings end nothing', () => {
  const texts = ['"\\\\"', '"\\""', '"]},{["', '{"a\\"}":"\\\\\\""}', '["\\\\",{"}":"{"}]'];
  assert.deepEqual(elementsOf(texts.join(',')), texts);
});

test('the depth of a value is how many brackets are open at once', () => {
  const depths = { '1': 0, '"[["': 0, '{}': 1, '[[],[{"a":[]}]]': 4 };
  for (const [text, depth] of Object.entries(depths)) assert.equal(depthOf(text), depth);
});
