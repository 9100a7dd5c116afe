import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Agent, type Item, MemorySession, type RunInput, run, type SessionInputCallback } from 'agents-wasm';

import { checkLeaks, localApi } from '../support/local-api.ts';

checkLeaks();

const agent = new Agent({ name: 'assistant' });
const user = (content: string) => ({ role: 'user', content });

/** What the model is sent, and what the conversation holds afterwards without the model's answer. */
async function shaped(history: (Item | string)[], input: RunInput, sessionInputCallback: SessionInputCallback) {
  await using session = new MemorySession();
  await session.saveItems('c', history);
  const { server, runConfig } = localApi(['ok']);
  await run(agent, input, { session, conversationId: 'c', sessionInputCallback, runConfig });
  return { sent: server.requests[0]?.body.input, stored: (await session.loadItems('c')).slice(0, -1) };
}

test("the guide's callback sends the newest ten items and the new input, and stores only the new input", async () => {
  const history = Array.from({ length: 25 }, (_, index) => user(`old ${index}`));
  const { sent, stored } = await shaped(history, 'new', (items, newInput) => [...items.slice(-10), ...newInput]);
  assert.deepEqual(sent, [...history.slice(-10), user('new')]);
  assert.deepEqual(stored, [...history, user('new')]);
});

test('a callback may be asynchronous, and gets lists of items for input that is a string', async () => {
  const seen: unknown[] = [];
  const callback = async (history: Item[], newInput: Item[]) => {
    seen.push(history, newInput);
    await new Promise((resolve) => setTimeout(resolve, 1));
    return [...history, ...newInput];
  };
  await shaped(['old'], 'new', callback);
  assert.deepEqual(seen, [[user('old')], [user('new')]]);
});

test('what the callback adds is sent and stored, as strings, messages or the short form of the guide', async () => {
  const note = { role: 'developer', content: 'Be kind.' };
  const { sent, stored } = await shaped(['old'], 'new', (history, newInput) => [
    note,
    ...history,
    ...newInput,
    'words',
    { type: 'user', content: 'short' },
  ]);
  assert.deepEqual(sent, [note, user('old'), user('new'), user('words'), user('short')]);
  assert.deepEqual(stored, [user('old'), note, user('new'), user('words'), user('short')]);
});

test('new input that the callback leaves out is neither sent nor stored', async () => {
  const { sent, stored } = await shaped(['old'], ['keep', 'drop'], (history, [keep]) => [...history, keep!]);
  assert.deepEqual(
    [sent, stored],
    [
      [user('old'), user('keep')],
      [user('old'), user('keep')],
    ],
  );
});

test('a copy of an item of the history is known again by its content, once for each time it was said', async () => {
  const copies = (items: Item[]) => items.map(({ content, role }) => ({ content, role }));
  const twice = await shaped(['same', 'same'], 'new', (history, newInput) => [...copies(history), ...newInput]);
  assert.deepEqual(twice.stored, [user('same'), user('same'), user('new')]);
  const thrice = await shaped(['same'], 'new', (history, newInput) => [
    ...copies(history),
    ...copies(history),
    ...newInput,
  ]);
  assert.deepEqual(thrice.stored, [user('same'), { content: 'same', role: 'user' }, user('new')]);
});

test('new input that equals an item of the history is stored', async () => {
  const { stored } = await shaped(['same'], 'same', (_, newInput) => newInput);
  assert.deepEqual(stored, [user('same'), user('same')]);
});

test('changing what the callback is given changes nothing that is stored', async () => {
  const { sent, stored } = await shaped(['old'], 'new', (history, newInput) => {
    history[0]!.content = 'changed';
    return [...history.splice(0), ...newInput.splice(0)];
  });
  assert.deepEqual(sent, [user('changed'), user('new')]);
  assert.deepEqual(stored, [user('old'), user('new')]);
});

test('maxItems limits what the callback is given', async () => {
  await using session = new MemorySession({ sessionSettings: { maxItems: 1 } });
  await session.saveItems('c', ['one', 'two']);
  const lengths: number[] = [];
  const sessionInputCallback: SessionInputCallback = (history, newInput) => {
    lengths.push(history.length);
    return [...history, ...newInput];
  };
  await run(agent, 'three', { session, conversationId: 'c', sessionInputCallback, ...localApi(['ok']) });
  assert.deepEqual(lengths, [1]);
});

test('a callback that fails or returns no list of items fails the run before the model is asked', async () => {
  const cause = new Error('no idea');
  const callbacks: [unknown, object][] = [
    [() => Promise.reject(cause), { name: 'UserError', code: 'callback_failed', message: 'no idea', cause }],
    [
      () => 'text',
      {
        name: 'UserError',
        code: 'user_error',
        message: 'sessionInputCallback must return an array of items, but returned a string.',
      },
    ],
    [() => undefined, { code: 'user_error', message: /but returned undefined\.$/ }],
    [
      () => [user('a'), 5],
      {
        name: 'SessionError',
        code: 'invalid_item',
        message: 'What sessionInputCallback returned[1] must be an object or a string, but is a number.',
      },
    ],
    [() => new Array(1), { code: 'invalid_item', message: /\[0\] must be an object or a string, but is undefined\.$/ }],
  ];
  await using session = new MemorySession();
  await session.saveItems('c', ['old']);
  const { server, runConfig } = localApi([]);
  for (const [sessionInputCallback, expected] of callbacks) {
    const options = { session, conversationId: 'c', runConfig, sessionInputCallback: sessionInputCallback as never };
    await assert.rejects(run(agent, 'new', options), expected);
  }
  assert.equal(server.requests.length, 0);
  assert.deepEqual(await session.loadItems('c'), [user('old')]);
});
