import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';
import {
  Agent,
  exportDatabase,
  type Item,
  importDatabase,
  MemorySession,
  RunAbortedError,
  run,
  SessionError,
  SQLiteSession,
  UserError,
} from 'agents-wasm';

import { checkLeaks, localApi } from '../support/local-api.ts';
import { startPython } from '../support/python.ts';

checkLeaks();

const folder = mkdtempSync(join(tmpdir(), 'agents-wasm-'));
after(() => rmSync(folder, { recursive: true }));
let files = 0;
const newFile = () => join(folder, `${++files}.db`);

const user = (content: string): Item => ({ role: 'user', content });
const ITEMS: Item[] = [
  user('Grüße } aus, ] "Zürich" 😀 \\ \n'),
  { type: 'function_call', call_id: 'call_1', name: 'act', arguments: '{"a": [1, 2]}', id: 'fc_1' },
  { type: 'function_call_output', call_id: 'call_1', output: [{ type: 'input_text', text: '{"b": "}"}' }] },
  { role: 'assistant', content: [{ type: 'output_text', text: 'ok', annotations: [] }], nothing: null, small: 1e-7 },
];
const said = (items: readonly Item[]) => items.map(({ content }) => content);

test('Python opens the file, reads every item and goes on, and what it says comes back', async () => {
  await using session = new MemorySession();
  await session.saveItems('c', ITEMS);
  await session.saveItems('d', ['other']);
  const dbPath = newFile();
  writeFileSync(dbPath, await exportDatabase(session));
  {
    await using python = await startPython(dbPath);
    assert.deepEqual(await python.get('c'), ITEMS);
    await python.add('c', user('from Python'));
    await python.add('new', user('begun in Python'));
  }
  const report = await importDatabase(session, readFileSync(dbPath));
  assert.deepEqual(report, { conversations: 2, items: 2, skipped: 5, problems: [] });
  assert.deepEqual(await session.loadItems('c'), [...ITEMS, user('from Python')]);
  assert.deepEqual(said(await session.loadItems('new')), ['begun in Python']);
  assert.deepEqual((await importDatabase(session, readFileSync(dbPath))).items, 0);
});

test('a file that Python laid out is imported whole, twice as once', async () => {
  const dbPath = newFile();
  {
    await using python = await startPython(dbPath);
    await python.add('c', ...ITEMS, user('same'), user('same'));
  }
  await using session = new SQLiteSession({ dbPath: ':memory:' });
  for (const items of [6, 0]) assert.equal((await importDatabase(session, readFileSync(dbPath))).items, items);
  assert.deepEqual(await session.loadItems('c'), [...ITEMS, user('same'), user('same')]);
});

test('a file opens as a SQLiteSession with titles and all, and holds nothing of what was deleted or is open', async () => {
  await using session = new SQLiteSession({ dbPath: newFile() });
  await session.saveItems('c', ITEMS);
  await session.setTitle('c', 'Cities');
  await session.saveItems('gone', ['a deleted secret']);
  await session.delete('gone');
  const failing = {
    openai: { ...localApi([]).runConfig.openai, fetch: async () => new Response('', { status: 400 }) },
  };
  const agent = new Agent({ name: 'assistant' });
  await assert.rejects(run(agent, 'an open question', { session, conversationId: 'c', runConfig: failing }));
  assert.equal((await session.openRuns('c')).length, 1);
  const file = await exportDatabase(session);
  assert.doesNotMatch(Buffer.from(file).toString('latin1'), /a deleted secret|an open question/);
  const dbPath = newFile();
  writeFileSync(dbPath, file);
  await using copy = new SQLiteSession({ dbPath });
  assert.deepEqual(await copy.loadItems('c'), ITEMS);
  const [only, ...others] = (await copy.listConversations()).conversations;
  assert.deepEqual([only?.id, only?.title, others.length], ['c', 'Cities', 0]);
});

test('the file of a session that is closed holds what was in its log', async () => {
  const dbPath = newFile();
  const session = new SQLiteSession({ dbPath });
  await session.saveItems('c', ITEMS);
  await session.close();
  await using copy = new MemorySession();
  assert.equal((await importDatabase(copy, readFileSync(dbPath))).items, ITEMS.length);
});

test('some conversations can be chosen, and progress is told', async () => {
  await using session = new MemorySession();
  for (const id of ['a', 'b', 'c']) await session.saveItems(id, [id]);
  const told: unknown[] = [];
  const onProgress = (progress: unknown) => told.push(progress);
  const file = await exportDatabase(session, { conversationIds: ['a', 'c'], onProgress });
  assert.deepEqual(told, [
    { conversations: 1, items: 1 },
    { conversations: 2, items: 2 },
  ]);
  await using copy = new MemorySession();
  assert.equal((await importDatabase(copy, file, { onProgress })).conversations, 2);
  assert.deepEqual(told.slice(2), told.slice(0, 2));
});

