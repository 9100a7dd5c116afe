import assert from 'node:assert/strict';
import { test } from 'node:test';
import { importChatGPT, MemorySession, RunAbortedError, UserError } from 'agents-wasm';

import { BRANCHED, conversation, message, TOOLS } from '../support/chatgpt-export.ts';
import { checkLeaks } from '../support/local-api.ts';

checkLeaks();

const small = (id: string) => conversation(id, [{ id: 'a', message: message('user', `words of ${id}`) }]);
const file = JSON.stringify([BRANCHED, TOOLS], null, 2);

/** The bytes of a text, so many at a time. */
async function* inPieces(text: string, length: number): AsyncGenerator<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length; at += length) yield bytes.slice(at, at + length);
}

test('a file is read from whatever holds it', async () => {
  const bytes = new TextEncoder().encode(file);
  const stream = () => new Blob([bytes]).stream();
  for (const source of [file, bytes, new Blob([bytes]), stream(), inPieces(file, 7), inPieces(`\ufeff${file}`, 1)]) {
    await using session = new MemorySession();
    const { conversations, items, problems } = await importChatGPT(session, source);
    assert.deepEqual([conversations, items, problems], [2, 17, []]);
  }
});

test('what cannot be used is told with the number of its conversation, and the rest is imported', async () => {
  const odd = [
    small('a'),
    null,
    { id: 'x' },
    'text',
    small('b'),
    small('a'),
    { ...small('c'), id: 7, conversation_id: 7 },
  ];
  await using session = new MemorySession();
  const text = JSON.stringify(odd).slice(0, -1);
  const { conversations, problems } = await importChatGPT(
    session,
    `${text}, {"id" 7}, ${JSON.stringify(small('d')).slice(0, 50)}`,
  );
  assert.equal(conversations, 2);
  assert.deepEqual(
    problems.map(({ number, message: text }) => [number, text.replace(/^Conversation \d+ of the file /, '')]),
    [
      [2, 'has no id.'],
      [3, 'has no messages.'],
      [4, 'has no id.'],
      [6, 'has the id of an earlier one.'],
      [7, 'has no id.'],
      [8, 'is not JSON.'],
      [9, 'is cut off: the file ends in it.'],
    ],
  );
});

test('an id that no conversation can have is a problem of that one', async () => {
  await using session = new MemorySession();
  const bad = ['\0', 'x'.repeat(2000)].map((id) => ({ ...small('a'), id, conversation_id: id }));
  const { conversations, problems } = await importChatGPT(session, JSON.stringify([...bad, small('b')]));
  assert.deepEqual([conversations, problems.map(({ number }) => number)], [1, [1, 2]]);
});

test('a file that is something else is a typed error', async () => {
  await using session = new MemorySession();
  const refused = async (text: string, name: string, words: RegExp) => {
    const error = await importChatGPT(session, text).then(
      () => assert.fail('It was imported.'),
      (reason) => reason,
    );
    assert.match(`${error.name} ${error.code} ${error.message}`, new RegExp(`^${name}`));
    assert.match(error.message, words);
  };
  await refused('PK\u0003\u0004...', 'UserError invalid_argument', /ZIP archive/);
  await refused('<html></html>', 'SessionError corrupt', /conversations\.json/);
  await refused('', 'SessionError corrupt', /conversations\.json/);
  assert.deepEqual((await session.listConversations()).conversations, []);
});

test('a stream is read one conversation at a time, and ended when the import is stopped', async () => {
  const controller = new AbortController();
  let given = 0;
  let isEnded = false;
  async function* endless(): AsyncGenerator<string> {
    try {
      yield '[';
      for (;;) yield `${JSON.stringify(small(`n${given++}`))},`;
    } finally {
      isEnded = true;
    }
  }
  await using session = new MemorySession();
  let read = 0;
  const onProgress = ({ conversations }: { conversations: number }) => {
    read = conversations;
    assert.ok(given - read <= 3, `${given} were given when ${read} were read`);
    if (read === 20) controller.abort(new Error('enough'));
  };
  await assert.rejects(importChatGPT(session, endless(), { signal: controller.signal, onProgress }), RunAbortedError);
  assert.deepEqual([read, isEnded], [20, true]);
  assert.ok((await session.loadItems('chatgpt-n0')).length === 1);
});

test('progress tells how much of the file was read', async () => {
  await using session = new MemorySession();
  const told: any[] = [];
  const text = JSON.stringify([small('a'), small('b'), small('c')]);
  await importChatGPT(session, new Blob([text]), { onProgress: (progress) => told.push(progress) });
  assert.deepEqual(told.at(-1), { conversations: 3, items: 3, bytes: text.length, total: text.length });
});

test('a failing stream fails the import with its own error', async () => {
  await using session = new MemorySession();
  async function* failing(): AsyncGenerator<string> {
    yield `[${JSON.stringify(small('a'))},${JSON.stringify(small('b'))},`;
    throw new TypeError('the network is gone');
  }
  await assert.rejects(importChatGPT(session, failing()), /the network is gone/);
});

test('bad arguments are refused by name', async () => {
  const session = new MemorySession();
  const refused = (call: Promise<unknown>, words: RegExp) =>
    assert.rejects(call, (error) => error instanceof UserError && words.test(error.message));
  await refused(importChatGPT({} as never, '[]'), /^session must be/);
  await refused(importChatGPT(session, 7 as never), /^file must be/);
  await refused(importChatGPT(session, '[]', 7 as never), /^options must be/);
  await refused(importChatGPT(session, '[]', { signal: 7 as never }), /^options.signal must be/);
});

test('an imported conversation can be gone on with', async () => {
  await using session = new MemorySession();
  await importChatGPT(session, file);
  await session.saveItems('chatgpt-tools', ['And below 1000?']);
  const items = await session.loadItems('chatgpt-tools');
  assert.equal(items.at(-1)?.content, 'And below 1000?');
  assert.deepEqual([items[0]?.agent, items[1]?.agent?.name], [undefined, 'ChatGPT']);
  assert.equal(items[1]?.createdAt?.getUTCFullYear(), 2023);
});
