import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';

import { Agent, run, SQLiteSession } from 'agents-wasm';

import { checkLeaks, localApi } from '../support/local-api.ts';
import { badArgument, refused, values } from '../support/refusals.ts';

checkLeaks();

const folder = mkdtempSync(join(tmpdir(), 'agents-wasm-'));
after(() => rmSync(folder, { recursive: true }));

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
  const dbPath = join(folder, 'other.db');
  const database = new DatabaseSync(dbPath);
  database.exec("CREATE TABLE agent_messages (id INTEGER, text TEXT); INSERT INTO agent_messages VALUES (1, 'mine')");
  const session = new SQLiteSession({ dbPath });
  await refused(() => session.loadItems('c'), 'SessionError', 'corrupt', 'agent_messages', 'session_id');
  await session.close();
  assert.deepEqual(database.prepare('SELECT name FROM sqlite_master').all().length, 1);
  database.close();
});

test('a database of a newer schema is refused and left as it is', async () => {
  const dbPath = join(folder, 'newer.db');
  const first = new SQLiteSession({ dbPath });
  await first.saveItems('c', ['x']);
  await first.close();
  const database = new DatabaseSync(dbPath);
  database.exec("UPDATE agents_wasm_meta SET value = '999' WHERE key = 'schema'");
  database.close();
  const session = new SQLiteSession({ dbPath });
  await refused(() => session.loadItems('c'), 'SessionError', 'unsupported', '999');
  await session.close();
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
