import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';

import { type Item, MemorySession, SQLiteSession } from 'agents-wasm';

import { checkLeaks } from '../support/local-api.ts';
import { badArgument, badItem, values } from '../support/refusals.ts';
import { sessionEditSuite } from '../support/session-edit-suite.ts';

const folder = mkdtempSync(join(tmpdir(), 'agents-wasm-'));
after(() => rmSync(folder, { recursive: true }));
let files = 0;
const newFile = () => join(folder, `${++files}.db`);

checkLeaks();

sessionEditSuite('memory', () => new MemorySession());
sessionEditSuite('SQLite in memory', () => new SQLiteSession({ dbPath: ':memory:' }));
sessionEditSuite('SQLite in a file', () => new SQLiteSession({ dbPath: newFile() }));

test('rows that are no items are found, put aside and kept', async () => {
  const dbPath = newFile();
  await using session = new SQLiteSession({ dbPath });
  await session.saveItems('c', ['one']);
  const database = new DatabaseSync(dbPath);
  for (const text of ['{"role":"user","content":"ha', '5']) {
    database.prepare('INSERT INTO agent_messages (session_id, message_data) VALUES (?, ?)').run('c', text);
  }
  database.close();
  await session.saveItems('c', ['two']);
  const { findings, items } = await session.doctor('c');
  assert.deepEqual([items, findings.map(({ kind, uids }) => [kind, uids])], [2, [['undecodable', []]]]);
  assert.ok(findings[0]?.message.includes('2'));
  const { shelf } = await session.doctor('c', { repair: true });
  const aside = (await session.loadPage('c', { shelf })).items;
  assert.deepEqual(
    aside.map(({ type, data }) => [type, data]),
    [
      ['agents_wasm.undecodable', '{"role":"user","content":"ha'],
      ['agents_wasm.undecodable', '5'],
    ],
  );
  assert.deepEqual((await session.doctor('c')).findings, []);
  assert.equal((await session.loadItems('c')).length, 2);
});

test('two sessions on one file edit one conversation without losing or doubling anything', async () => {
  const dbPath = newFile();
  await using one = new SQLiteSession({ dbPath });
  await using two = new SQLiteSession({ dbPath });
  await one.saveItems(
    'c',
    Array.from({ length: 40 }, (_, index) => `item ${index}`),
  );
  const popped = await Promise.all(Array.from({ length: 20 }, (_, index) => (index % 2 ? one : two).popItem('c')));
  const said = popped.map((item) => (item as Item).content);
  assert.equal(new Set(said).size, 20);
  const left = (await one.loadItems('c')).map(({ content }) => content);
  assert.equal(new Set([...said, ...left]).size, 40);
});

test('what pages, edits and the doctor do not take is refused by name', async () => {
  await using session = new MemorySession();
  await session.saveItems('c', ['x']);
  for (const [value, kind] of values) {
    const bad = value as never;
    const isObject = kind.startsWith('an object');
    await badArgument(() => session.loadPage(bad), 'conversationId', kind);
    await badArgument(() => session.deleteItems(bad, []), 'conversationId', kind);
    await badArgument(() => session.replaceItem(bad, 'u', 'x'), 'conversationId', kind);
    await badArgument(() => session.setMetadata(bad, {}), 'conversationId', kind);
    await badArgument(() => session.doctor(bad), 'conversationId', kind);
    await badArgument(() => session.findSessionsBefore(bad), 'date must be a Date', kind);
    await badArgument(() => session.replaceItem('c', bad, 'x'), 'uid must be a string', kind);
    await badArgument(() => session.deleteItems('c', [bad]), 'uids[0] must be a string', kind);
    if (!Array.isArray(value)) await badArgument(() => session.deleteItems('c', bad), 'uids must be an array', kind);
    if (!isObject) {
      await badArgument(() => session.setMetadata('c', bad), 'metadata must be an object', kind);
      await badItem(() => session.replaceItem('c', 'u', bad), 'item must be an object or a string', kind);
    }
    if (value === undefined) continue;
    if (!isObject) {
      await badArgument(() => session.loadPage('c', bad), 'options must be an object', kind);
      await badArgument(() => session.doctor('c', bad), 'options must be an object', kind);
    }
    await badArgument(() => session.loadPage('c', { before: bad }), 'before must be a string', kind);
    await badArgument(() => session.loadPage('c', { since: bad }), 'since must be a string', kind);
    await badArgument(() => session.loadItems('c', { before: bad }), 'before must be a string', kind);
    await badArgument(() => session.loadItems('c', { since: bad }), 'since must be a string', kind);
    await badArgument(() => session.loadPage('c', { shelf: bad }), 'shelf must be a string', kind);
    await badArgument(() => session.listConversations({ changedBefore: bad }), 'changedBefore must be a Date', kind);
    if (typeof value !== 'boolean') await badArgument(() => session.doctor('c', { repair: bad }), 'repair', kind);
    if (value !== 5) await badArgument(() => session.loadPage('c', { limit: bad }), 'limit must be an integer', kind);
  }
  await badArgument(() => session.loadPage('c', { limit: 0 }), 'limit', '0');
  await badArgument(() => session.loadPage('c', { before: 'no cursor' }), 'cursor');
  await badArgument(() => session.loadItems('c', { since: 'no cursor' }), 'cursor');
  await badArgument(() => session.findSessionsBefore(new Date(Number.NaN)), 'date', 'invalid');
  await badArgument(() => session.setMetadata('c', { a: 1n }), 'metadata', 'BigInt');
  await badArgument(() => session.setMetadata('c', { toJSON: () => 5 }), 'metadata must be a JSON object');
  await badItem(() => session.replaceItem('c', 'u', { a: Number.NaN }), 'item', 'NaN');
  assert.equal((await session.loadItems('c')).length, 1);
});
