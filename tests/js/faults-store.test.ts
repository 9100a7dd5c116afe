import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Agent, Runner, run, tool } from '../../js/src/index.ts';
import { readPage } from '../../js/src/sessions/store-calls.ts';
import { CrashDisk } from '../support/crash-disk.ts';
import { observe } from '../support/crash-story.ts';
import { type CrashSqlite, loadCrashSqlite } from '../support/crash-vfs.ts';
import { assertNoLeaks, DatabaseSession } from '../support/database-session.ts';
import { localApi } from '../support/local-api.ts';

const SETTINGS = ['locking_mode = EXCLUSIVE', 'journal_mode = WAL', 'synchronous = FULL', 'temp_store = MEMORY'];
const HOUR = 3_600_000;
const LEASE_MS = 10_000;

let sqlite: CrashSqlite;

before(async () => {
  sqlite = await loadCrashSqlite();
});

after(assertNoLeaks);

const payer = () => new Agent({ name: 'payer', tools: [tool({ name: 'pay', execute: () => 'paid' })] });

test('a save that finds no space at any of its writes changes nothing, and works when there is space', async () => {
  const disk = new CrashDisk();
  await using session = new DatabaseSession(sqlite.open(disk, SETTINGS));
  await session.saveItems('c', ['before']);
  const expected = ['before'];
  let refused = 0;
  for (let writes = 0; ; writes++) {
    disk.writesLeft = writes;
    const text = `${writes} `.repeat(5000);
    const isSaved = await session.saveItems('c', [text, 'end']).then(
      () => true,
      ({ name, code }) => {
        assert.deepEqual([name, code], ['SessionError', 'quota']);
        return false;
      },
    );
    disk.writesLeft = Number.POSITIVE_INFINITY;
    if (isSaved) expected.push(text, 'end');
    assert.deepEqual((await observe(session)).history, expected);
    if (isSaved) break;
    refused += 1;
  }
  assert.ok(refused > 10, `refused ${refused} times`);
});

test('a run that finds no space where it commits stays open with all that it has got, and is taken up later', async () => {
  const disk = new CrashDisk();
  await using session = new DatabaseSession(sqlite.open(disk, SETTINGS));
  const answer = () => {
    disk.writesLeft = 0;
    return 'Paid.';
  };
  const { runConfig } = localApi([{ calls: [{ name: 'pay', callId: 'p' }] }, answer, 'Paid again.']);
  const place = { session, conversationId: 'c', runConfig };
  await assert.rejects(run(payer(), 'pay', place), { name: 'SessionError', code: 'quota' });
  disk.writesLeft = Number.POSITIVE_INFINITY;
  const found = await observe(session);
  assert.deepEqual(found, { history: [], shelf: [], open: ['pay', 'p()', 'p=paid'] });
  await Runner.resume(payer(), place);
  assert.deepEqual((await observe(session)).history, ['pay', 'p()', 'p=paid', 'Paid again.']);
});

test('a clock that goes back leaves items in order and each conversation in the list once, by the times it gave', async () => {
  const disk = new CrashDisk();
  let time = Date.UTC(2026, 5, 1);
  disk.now = () => time;
  await using session = new DatabaseSession(sqlite.open(disk, SETTINGS));
  await session.saveItems('early', ['one']);
  time += HOUR;
  await session.saveItems('late', ['one']);
  time -= 2 * HOUR;
  await session.saveItems('early', ['two', 'three']);
  assert.deepEqual(
    (await session.loadItems('early')).map(({ content }) => content),
    ['one', 'two', 'three'],
  );
  assert.equal((await session.popItem('early'))?.content, 'three');
  const first = await session.listConversations({ limit: 1 });
  const second = await session.listConversations({ limit: 1, after: first.next });
  const listed = [...first.conversations, ...second.conversations].map(({ id }) => id);
  assert.deepEqual([listed, second.next], [['late', 'early'], undefined]);
});

test('a clock that jumps, back or forth, ends a lease, and the run that held it hears so', async () => {
  for (const jump of [-HOUR, HOUR]) {
    const disk = new CrashDisk();
    let time = Date.UTC(2026, 5, 1);
    disk.now = () => time;
    const database = sqlite.open(disk, SETTINGS);
    const shared = Object.assign(Object.create(database), {
      close: async () => {},
      batch: database.batch.bind(database),
    });
    await using first = new DatabaseSession(shared, { leaseMs: LEASE_MS });
    await using second = new DatabaseSession(shared, { leaseMs: LEASE_MS });
    const overtaken = localApi([
      async () => {
        const options = { session: second, conversationId: 'c', onBusy: 'error' } as const;
        const busy = { code: 'conversation_busy' };
        await assert.rejects(run(payer(), 'second', { ...options, ...localApi([]) }), busy);
        time += jump;
        await run(payer(), 'second', { ...options, ...localApi(['Second.']) });
        return 'First.';
      },
    ]);
    const superseded = { name: 'SessionError', code: 'run_superseded' };
    await assert.rejects(run(payer(), 'first', { session: first, conversationId: 'c', ...overtaken }), superseded);
    assert.deepEqual(await observe(second), { history: ['second', 'Second.'], shelf: [], open: [] });
    await first.close();
    await second.close();
    await database.close();
  }
});

test('rows of others that are no items are skipped wherever they stand, and counted', async () => {
  const database = sqlite.open(new CrashDisk(), SETTINGS);
  await using session = new DatabaseSession(database);
  await session.saveItems('c', ['one']);
  const bad = ['', '{', '[1]', '"text"', 'null', '{"a":1}}', '\u0001', '{"role":"user","content":"\ud800"'];
  for (const text of bad) await database.batch([foreign(text)]);
  await session.saveItems('c', ['two']);
  await database.batch([foreign('{"role": "user", "content": "three"}'), foreign('{')]);
  assert.deepEqual((await observeWithBad(session)).said, ['one', 'two', 'three']);
  assert.equal((await observeWithBad(session)).undecodable, bad.length + 1);
  assert.equal((await session.loadItems('c', { maxItems: 2 })).length, 2);
  const popped = [];
  for (let item = await session.popItem('c'); item; item = await session.popItem('c')) popped.push(item.content);
  assert.deepEqual(popped, ['three', 'two', 'one']);
  assert.equal((await observeWithBad(session)).undecodable, bad.length + 1);
});

function foreign(text: string) {
  return { sql: "INSERT INTO agent_messages (session_id, message_data) VALUES ('c', ?1)", params: [text] };
}

async function observeWithBad(session: DatabaseSession) {
  const { items, undecodable } = await readPage(session, { conversationId: 'c', origins: true });
  return { said: items.map(({ content }) => content), undecodable };
}
