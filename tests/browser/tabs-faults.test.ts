import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { type Tab, Tabs } from './tabs.ts';

/** A Worker to which the files are refused for a time. */
const REFUSED_WORKER = `
  const until = Number(new URL(self.location).searchParams.get('until'));
  const original = FileSystemFileHandle.prototype.createSyncAccessHandle;
  FileSystemFileHandle.prototype.createSyncAccessHandle = function () {
    const held = new DOMException('held', 'NoModificationAllowedError');
    return Date.now() < until ? Promise.reject(held) : original.call(this);
  };
  const early = [];
  self.onmessage = (event) => early.push(event);
  await import('./sqlite-worker.js');
  for (const event of early) self.onmessage(event);
`;

let tabs: Tabs;

before(async () => {
  tabs = await Tabs.start({ 'refused-worker.js': REFUSED_WORKER });
});

afterEach(() => tabs.closeAll());

after(() => tabs?.close());

test('a leader that does not answer fails the others’ calls as locked, and they work once it does', async () => {
  const [leader, follower] = (await tabs.openAll('silent.db', 2)) as [Tab, Tab];
  await follower.page.evaluate(() => tab.append());
  const [worker] = leader.page.workers();
  const silence = worker?.evaluate(() => {
    const { buffer } = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
    Atomics.wait(new Int32Array(buffer), 0, 0, 19_000);
  });
  const third = await tabs.open();
  const failures = await Promise.all([
    follower.page.evaluate(() => tab.failureOf(() => tab.append())),
    third.page.evaluate(() => tab.failureOf(() => tab.open('silent.db'))),
  ]);
  for (const { code, message } of failures) {
    assert.equal(code, 'locked');
    assert.match(message, /tab that has the database "silent.db" open does not answer/);
  }
  await silence;
  await follower.page.evaluate(() => tab.append());
  await third.page.evaluate(() => tab.append());
  // The append that failed is one whose outcome nobody was told.
  const found = await third.ids();
  assert.ok(found.length === 3 || found.length === 4, found.join());
  assert.deepEqual(await leader.ids(), found);
});

test('a Worker of a page follows and leads as a page does', async () => {
  const leader = await tabs.open('worker.db');
  const inWorker = await tabs.open();
  const first = await leader.page.evaluate(() => tab.append());
  const follows = await inWorker.page.evaluate(() => tab.inWorker('worker.db'));
  assert.deepEqual(await leader.ids(), [first, follows]);
  await leader.close();
  const leads = await inWorker.page.evaluate(() => tab.inWorker('worker.db'));
  const other = await tabs.open('worker.db');
  assert.equal(other.leads, false);
  assert.deepEqual(await other.ids(), [first, follows, leads]);
});

test('a leader-to-be that cannot open the files fails its calls as locked, and the next ones work', async () => {
  const leader = await tabs.open('held.db');
  const next = await tabs.open();
  const until = Date.now() + 9000;
  await next.page.evaluate((url) => tab.open('held.db', url), `/refused-worker.js?until=${until}`);
  const id = await next.page.evaluate(() => tab.append());
  await leader.close();
  const failure = await next.page.evaluate(() => tab.failureOf(() => tab.append()));
  assert.equal(failure.code, 'locked');
  assert.match(failure.message, /files of the database "held.db" are held/);
  const later = await next.page.evaluate(async (end) => {
    while (Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 100));
    return tab.append();
  }, until);
  assert.deepEqual(await next.ids(), [id, later]);
});

test('a page that stood still for long fails the changes that were under way, and repeats what only reads', async () => {
  const leader = await tabs.open('paused.db');
  const { failure, found } = await leader.page.evaluate(async () => {
    const database = await tab.openSqlDatabase({ dbPath: 'paused.db' });
    await database.batch([{ sql: 'CREATE TABLE paused (value)' }]);
    const change = tab.failureOf(() => database.batch([{ sql: 'INSERT INTO paused VALUES (1)' }]));
    const read = database.batch([{ sql: 'SELECT count(*) FROM paused' }]);
    dispatchEvent(new Event('pagehide'));
    const later = Date.now() + 120_000;
    Date.now = () => later;
    dispatchEvent(new Event('pageshow'));
    const [rows] = await read;
    return { failure: await change, found: rows?.[0]?.[0] };
  });
  assert.equal(failure.code, 'io');
  assert.match(failure.message, /"paused.db" was under way.*may have been written or not/);
  assert.ok(found === 0 || found === 1);
});
