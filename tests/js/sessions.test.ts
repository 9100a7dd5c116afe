import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { Agent, MemorySession, run, SQLiteSession } from 'agents-wasm';

import { checkLeaks, localApi } from '../support/local-api.ts';
import { sessionSuite } from '../support/session-suite.ts';

const folder = mkdtempSync(join(tmpdir(), 'agents-wasm-'));
after(() => rmSync(folder, { recursive: true }));
let files = 0;
const newFile = () => join(folder, `${++files}.db`);

checkLeaks();

sessionSuite('memory', () => new MemorySession());
sessionSuite('SQLite in memory', () => new SQLiteSession({ dbPath: ':memory:' }));
sessionSuite('SQLite in a file', () => new SQLiteSession({ dbPath: newFile() }));
sessionSuite(
  'SQLite with table names',
  () => new SQLiteSession({ dbPath: newFile(), sessionsTable: 's', messagesTable: '_m1' }),
);

test('a session says where it keeps its conversations', async () => {
  const dbPath = newFile();
  await using file = new SQLiteSession({ dbPath });
  await file.saveItems('c', ['x'.repeat(100_000)]);
  const { bytes, ...storage } = await file.storage();
  assert.deepEqual(storage, {
    persistence: 'file',
    durable: true,
    reason: `SQLite keeps the database in the file "${dbPath}".`,
  });
  assert.ok(bytes! > 100_000 && bytes! < 1_000_000);
  await using memory = new MemorySession();
  assert.equal((await memory.storage()).persistence, 'memory');
  await using unnamed = new SQLiteSession({ dbPath: ':memory:' });
  assert.deepEqual([(await unnamed.storage()).persistence, (await unnamed.storage()).durable], ['memory', false]);
});

test('a file has all that was saved when it is opened again', async () => {
  const dbPath = newFile();
  {
    await using session = new SQLiteSession({ dbPath });
    await run(new Agent({ name: 'a' }), 'hi', { session, conversationId: 'c', ...localApi(['Hello.']) });
    await session.setTitle('c', 'Greetings');
  }
  await using session = new SQLiteSession({ dbPath });
  const [said, answer] = await session.loadItems('c');
  assert.deepEqual([said?.content, answer?.agent, answer?.turn], ['hi', { name: 'a' }, 1]);
  assert.equal((await session.listConversations()).conversations[0]?.title, 'Greetings');
});

test('a closed file leaves nothing but itself behind', async () => {
  const dbPath = newFile();
  const session = new SQLiteSession({ dbPath });
  await session.saveItems('c', ['x']);
  await session.close();
  assert.ok(statSync(dbPath).size > 0);
  for (const ending of ['-wal', '-shm']) assert.throws(() => statSync(dbPath + ending), { code: 'ENOENT' });
});

test('two sessions on one new file see what the other one writes, also when both open it at once', async () => {
  const dbPath = newFile();
  await using one = new SQLiteSession({ dbPath });
  await using two = new SQLiteSession({ dbPath });
  const writes = Array.from({ length: 20 }, (_, index) => (index % 2 ? one : two).saveItems('c', [`${index}`]));
  await Promise.all(writes);
  assert.equal((await one.loadItems('c')).length, 20);
  assert.deepEqual(await two.loadItems('c'), await one.loadItems('c'));
  const popped = await one.popItem('c');
  assert.deepEqual((await two.loadItems('c')).length, 19);
  assert.ok(popped);
});

test('two sessions with tables of their own share a file and see only their own', async () => {
  const dbPath = newFile();
  await using one = new SQLiteSession({ dbPath });
  await using two = new SQLiteSession({ dbPath, sessionsTable: 'other_sessions', messagesTable: 'other_messages' });
  await one.saveItems('c', ['one']);
  await two.saveItems('c', ['two']);
  assert.deepEqual(
    (await one.loadItems('c')).map(({ content }) => content),
    ['one'],
  );
  assert.deepEqual(
    (await two.loadItems('c')).map(({ content }) => content),
    ['two'],
  );
});

test('a session whose folder is made later opens then', async () => {
  const { mkdirSync } = await import('node:fs');
  const dbPath = join(folder, 'later', 'a.db');
  await using session = new SQLiteSession({ dbPath });
  await assert.rejects(session.loadItems('c'), { name: 'SessionError', code: 'not_found' });
  mkdirSync(join(folder, 'later'));
  await session.saveItems('c', ['one']);
  assert.equal((await session.loadItems('c')).length, 1);
});
