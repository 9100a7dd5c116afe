import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';

import { Agent, run, SQLiteSession } from 'agents-wasm';
import { GOLDEN } from '../support/golden.ts';
import { checkLeaks, localApi } from '../support/local-api.ts';

checkLeaks();

const fixtures = new URL('../fixtures/sql/', import.meta.url);
const folder = mkdtempSync(join(tmpdir(), 'agents-wasm-'));
after(() => rmSync(folder, { recursive: true }));

/** A file as that version of the schema left it. */
function goldenFile(version: number, name: string): string {
  const dbPath = join(folder, `${name}-${version}.db`);
  const database = new DatabaseSync(dbPath, { enableForeignKeyConstraints: false });
  database.exec(readFileSync(new URL(`v${version}.sql`, fixtures), 'utf8'));
  database.close();
  return dbPath;
}

function schemaVersion(dbPath: string): unknown {
  const database = new DatabaseSync(dbPath);
  const row = database.prepare("SELECT value FROM agents_wasm_meta WHERE key = 'schema'").get();
  database.close();
  return row?.value;
}

const versions = readdirSync(fixtures).map((name) => Number(/^v(\d+)\.sql$/.exec(name)?.[1]));
const current = Math.max(...versions);

test('there is a golden file of every version of the schema up to the current one', async () => {
  assert.deepEqual(
    versions.toSorted((one, other) => one - other),
    Array.from({ length: current }, (_, index) => index + 1),
  );
  const dbPath = join(folder, 'fresh.db');
  await using session = new SQLiteSession({ dbPath });
  await session.saveItems('c', ['x']);
  assert.equal(schemaVersion(dbPath), String(current));
});

for (const version of versions) {
  test(`a file of version ${version} opens with all that it has, and is written on`, async () => {
    const dbPath = goldenFile(version, 'whole');
    await using session = new SQLiteSession({ dbPath });
    assert.deepEqual(await session.loadItems('chat'), GOLDEN.chat);
    assert.deepEqual(await session.loadItems('other'), GOLDEN.other);
    assert.equal(schemaVersion(dbPath), String(current));
    const { conversations } = await session.listConversations();
    const chat = conversations.find(({ id }) => id === 'chat');
    assert.equal(chat?.title, 'A title');
    assert.deepEqual(chat?.metadata, version === 1 ? {} : GOLDEN.metadata);
    const open = await session.openRuns('chat');
    assert.deepEqual(
      open.map(({ agent }) => agent?.name),
      version === 1 ? [] : ['bot'],
    );
    await session.saveItems('other', ['more']);
    assert.equal((await session.loadItems('other')).length, 2);
    const { runConfig } = localApi(['Hello.']);
    // The run that was killed before is settled with what its call was answered.
    await run(new Agent({ name: 'a' }), 'next', { session, conversationId: 'chat', runConfig });
    const settled = version === 1 ? 0 : 3;
    const history = await session.loadItems('chat');
    assert.equal(history.length, GOLDEN.chat.length + settled + 2);
    assert.deepEqual((await session.doctor('chat')).findings, []);
    await session.delete('other');
    assert.deepEqual(await session.loadItems('other'), []);
  });

  test(`two processes may open a file of version ${version} at once`, async () => {
    const dbPath = goldenFile(version, 'twice');
    await using first = new SQLiteSession({ dbPath });
    await using second = new SQLiteSession({ dbPath });
    const [mine, others] = await Promise.all([first.loadItems('chat'), second.loadItems('chat')]);
    assert.deepEqual(mine, GOLDEN.chat);
    assert.deepEqual(others, GOLDEN.chat);
    await Promise.all([first.saveItems('chat', ['mine']), second.saveItems('chat', ['other'])]);
    assert.equal((await first.loadItems('chat')).length, GOLDEN.chat.length + 2);
  });
}

test('a migration waits for a writer, and finds what that one wrote', async () => {
  const dbPath = goldenFile(1, 'waits');
  const writer = new DatabaseSync(dbPath);
  writer.exec("BEGIN IMMEDIATE; INSERT INTO agent_messages (session_id, message_data) VALUES ('other', '{}')");
  await using session = new SQLiteSession({ dbPath });
  const loading = session.loadItems('other');
  await using hasty = new SQLiteSession({ dbPath, busyTimeout: 50 });
  await assert.rejects(hasty.loadItems('other'), { code: 'busy' });
  writer.exec('COMMIT');
  writer.close();
  assert.equal((await loading).length, GOLDEN.other.length + 1);
  assert.equal(schemaVersion(dbPath), String(current));
});
