import assert from 'node:assert/strict';
import { closeSync, copyFileSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { type Item, recoverDatabase, SQLiteSession } from 'agents-wasm';

import { checkLeaks } from '../support/local-api.ts';
import { badArgument, refused, values } from '../support/refusals.ts';

checkLeaks();

const folder = mkdtempSync(join(tmpdir(), 'agents-wasm-'));
after(() => rmSync(folder, { recursive: true }));
let files = 0;
const newFile = () => join(folder, `${++files}.db`);

const PAGE = 4096;
const CONVERSATIONS = Array.from({ length: 12 }, (_, index) => `conversation ${index}`);
const item = (id: string, index: number): Item => ({ role: 'user', content: `${id} ${index} ${'ä'.repeat(60)}` });

/** A file with 1,200 items, a title, metadata and a shelf. */
async function makeFile(): Promise<string> {
  const dbPath = newFile();
  await using session = new SQLiteSession({ dbPath });
  for (let index = 0; index < 100; index++) {
    await Promise.all(
      CONVERSATIONS.map((id) => {
        const origins = [{ agent: { name: 'bot' }, runId: `run ${index}`, turn: 1 }];
        return session.saveItems(id, [item(id, index)], { operationId: `${id} ${index}`, origins });
      }),
    );
  }
  await session.setTitle('conversation 3', 'Kept');
  await session.setMetadata('conversation 3', { user: 5 });
  await session.saveItems('broken', [{ type: 'function_call_output', call_id: '1', output: 'orphan' }, 'x']);
  await session.doctor('broken', { repair: true });
  return dbPath;
}

function damage(dbPath: string, pages: number[], byte: number): void {
  const file = openSync(dbPath, 'r+');
  for (const page of pages) writeSync(file, Buffer.alloc(PAGE, byte), 0, PAGE, page * PAGE);
  closeSync(file);
}

async function historiesOf(dbPath: string): Promise<Map<string, Item[]>> {
  await using session = new SQLiteSession({ dbPath });
  const { conversations } = await session.listConversations({ limit: 100 });
  const histories = new Map<string, Item[]>();
  for (const { id } of conversations) histories.set(id, await session.loadItems(id));
  return histories;
}

const whole = await makeFile();

test('a whole database is copied as it is', async () => {
  const into = newFile();
  assert.deepEqual(await recoverDatabase({ dbPath: whole, into }), { conversations: 13, items: 1201, unreadable: 0 });
  const [before, later] = [await historiesOf(whole), await historiesOf(into)];
  assert.deepEqual([...later].sort(), [...before].sort());
});

test('titles, origins, uids and shelves come along', async () => {
  const into = newFile();
  await recoverDatabase({ dbPath: whole, into });
  await using old = new SQLiteSession({ dbPath: whole });
  await using session = new SQLiteSession({ dbPath: into });
  const id = 'conversation 3';
  const known = async (from: SQLiteSession) =>
    (await from.loadItems(id)).map(({ uid, agent, runId, turn, createdAt }) => [uid, agent, runId, turn, createdAt]);
  assert.deepEqual(await known(session), await known(old));
  // Which of two that changed in one millisecond comes first is not kept.
  const listed = async (from: SQLiteSession) =>
    (await from.listConversations({ limit: 100 })).conversations.sort((a, b) => (a.id < b.id ? -1 : 1));
  assert.deepEqual(await listed(session), await listed(old));
  const { items } = await session.loadPage('broken', { shelf: await shelfOf(whole) });
  assert.deepEqual(items, [{ type: 'function_call_output', call_id: '1', output: 'orphan' }]);
  await session.saveItems(id, ['more']);
  assert.equal((await session.loadItems(id)).length, 101);
});

async function shelfOf(dbPath: string): Promise<string> {
  const { DatabaseSync } = await import('node:sqlite');
  const database = new DatabaseSync(dbPath, { readOnly: true });
  const row = database.prepare('SELECT shelf FROM agents_wasm_agent_messages_shelves').get();
  database.close();
  return row?.shelf as string;
}

test('whatever pages are damaged, what is copied was there, in its order, and the rest is not lost with it', async () => {
  const pages = statSync(whole).size / PAGE;
  const original = await historiesOf(whole);
  let damaged = 0;
  let copied = 0;
  for (let page = 1; page < pages; page += 4) {
    const dbPath = newFile();
    copyFileSync(whole, dbPath);
    damage(dbPath, [page], page % 2 ? 0 : 0xff);
    const before = readFileSync(dbPath);
    const into = newFile();
    try {
      const { items, unreadable } = await recoverDatabase({ dbPath, into });
      copied += 1;
      damaged += unreadable > 0 ? 1 : 0;
      assert.ok(items >= 1150 && unreadable <= 1000, `${items} items, ${unreadable} unreadable, page ${page}`);
    } catch (error) {
      assert.equal((error as { code: string }).code, 'corrupt');
      continue;
    }
    assert.deepEqual(readFileSync(dbPath), before);
    for (const [id, items] of await historiesOf(into)) {
      const texts = items.map((one) => JSON.stringify(one));
      const all = (original.get(id) ?? []).map((one) => JSON.stringify(one));
      assert.deepEqual(
        texts,
        all.filter((text) => texts.includes(text)),
      );
    }
  }
  assert.ok(damaged > 5, String(damaged));
  assert.ok(copied > damaged);
});

test('a database that cannot be opened at all, and a target that is in use, are refused', async () => {
  const dbPath = newFile();
  copyFileSync(whole, dbPath);
  damage(dbPath, [0], 0);
  await refused(() => recoverDatabase({ dbPath, into: newFile() }), 'SessionError', 'corrupt');
  await refused(() => recoverDatabase({ dbPath, into: whole }), 'UserError', 'user_error', 'into');
  await badArgument(() => recoverDatabase({ dbPath, into: dbPath }), 'into must be another database');
  for (const [value, kind] of values) {
    await badArgument(() => recoverDatabase({ dbPath: value as never, into: 'x' }), 'dbPath must be a string', kind);
    await badArgument(() => recoverDatabase({ dbPath: 'x', into: value as never }), 'into must be a string', kind);
    if (!kind.startsWith('an object')) await badArgument(() => recoverDatabase(value as never), 'options', kind);
  }
  const advice = new SQLiteSession({ dbPath });
  await refused(() => advice.loadItems('c'), 'SessionError', 'corrupt', 'recoverDatabase()');
  await advice.close();
});
