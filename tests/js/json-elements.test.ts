import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';

// From the source: no caller of the package cuts arrays.
import { type JsonElement, JsonElements } from '../../js/src/moving/json-elements.ts';

function cut(pieces: readonly string[], maxLength = 1_000_000): JsonElement[] {
  const elements = new JsonElements(maxLength);
  return [...pieces.flatMap((piece) => [...elements.push(piece)]), ...elements.end()];
}

const texts = (elements: JsonElement[]) => elements.map((one) => ('text' in one ? JSON.parse(one.text) : one.flaw));

/** A text in pieces of these lengths. */
function inPieces(text: string, lengths: readonly number[]): string[] {
  const pieces: string[] = [];
  let at = 0;
  for (let index = 0; at < text.length; index++) {
    pieces.push(text.slice(at, at + (lengths[index % lengths.length] ?? 1)));
    at += lengths[index % lengths.length] ?? 1;
  }
  return pieces;
}

test('an array of any JSON is cut into its elements, wherever the pieces of its text end', () => {
  fc.assert(
    fc.property(
      fc.array(fc.jsonValue()),
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }),
      fc.constantFrom(undefined, 1, '\t'),
      (values, lengths, indent) => {
        const text = JSON.stringify(values, null, indent);
        assert.deepEqual(texts(cut(inPieces(`\ufeff ${text} \n`, lengths))), JSON.parse(text));
      },
    ),
  );
});

test('an object alone counts as the one element', () => {
  const object = { a: [{ b: '}"]' }], c: '\\' };
  assert.deepEqual(texts(cut(inPieces(`${JSON.stringify(object)}, {"more": 1}`, [1]))), [object]);
});

test('a text that ends early says so behind its whole elements', () => {
  for (const text of ['[{"a":1},{"b"', '[{"a":1},{"b":"\\', '[{"a":1},', '[{"a":1}']) {
    const [first, ...rest] = cut([text]);
    assert.equal(texts([first as JsonElement]).length, 1);
    assert.deepEqual(rest, [{ flaw: 'cut' }].slice(0, rest.length));
    assert.deepEqual(cut([text]).at(-1), { flaw: 'cut' });
  }
});

test('a text that begins with something else is no array', () => {
  for (const text of ['', '  ', '<html>[1]</html>', '"[1]"', 'PK\u0003\u0004', '}']) {
    assert.deepEqual(cut([text]), [{ flaw: 'no_array' }], JSON.stringify(text));
  }
});

test('brackets that close nothing end in no loop and stay in their element', () => {
  assert.deepEqual(cut(['[1}}, {"a":1}]']), [{ text: '1}}' }, { text: '{"a":1}' }]);
  assert.deepEqual(cut(['[}', ',,}', ']']), [{ text: '}' }, { text: '}' }]);
});

test('an element that is longer than it may be is not kept, and the next one is', () => {
  const huge = `"${'x'.repeat(500)}"`;
  assert.deepEqual(cut(inPieces(`[1,${huge},{"a":1}]`, [7]), 100), [
    { text: '1' },
    { flaw: 'too_large' },
    { text: '{"a":1}' },
  ]);
});
