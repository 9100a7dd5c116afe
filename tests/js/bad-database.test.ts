import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';

import { Agent, type Item, run, SQLiteSession } from 'agents-wasm';

import { checkLeaks, localApi } from '../support/local-api.ts';
import { badArgument, refused, values } from '../support/refusals.ts';

checkLeaks();

const folder = mkdtempSync(join(tmpdir(), 'agents-wasm-'));
after(() => rmSync(folder, { recursive: true }));

const said = (items: Item[]) => items.map(({ content }) => content);

/** Makes a file one that a newer agents-wasm left. */
function setVersion(dbPath: string, version: number, change = 'SELECT 1'): void {
  const database = new DatabaseSync(dbPath);
  database.exec(`${change}; UPDATE agents_wasm_meta SET value = '${version}' WHERE key = 'schema'`);
  database.close();
}

const agent = new Agent({ name: 'assistant' });

test('a dbPath that cannot be opened is an error that says what is wrong with it', async () => {
  const open = (dbPath: unknown, more = {}) => {
    const session = new SQLiteSession({ dbPath: dbPath as string, ...more });
    return session.saveItems('c', ['x']).finally(() => session.close());
  };
  const text = join(folder, 'text.db');
  writeFileSync(text, 'This is no database. '.repeat(500));
  await refused(() => open(text), 'SessionError', 'corrupt', text);
  assert.match(readFileSync(text, 'utf8'), /^This is no database/);
  const half = join(folder, 'half.db');
  writeFileSync(half, `SQLite format 3\0${'x'.repeat(5000)}`);
  await refused(() => open(half), 'SessionError', 'corrupt', half);
  const whole = join(folder, 'whole.db');
  const session = new SQLiteSession({ dbPath: whole });
  await session.saveItems('c', Array(200).fill('x'.repeat(100)));
  await session.close();
  const cut = join(folder, 'cut.db');
  const bytes = readFileSync(whole).subarray(0, 3 * 4096 + 100);
  writeFileSync(cut, bytes);
  await refused(() => open(cut), 'SessionError', 'corrupt', cut);
  await refused(() => open(join(folder, 'none', 'a.db')), 'SessionError', 'not_found', join(folder, 'none', 'a.db'));
  mkdirSync(join(folder, 'sub'));
  await badArgument(() => open(join(folder, 'sub')), 'is a folder');
  await badArgument(() => open(''), 'dbPath');
  await badArgument(() => open('a\0b'), 'dbPath', 'NUL');
  await badArgument(() => open('\ud800'), 'dbPath', 'lone surrogate');
  for (const [value, kind] of values) await badArgument(() => open(value), 'dbPath must be a string', kind);
  await badArgument(() => new SQLiteSession(undefined as never), "SQLiteSession's options", 'undefined');
  await badArgument(() => new SQLiteSession('a.db' as never), 'an object with dbPath', 'a string');
});

test('a database whose tables are not those of a session is left as it is', async () => {
  const foreign: [string, string][] = [
    [
      "CREATE TABLE agent_messages (id INTEGER, text TEXT); INSERT INTO agent_messages VALUES (1, 'mine')",
      'session_id',
    ],
    ['CREATE TABLE agents_wasm_operations (seq INTEGER, name TEXT)', 'op_id'],
    ['CREATE TABLE agents_wasm_agent_messages_leases (session_id TEXT, until INTEGER)', 'life'],
    ['CREATE TABLE agents_wasm_agent_messages_shelf (place TEXT)', 'id'],
    ["CREATE VIEW agent_sessions AS SELECT 'c' AS session_id, 1 AS created_at, 1 AS updated_at", 'session_id'],
  ];
  for (const [index, [sql, column]] of foreign.entries()) {
    const dbPath = join(folder, `other-${index}.db`);
    const database = new DatabaseSync(dbPath);
    database.exec(sql);
    const session = new SQLiteSession({ dbPath });
    await refused(() => session.loadItems('c'), 'SessionError', 'corrupt', 'agent', column);
    await refused(() => session.storage(), 'SessionError', 'corrupt', column);
    await session.close();
    assert.deepEqual(database.prepare('SELECT name FROM sqlite_master').all().length, 1);
    database.close();
  }
});

