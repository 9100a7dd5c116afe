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

test('an item of the history that is returned twice is sent twice and not stored, new input equal to it is stored', async () => {
  const { sent, stored } = await shaped(['same'], 'same', ([old], [fresh]) => [old!, old!, fresh!]);
  assert.deepEqual(sent, [user('same'), user('same'), user('same')]);
  assert.deepEqual(stored, [user('same'), user('same')]);
});

test('history stays history when it is taken out of its list, moved behind new input and repeated', async () => {
  const moved = await shaped(['old'], 'new', async (history, [fresh]) => {
    const old = history.pop()!;
    await new Promise((resolve) => setImmediate(resolve));
    return [old, fresh!, old];
  });
  assert.deepEqual(moved.sent, [user('old'), user('new'), user('old')]);
  assert.deepEqual(moved.stored, [user('old'), user('new')]);
  const joined = await shaped(['old'], 'new', (history, newInput) => {
    const old = history.shift()!;
    newInput.unshift(old);
    return [...newInput, old];
  });
  assert.deepEqual(joined.sent, moved.sent);
  assert.deepEqual(joined.stored, moved.stored);
});

test('what the callback puts in the place of history is sent and not stored', async () => {
  const replaced = await shaped(['a', 'b'], 'new', (history, newInput) => {
    history[0] = user('summary');
    return [...history, ...newInput];
  });
  assert.deepEqual(replaced.sent, [user('summary'), user('b'), user('new')]);
  assert.deepEqual(replaced.stored, [user('a'), user('b'), user('new')]);
  const folded = await shaped(['a', 'b'], 'new', (history, newInput) => {
    history.splice(0, 2, user('summary'));
    return [...history, ...newInput];
  });
  assert.deepEqual(folded.sent, [user('summary'), user('new')]);
  assert.deepEqual(folded.stored, replaced.stored);
});

test('what the callback adds to the history it was given, leaving all of it there, is stored', async () => {
  const { sent, stored } = await shaped(['a'], 'new', (history, newInput) => {
    history.unshift(user('note'));
    return [...history, ...newInput];
  });
  assert.deepEqual(sent, [user('note'), user('a'), user('new')]);
  assert.deepEqual(stored, [user('a'), user('note'), user('new')]);
});

test('new input is stored in the order in which it is returned', async () => {
  const { sent, stored } = await shaped(['history'], ['first', 'second'], ([old], [first, second]) => [
    second!,
    old!,
    first!,
  ]);
  assert.deepEqual(sent, [user('second'), user('history'), user('first')]);
  assert.deepEqual(stored, [user('history'), user('second'), user('first')]);
});

test('a callback that repeats the history does not make the conversation grow', async () => {
  await using session = new MemorySession();
  const { server, runConfig } = localApi(['1', '2', '3']);
  for (const words of ['one', 'two', 'three']) {
    const sessionInputCallback: SessionInputCallback = (history, newInput) => [...history, ...history, ...newInput];
    await run(agent, words, { session, conversationId: 'c', sessionInputCallback, runConfig });
  }
  assert.deepEqual(
    server.requests.map(({ body }) => body.input.length),
    // Answers have ids, and come once.
    [1, 4, 7],
  );
  assert.equal((await session.loadItems('c')).length, 6);
});

test('a callback may change what it is given, however deep: it has copies', async () => {
  const parts = [{ type: 'input_text', text: 'deep' }];
  const input = [{ role: 'user', content: parts }];
  const { stored } = await shaped([{ role: 'user', content: parts }], input, ([old], [fresh]) => {
    old!.content[0].text = fresh!.content[0].text = 'changed';
    return [old!];
  });
  assert.deepEqual(parts, [{ type: 'input_text', text: 'deep' }]);
  assert.deepEqual(stored, [{ role: 'user', content: parts }]);
});

test('calls of the history that the callback returns are sent with their outputs only, and stay stored', async () => {
  const call = { type: 'function_call', call_id: 'k', name: 'add', arguments: '{}' };
  const output = { type: 'function_call_output', call_id: 'k', output: '3' };
  const alone = await shaped([call], 'new', (history, newInput) => [...history, ...newInput]);
  assert.deepEqual([alone.sent, alone.stored], [[user('new')], [call, user('new')]]);
  const pair = await shaped([call, output], 'new', (history, newInput) => [...history, ...newInput]);
  assert.deepEqual(pair.sent, [call, output, user('new')]);
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
