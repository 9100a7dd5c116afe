import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { Agent, EncryptedSession, type Item, run, SQLiteSession } from 'agents-wasm';

import { decrypted, encrypted } from '../support/encrypted.ts';
import { checkLeaks, localApi } from '../support/local-api.ts';
import { startPython } from '../support/python.ts';

checkLeaks();

const folder = mkdtempSync(join(tmpdir(), 'agents-wasm-'));
after(() => rmSync(folder, { recursive: true }));
let files = 0;
const newFile = () => join(folder, `${++files}.db`);

const user = (content: string): Item => ({ role: 'user', content });
const said = (items: Item[]) => items.map(({ content }) => content);

const ITEMS: Item[] = [
  user('Grüße } aus, ] "Zürich" 😀 \\ \u0000 \n'),
  { type: 'function_call', call_id: 'call_1', name: 'act', arguments: '{"a": [1, 2]}', id: 'fc_1' },
  { type: 'function_call_output', call_id: 'call_1', output: [{ type: 'input_text', text: '{"b": "}"}' }] },
  { role: 'assistant', content: [{ type: 'output_text', text: 'ok', annotations: [] }], nothing: null, small: 1e-7 },
];

test('Python reads, extends, pops and clears what was written here', async () => {
  const dbPath = newFile();
  await using session = new SQLiteSession({ dbPath });
  await session.saveItems('c', ITEMS);
  await using python = await startPython(dbPath);
  assert.deepEqual(await python.get('c'), ITEMS);
  assert.deepEqual(await python.get('c', 2), ITEMS.slice(-2));
  await python.add('c', user('from Python'));
  assert.deepEqual(await session.loadItems('c'), [...ITEMS, user('from Python')]);
  assert.deepEqual(await python.pop('c'), user('from Python'));
  assert.deepEqual(await python.pop('c'), ITEMS.at(-1));
  assert.deepEqual(await session.loadItems('c'), ITEMS.slice(0, -1));
  await python.clear('c');
  assert.deepEqual(await session.loadItems('c'), []);
  assert.deepEqual(await session.listConversations(), { conversations: [] });
  await session.saveItems('c', ['again']);
  assert.deepEqual(await python.get('c'), [user('again')]);
});

test('what Python wrote moves to another file, which Python reads and extends, and its rows are mixed up with no others', async () => {
  const [dbPath, toPath] = [newFile(), newFile()];
  await using python = await startPython(dbPath);
  await python.add('c', ...ITEMS);
  await using session = new SQLiteSession({ dbPath });
  await using to = new SQLiteSession({ dbPath: toPath });
  await to.saveItems('other', ['so that rows have other numbers']);
  const moved = { conversations: 1, items: ITEMS.length, skipped: 0, problems: [] };
  assert.deepEqual(await to.importConversations(session.exportConversations()), moved);
  await using other = await startPython(toPath);
  assert.deepEqual(await other.get('c'), ITEMS);
  // Rows that get the numbers of those that came.
  for (let row = 0; row < ITEMS.length; row++) await other.add('c', user(`added ${row}`));
  const items = await to.loadItems('c');
  assert.equal(new Set(items.map(({ uid }) => uid)).size, 2 * ITEMS.length);
  const again = { conversations: 0, items: 0, skipped: ITEMS.length, problems: [] };
  assert.deepEqual(await to.importConversations(session.exportConversations()), again);
  assert.deepEqual(await session.importConversations(session.exportConversations()), again);
  const back = await session.importConversations(to.exportConversations({ conversationIds: ['c'] }));
  assert.deepEqual([back.items, back.skipped], [ITEMS.length, ITEMS.length]);
  assert.deepEqual(said(await python.get('c')).slice(-1), [`added ${ITEMS.length - 1}`]);
});

test('Python reads the API form of what the Agents SDK stored, and the SDK reads what Python adds and leaves', async () => {
  const dbPath = newFile();
  await using session = new SQLiteSession({ dbPath });
  const conversation = session.conversation('c');
  const call = { type: 'function_call' as const, callId: 'call_1', name: 'act', arguments: '{}' };
  const output = { type: 'text' as const, text: 'done' };
  const result = {
    type: 'function_call_result' as const,
    callId: 'call_1',
    name: 'act',
    status: 'completed' as const,
    output,
  };
  await conversation.addItems([call, result]);
  await using python = await startPython(dbPath);
  assert.deepEqual(await python.get('c'), [
    { type: 'function_call', call_id: 'call_1', name: 'act', arguments: '{}' },
    { type: 'function_call_output', call_id: 'call_1', status: 'completed', output: 'done' },
  ]);
  const more = { role: 'user' as const, content: 'from Python' };
  await python.add('c', more);
  assert.deepEqual(await conversation.getItems(), [call, result, more]);
  const transaction = {
    type: 'replace_suffix' as const,
    expectedSuffix: [result, more],
    replacement: [],
  };
  await python.pop('c');
  const refused = { code: 'conflict', message: /does not end with/ };
  await assert.rejects(conversation.applyHistoryTransaction({ operationId: 'a', transaction }), refused);
  await python.add('c', more);
  for (let sent = 0; sent < 2; sent++) await conversation.applyHistoryTransaction({ operationId: 'a', transaction });
  assert.equal((await python.get('c')).length, 1);
  await python.clear('c');
  await conversation.applyHistoryTransaction({
    operationId: 'a',
    transaction: { type: 'append_items', items: [call] },
  });
  assert.deepEqual(await conversation.getItems(), [call], 'what Python cleared is forgotten with its operations');
});

