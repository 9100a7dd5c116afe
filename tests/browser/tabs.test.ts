import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { endWorker } from '../support/browser.ts';
import { checkNothingLost, longestPause, type Tab, Tabs } from './tabs.ts';

/** Hand-over takes some hundred milliseconds; this only tells that it happened. */
const LONGEST = 5000;

let tabs: Tabs;

before(async () => {
  tabs = await Tabs.start();
});

afterEach(() => tabs.closeAll());

after(() => tabs?.close());

for (const count of [2, 5]) {
  test(`${count} tabs append at once, and each acknowledged id is there exactly once`, async () => {
    const all = await tabs.openAll(`${count}.db`, count);
    assert.deepEqual(
      all.map(({ leads }) => leads),
      all.map((_, index) => index === 0),
    );
    await Promise.all(all.map((tab) => tab.start()));
    await Promise.all(all.map((tab) => tab.hears(50)));
    await finish(all, all);
  });
}

const departures: [string, (leader: Tab) => Promise<unknown>][] = [
  ['is closed', (leader) => leader.close()],
  ['is killed', (leader) => leader.kill()],
  ['goes to another page', (leader) => leader.page.goto(new URL('/elsewhere.html', leader.page.url()).href)],
  ['reloads', (leader) => leader.page.reload()],
  ['loses its Worker', (leader) => endWorker(leader.page)],
];
for (const [what, depart] of departures) {
  test(`when the tab that leads ${what} under load, the others go on and nothing is lost or doubled`, async (context) => {
    const [leader, ...others] = (await tabs.openAll(`${what}.db`, 3)) as [Tab, ...Tab[]];
    for (const tab of [leader, ...others]) await tab.start();
    await Promise.all([leader, ...others].map((tab) => tab.hears(20)));
    const since = performance.now();
    await depart(leader);
    await Promise.all(others.map((tab) => tab.hears(30)));
    const pause = longestPause(others, since);
    context.diagnostic(`hand-over: ${pause} ms`);
    assert.ok(pause < LONGEST, `${pause} ms`);
    // A page that only lost its Worker goes on appending, and is to be stopped before its ids are counted.
    const alive = what === 'loses its Worker' ? [leader, ...others] : others;
    await finish([leader, ...others], alive);
  });
}

test('a session that is closed in the leading tab leaves the database to the others', async (context) => {
  const [leader, ...others] = (await tabs.openAll('closed.db', 3)) as [Tab, ...Tab[]];
  for (const tab of others) await tab.start();
  await Promise.all(others.map((tab) => tab.hears(20)));
  const since = performance.now();
  await leader.page.evaluate(() => tab.close());
  await leader.follows();
  await Promise.all(others.map((tab) => tab.hears(30)));
  context.diagnostic(`hand-over: ${longestPause(others, since)} ms`);
  await leader.page.evaluate(() => tab.open('closed.db'));
  assert.equal(leader.leads, false);
  await leader.start();
  await leader.hears(10);
  await finish([leader, ...others], [leader, ...others]);
});

test('the lead goes through five tabs, each killed under load', async (context) => {
  const all = await tabs.openAll('five.db', 5);
  for (const tab of all) await tab.start();
  for (const [index, leader] of all.slice(0, -1).entries()) {
    const others = all.slice(index + 1);
    await Promise.all(others.map((tab) => tab.hears(15)));
    const since = performance.now();
    await leader.kill();
    await Promise.all(others.map((tab) => tab.hears(15)));
    context.diagnostic(`hand-over: ${longestPause(others, since)} ms`);
  }
  await finish(all, all.slice(-1));
});

test('a follower has no Worker and no SQLite, and takes and gives what the leader does', async () => {
  const [leader, follower] = (await tabs.openAll('same.db', 2)) as [Tab, Tab];
  const loaded = await follower.page.evaluate(() =>
    performance.getEntriesByType('resource').map(({ name }) => name.split('/').at(-1)),
  );
  assert.ok(loaded.includes('core.wasm'));
  assert.equal(loaded.includes('sqlite3.wasm') || loaded.includes('sqlite-worker.js'), false);
  const [one, other] = await Promise.all([leader, follower].map((tab) => tab.page.evaluate(describeDatabase)));
  assert.deepEqual(other, one);
  assert.equal(one?.persistence, 'opfs');
  assert.equal(one?.codes.join(), 'conflict,invalid,invalid,invalid,closed');
});

test('a follower writes and reads a value of 60 MB', async () => {
  const [, follower] = (await tabs.openAll('big.db', 2)) as [Tab, Tab];
  const found = await follower.page.evaluate(async () => {
    const database = await tab.openSqlDatabase({ dbPath: 'big.db' });
    const bytes = new Uint8Array(60_000_000).fill(7);
    await database.batch([
      { sql: 'CREATE TABLE big (value)' },
      { sql: 'INSERT INTO big VALUES (?1)', params: [bytes] },
    ]);
    const [rows] = await database.batch([{ sql: 'SELECT value FROM big' }]);
    const value = rows?.[0]?.[0] as Uint8Array;
    await database.close();
    return [value.length, value[0], value.at(-1)];
  });
  assert.deepEqual(found, [60_000_000, 7, 7]);
});

test('two databases have owners of their own, and :memory: is nobody else’s', async () => {
  const first = await tabs.open('one.db');
  const second = await tabs.open('other.db');
  assert.deepEqual([first.leads, second.leads], [true, true]);
  await first.close();
  const id = await second.page.evaluate(() => tab.append());
  assert.deepEqual(await second.ids(), [id]);
  const third = await tabs.open(':memory:');
  const fourth = await tabs.open(':memory:');
  assert.deepEqual([third.leads, fourth.leads], [true, true]);
  await third.page.evaluate(() => tab.append());
  assert.deepEqual(await fourth.ids(), []);
});

test('two sessions of one tab and a database opened beside them share one Worker', async () => {
  const tab = await tabs.open('shared.db');
  const id = await tab.page.evaluate(() => globalThis.tab.append());
  await tab.page.evaluate(() => globalThis.tab.open('shared.db'));
  assert.deepEqual(await tab.ids(), [id]);
  assert.equal(tab.page.workers().length, 1);
});

/** Stops all, and compares what `alive` find with what everybody was told. */
async function finish(all: Tab[], alive: Tab[]): Promise<void> {
  for (const tab of alive) await tab.stop();
  for (const tab of alive) checkNothingLost(all, await tab.ids());
  for (const tab of alive) assert.deepEqual(tab.complaints, []);
}

/** Runs in the page. */
async function describeDatabase() {
  const database = await tab.openSqlDatabase({ dbPath: 'same.db' });
  const { limits, storage } = database;
  const failing = [
    ['CREATE TABLE IF NOT EXISTS narrow (id UNIQUE)', 'INSERT INTO narrow VALUES (1)', 'INSERT INTO narrow VALUES (1)'],
    ['SELECT * FROM missing'],
    ['COMMIT'],
    ['SELECT 9007199254740993'],
  ];
  const codes: string[] = [];
  for (const batch of failing) {
    const failure = await tab.failureOf(() => database.batch(batch.map((sql) => ({ sql }))));
    codes.push(failure.code);
  }
  const size = await database.size();
  await database.close();
  codes.push((await tab.failureOf(() => database.size())).code);
  return { ...limits, ...storage, size, codes };
}