test('an empty session is a file that Python opens too', async () => {
  const dbPath = newFile();
  await using session = new MemorySession();
  writeFileSync(dbPath, await exportDatabase(session));
  await using python = await startPython(dbPath);
  assert.deepEqual(await python.get('c'), []);
});

test('tables of other names are found by them', async () => {
  const dbPath = newFile();
  const tables = { sessionsTable: 'my_sessions', messagesTable: 'my_messages' };
  const session = new SQLiteSession({ dbPath, ...tables });
  await session.saveItems('c', ['here']);
  await session.close();
  await using copy = new MemorySession();
  await assert.rejects(importDatabase(copy, readFileSync(dbPath)), {
    code: 'corrupt',
    message: /no table "agent_messages"/,
  });
  assert.equal((await importDatabase(copy, readFileSync(dbPath), tables)).items, 1);
});

/** The bytes of a database that was made by these statements. */
function databaseOf(sql: string): Uint8Array {
  const dbPath = newFile();
  const database = new DatabaseSync(dbPath);
  database.exec(sql);
  database.close();
  return readFileSync(dbPath);
}

test('what is no database of sessions is a typed error, and nothing is imported', async () => {
  await using session = new MemorySession();
  const whole = await exportDatabase(session);
  const corrupt: [string, Uint8Array][] = [
    ['nothing', new Uint8Array()],
    ['a text', new TextEncoder().encode('no database '.repeat(1000))],
    ['the beginning of one', whole.subarray(0, 5000)],
    ['noise behind a head', whole.map((byte, index) => (index < 100 ? byte : byte ^ 0xa5))],
    ['a database of others', databaseOf('CREATE TABLE places (name TEXT)')],
    [
      'a foreign table of our name',
      databaseOf('CREATE TABLE agent_messages (name TEXT); INSERT INTO agent_messages VALUES (1)'),
    ],
    ['a view of our name', databaseOf('CREATE VIEW agent_messages AS SELECT 1')],
  ];
  for (const [what, bytes] of corrupt) {
    await assert.rejects(
      importDatabase(session, bytes),
      (error) => error instanceof SessionError && error.code === 'corrupt',
      what,
    );
  }
  assert.deepEqual((await session.listConversations()).conversations, []);
});

test('of a file that a newer version made, what can be read is imported', async () => {
  await using session = new MemorySession();
  await session.saveItems('c', ITEMS);
  const dbPath = newFile();
  writeFileSync(dbPath, await exportDatabase(session));
  const database = new DatabaseSync(dbPath);
  database.exec("UPDATE agents_wasm_meta SET value = '999' WHERE key = 'schema'");
  database.close();
  await using copy = new MemorySession();
  assert.equal((await importDatabase(copy, readFileSync(dbPath))).items, ITEMS.length);
  assert.deepEqual(await copy.loadItems('c'), ITEMS);
});

test('bad arguments are refused by name', async () => {
  const session = new MemorySession();
  const refused = (call: Promise<unknown>, message: RegExp) =>
    assert.rejects(call, (error) => error instanceof UserError && message.test(error.message));
  await refused(exportDatabase({} as never), /^session must be/);
  await refused(exportDatabase(session, null as never), /^options must be/);
  await refused(exportDatabase(session, { onProgress: 1 as never }), /^options.onProgress must be/);
  await refused(exportDatabase(session, { conversationIds: 'c' as never }), /^conversationIds must be/);
  await refused(importDatabase(session, 'x' as never), /^file must be/);
  await refused(
    importDatabase(session, new Uint8Array(), { messagesTable: 7 as never }),
    /^options.messagesTable must be/,
  );
});

test('both can be stopped', async () => {
  await using session = new MemorySession();
  for (let index = 0; index < 5; index++) await session.saveItems(`c${index}`, ['one']);
  const file = await exportDatabase(session);
  const stopped = () => {
    const controller = new AbortController();
    return { signal: controller.signal, onProgress: () => controller.abort() };
  };
  await assert.rejects(exportDatabase(session, stopped()), RunAbortedError);
  await using copy = new MemorySession();
  await assert.rejects(importDatabase(copy, file, stopped()), RunAbortedError);
  const left = 5 - (await copy.listConversations()).conversations.length;
  assert.equal((await importDatabase(copy, file)).items, left);
});