test('a database of a newer schema is read, says so, and refuses every change before a model is asked', async () => {
  const dbPath = join(folder, 'newer.db');
  const first = new SQLiteSession({ dbPath });
  await first.saveItems('c', ['x', 'y'], { operationId: 'op' });
  await first.setTitle('c', 'A title');
  assert.equal((await first.storage()).readOnly, undefined);
  await first.close();
  setVersion(dbPath, 999);
  const before = readFileSync(dbPath);
  await using session = new SQLiteSession({ dbPath });
  assert.deepEqual(said(await session.loadItems('c')), ['x', 'y']);
  assert.equal((await session.loadPage('c', { limit: 1 })).items.length, 1);
  assert.equal((await session.listConversations()).conversations[0]?.title, 'A title');
  assert.deepEqual((await session.doctor('c')).findings, []);
  const { readOnly, reason } = await session.storage();
  assert.equal(readOnly, true);
  assert.match(reason, /newer\.db".* version 999, .*version \d+, only reads it: update agents-wasm\.$/);
  const refusal = ['SessionError', 'unsupported', 'version 999', 'update agents-wasm'] as const;
  const changes: (() => Promise<unknown>)[] = [
    () => session.saveItems('c', ['z']),
    () => session.popItem('c'),
    () => session.deleteItems('c', ['op.0.0']),
    () => session.replaceItem('c', 'op.0.0', 'z'),
    () => session.setTitle('c', 'z'),
    () => session.setMetadata('c', {}),
    () => session.pinItem('c', 'op.0.0'),
    () => session.clear('c'),
    () => session.delete('c'),
  ];
  for (const change of changes) await refused(change, ...refusal);
  const { server, runConfig } = localApi(['Hello.']);
  await refused(() => run(agent, 'new', { session, conversationId: 'c', runConfig }), ...refusal);
  await refused(() => run(agent, 'new', { session, conversationId: 'another', runConfig }), ...refusal);
  assert.equal(server.requests.length, 0);
  assert.deepEqual(readFileSync(dbPath), before);
});

test('a database of a newer schema that lacks what is read here is refused and left as it is', async () => {
  const dbPath = join(folder, 'unreadable.db');
  const first = new SQLiteSession({ dbPath });
  await first.saveItems('c', ['x']);
  await first.close();
  setVersion(dbPath, 999, 'ALTER TABLE agent_messages RENAME COLUMN uid TO name');
  await using session = new SQLiteSession({ dbPath });
  await refused(() => session.loadItems('c'), 'SessionError', 'unsupported', '999', 'update agents-wasm');
  await refused(() => session.saveItems('c', ['y']), 'SessionError', 'unsupported', '999', 'update agents-wasm');
});

test('a file that a newer version takes over while it is open is read on, and not written any more', async () => {
  const dbPath = join(folder, 'taken-over.db');
  await using session = new SQLiteSession({ dbPath });
  await session.saveItems('c', ['x']);
  setVersion(dbPath, 999);
  await refused(() => session.saveItems('c', ['y']), 'SessionError', 'unsupported', '999');
  assert.deepEqual(said(await session.loadItems('c')), ['x']);
  assert.equal((await session.storage()).readOnly, true);
});

test('a database that another connection has locked is busy, and the history is as before', async () => {
  const dbPath = join(folder, 'locked.db');
  await using session = new SQLiteSession({ dbPath, busyTimeout: 60 });
  await session.saveItems('c', ['before']);
  const other = new DatabaseSync(dbPath);
  other.exec('BEGIN IMMEDIATE');
  await refused(() => session.saveItems('c', ['new']), 'SessionError', 'busy', dbPath);
  const options = { session, conversationId: 'c', ...localApi(['Hello.']) };
  await refused(() => run(agent, 'new', options), 'SessionError', 'busy', dbPath);
  assert.equal((await session.loadItems('c')).length, 1);
  other.exec('ROLLBACK');
  other.close();
  await session.saveItems('c', ['new']);
  assert.equal((await session.loadItems('c')).length, 2);
});

test('table names and timeouts of a session must make sense', async () => {
  const open = async (options: object) => {
    const session = new SQLiteSession({ dbPath: ':memory:', ...options });
    await session.loadItems('c').finally(() => session.close());
  };
  for (const name of ['', '1a', 'a b', 'a;b', 'ä', 'x'.repeat(64), 'sqlite_a', '"a"']) {
    await badArgument(() => open({ messagesTable: name }), 'table name');
  }
  await badArgument(() => open({ sessionsTable: 'select' }), 'select');
  await badArgument(() => open({ sessionsTable: 'a', messagesTable: 'a' }), 'sessionsTable', 'messagesTable');
  await badArgument(() => open({ sessionsTable: 5 }), 'sessionsTable', 'a number');
  for (const busyTimeout of [-1, 1.5, Number.NaN, Infinity, '5']) {
    await badArgument(() => open({ busyTimeout }), 'busyTimeout must be an integer of at least 0');
  }
});