test('what Python encrypted is read here, and Python finds its envelopes in what is encrypted here', async () => {
  const dbPath = newFile();
  await using python = await startPython(dbPath);
  // Python keeps the blanks that its json.dumps puts into an envelope.
  await python.add('c', ...ITEMS.map((item) => encrypted(item, 'secret', 'c')), user('in the clear'));
  const underlyingSession = new SQLiteSession({ dbPath });
  await using session = new EncryptedSession({ underlyingSession, encryptionKey: 'secret' });
  assert.deepEqual(await session.loadItems('c'), [...ITEMS, user('in the clear')]);
  await session.saveItems('c', ITEMS);
  const rows = await python.get('c', ITEMS.length);
  assert.deepEqual(
    rows.map((row) => JSON.parse(decrypted(row, 'secret', 'c'))),
    ITEMS,
  );
  assert.deepEqual(await python.pop('c'), rows.at(-1));
  assert.deepEqual(await session.popItem('c'), ITEMS.at(-2));
});

test('a file that Python laid out opens here with its whole history, under any limit', async () => {
  const dbPath = newFile();
  await using python = await startPython(dbPath);
  await python.add('c', ...ITEMS);
  await python.add('d', user('other'));
  await using session = new SQLiteSession({ dbPath });
  const loaded = await session.loadItems('c');
  assert.deepEqual(loaded, ITEMS);
  assert.equal(loaded[0]?.agent, undefined);
  assert.ok(Math.abs(loaded[0]!.createdAt!.getTime() - Date.now()) < 60_000);
  assert.deepEqual(await session.loadItems('c', { maxItems: 4 }), ITEMS);
  assert.deepEqual(await session.loadItems('c', { maxItems: 3 }), ITEMS.slice(1));
  // The call is cut off, so its output goes too.
  assert.deepEqual(await session.loadItems('c', { maxItems: 2 }), ITEMS.slice(3));
  assert.equal((await session.listConversations()).conversations.length, 2);
  assert.deepEqual(await session.popItem('c'), ITEMS.at(-1));
  assert.deepEqual(await python.get('c'), ITEMS.slice(0, -1));
});

test('runs here and there take turns on one conversation', async () => {
  const dbPath = newFile();
  await using python = await startPython(dbPath);
  await python.add('c', ITEMS[0]);
  await using session = new SQLiteSession({ dbPath, sessionSettings: { maxItems: 3 } });
  const { server, runConfig } = localApi(['one', 'two']);
  const agent = new Agent({ name: 'assistant' });
  await run(agent, 'first', { session, conversationId: 'c', runConfig });
  await python.add('c', user('between'));
  await run(agent, 'second', {
    session,
    conversationId: 'c',
    runConfig,
    sessionInputCallback: (history, input) => [...history.map((item) => structuredClone(item)), ...input],
  });
  const [firstSent, secondSent] = server.requests.map(({ body }) => body.input);
  assert.deepEqual(firstSent, [ITEMS[0], user('first')]);
  assert.deepEqual(said(secondSent).slice(-2), ['between', 'second']);
  const both = await python.get('c');
  assert.deepEqual(both, await session.loadItems('c'));
  const texts = both.map(({ content }) => (typeof content === 'string' ? content : content[0].text));
  assert.deepEqual(texts.slice(1), ['first', 'one', 'between', 'second', 'two']);
});

test('writers here and there at the same time lose nothing', async () => {
  const dbPath = newFile();
  await using session = new SQLiteSession({ dbPath });
  await session.saveItems('c', ['start']);
  await using python = await startPython(dbPath);
  const here = Promise.all(Array.from({ length: 30 }, (_, index) => session.saveItems('c', [`here ${index}`])));
  for (let index = 0; index < 30; ++index) await python.add('c', user(`there ${index}`));
  await here;
  const all = said(await session.loadItems('c')) as string[];
  assert.equal(all.length, 61);
  assert.deepEqual(
    all.filter((text) => text.startsWith('there')),
    Array.from({ length: 30 }, (_, index) => `there ${index}`),
  );
});

test('rows that are no items do not make the rest unreadable', async () => {
  const dbPath = newFile();
  await using python = await startPython(dbPath);
  await python.add('c', user('one'), '{"role": "user", "content": NaN}', 'not JSON', '5', '"text"', '[1]', '', 'null');
  await python.add('c', user('two'), '{"role": "user", "content": "half \\ud83d"}');
  await using session = new SQLiteSession({ dbPath });
  assert.deepEqual(said(await session.loadItems('c')), ['one', 'two', 'half \ud83d']);
  assert.deepEqual(said(await session.loadItems('c', { maxItems: 2 })), ['two', 'half \ud83d']);
  const { runConfig } = localApi(['ok']);
  await run(new Agent({ name: 'a' }), 'three', { session, conversationId: 'c', runConfig });
  assert.equal((await session.loadItems('c')).length, 5);
});

test('a call that Python left without its output is not sent, and stays in the file', async () => {
  const dbPath = newFile();
  await using session = new SQLiteSession({ dbPath });
  await using python = await startPython(dbPath);
  const pair = ITEMS.slice(1, 3);
  const { server, runConfig } = localApi(['ok', 'ok']);
  const agent = new Agent({ name: 'assistant' });
  await python.add('c', user('one'), ...pair);
  await run(agent, 'two', { session, conversationId: 'c', runConfig });
  assert.deepEqual(server.requests[0]?.body.input, [user('one'), ...pair, user('two')]);
  await python.pop('c');
  await python.pop('c');
  await python.pop('c');
  await run(agent, 'three', { session, conversationId: 'c', runConfig });
  assert.deepEqual(server.requests[1]?.body.input, [user('one'), user('three')]);
  assert.deepEqual((await python.get('c')).slice(0, 3), [user('one'), pair[0], user('three')]);
});
