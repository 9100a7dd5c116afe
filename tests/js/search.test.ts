import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { MemorySession, SQLiteSession } from 'agents-wasm';

import { checkLeaks } from '../support/local-api.ts';

checkLeaks();

test('a search takes a text and options that make sense', async () => {
  await using session = new MemorySession();
  const bad = [
    [undefined, {}, /text must be a string/],
    [7, {}, /text must be a string/],
    ['x', { limit: 0 }, /limit/],
    ['x', { limit: 1.5 }, /limit/],
    ['x', { limit: 1001 }, /limit must be at most 1,000/],
    ['x', { after: 7 }, /after/],
    ['x', { conversationId: '' }, /conversationId/],
    ['x', { signal: {} }, /signal/],
    ['x', { onProgress: 'x' }, /onProgress/],
    ['x', [], /options/],
  ] as const;
  for (const [text, options, message] of bad) {
    await assert.rejects(session.search(text as string, options as object), { name: 'UserError', message });
  }
  await session.close();
  await assert.rejects(session.search('x'), { code: 'closed' });
});

test('two sessions of one file share the index, and find what the other one and Python write', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'agents-search-'));
  context.after(() => rmSync(folder, { recursive: true }));
  const dbPath = join(folder, 'chat.db');
  await using first = new SQLiteSession({ dbPath });
  await using second = new SQLiteSession({ dbPath });
  const found = async (session: SQLiteSession) => (await session.search('word')).hits.map(({ snippet }) => snippet);
  await first.saveItems('c', ['word one']);
  assert.deepEqual(await found(first), ['word one']);
  await second.saveItems('c', ['word two']);
  const python = new DatabaseSync(dbPath);
  python.exec(`INSERT INTO agent_messages (session_id, message_data) VALUES
    ('c', '{"role": "user", "content": "word by Python"}'), ('c', 'word of no item')`);
  assert.deepEqual(await Promise.all([found(first), found(second)]), [
    ['word by Python', 'word two', 'word one'],
    ['word by Python', 'word two', 'word one'],
  ]);
  python.exec("DELETE FROM agent_messages WHERE message_data LIKE '%Python%'");
  python.close();
  await second.delete('nobody');
  assert.deepEqual(await found(second), ['word two', 'word one']);
});

test('what is deleted has left the index of words when the call resolves', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'agents-search-'));
  context.after(() => rmSync(folder, { recursive: true }));
  const dbPath = join(folder, 'chat.db');
  await using session = new SQLiteSession({ dbPath });
  await session.saveItems('c', ['secret one', 'open', 'secret two']);
  assert.equal((await session.search('secret')).hits.length, 2);
  await session.delete('c');
  const database = new DatabaseSync(dbPath, { readOnly: true });
  const rows = database.prepare("SELECT rowid FROM agents_wasm_agent_messages_search('secret OR open')").all();
  database.close();
  assert.deepEqual(rows, []);
});

test('the index has words and no texts, and a deleted conversation leaves no id behind', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'agents-wasm-'));
  const dbPath = join(folder, 'a.db');
  const session = new SQLiteSession({ dbPath });
  await session.saveItems('user-7:chat', ['a word in the index']);
  assert.equal((await session.search('word')).hits.length, 1);
  await session.delete('user-7:chat');
  assert.equal((await session.search('word')).hits.length, 0);
  await session.close();
  const database = new DatabaseSync(dbPath, { readOnly: true });
  const tables = database.prepare("SELECT name FROM sqlite_master WHERE name LIKE '%search%'").all();
  assert.ok(tables.length > 0);
  assert.deepEqual(
    tables.filter(({ name }) => String(name).endsWith('_content')),
    [],
  );
  const left = database.prepare("SELECT COUNT(*) AS count FROM agents_wasm_operations WHERE session_id <> ''").get();
  assert.equal(left?.['count'], 0);
  database.close();
  rmSync(folder, { recursive: true });
});
