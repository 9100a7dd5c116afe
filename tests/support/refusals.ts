import assert from 'node:assert/strict';
import { inspect } from 'node:util';

import { AgentsError } from 'agents-wasm';

/** Expects a typed error, in time, whose message has these words and never an object's text or a function's name. */
export async function refused(work: () => unknown, name: string, code: string, ...words: string[]): Promise<void> {
  const timer = AbortSignal.timeout(10_000);
  const late = new Promise((_, reject) => timer.addEventListener('abort', () => reject(new Error('It hangs.'))));
  const error = await Promise.race([late, (async () => work())()]).then(
    (value) => assert.fail(`It was taken: ${inspect(value)}`),
    (failure) => failure,
  );
  assert.ok(error instanceof AgentsError, inspect(error));
  assert.deepEqual([error.name, error.code], [name, code], error.message);
  for (const word of words) assert.ok(error.message.includes(word), `"${error.message}" lacks "${word}"`);
  assert.ok(!/\[object|undefined undefined|json\.exception|TypeError|Error:/.test(error.message), error.message);
  assert.match(error.message, /\.$/);
}
export const badArgument = (work: () => unknown, ...words: string[]) =>
  refused(work, 'UserError', 'invalid_argument', ...words);
export const badItem = (work: () => unknown, ...words: string[]) =>
  refused(work, 'SessionError', 'invalid_item', ...words);

export const values: [unknown, string][] = [
  [undefined, 'undefined'],
  [null, 'null'],
  [5, 'a number'],
  [Number.NaN, 'NaN'],
  [true, 'a boolean'],
  [1n, 'a bigint'],
  [Symbol('s'), 'a symbol'],
  [() => 1, 'a function'],
  [[], 'an array'],
  [{}, 'an object'],
  [new Map(), 'an object of class Map'],
  [Object.create(null), 'an object'],
];
