import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import type { TestServer } from '../support/browser.ts';
import { RawBrowser, type RawTab } from './raw-browser.ts';
import { checkNothingLost, serveTabs } from './tabs.ts';

let server: TestServer;
let browser: RawBrowser;

before(async () => {
  server = await serveTabs();
  browser = await RawBrowser.start();
});

after(async () => {
  await browser?.close();
  await server?.close();
});

beforeEach(() => browser.closeTabs());

/** Each of them hides the one before. */
async function openAll(dbPath: string, count: number): Promise<RawTab[]> {
  const all: RawTab[] = [];
  while (all.length < count) {
    const tab = await browser.open(server.url);
    await tab.evaluate(`tab.open('${dbPath}')`);
    all.push(tab);
  }
  return all;
}

test('a leader that is frozen under load hands over, and goes on as a follower when it wakes', async (context) => {
  const all = (await openAll('frozen.db', 3)) as [RawTab, ...RawTab[]];
  const [leader, ...others] = all;
  for (const tab of all) await tab.evaluate('tab.start()');
  await Promise.all(all.map((tab) => tab.saves(20)));
  const since = performance.now();
  await leader.freeze();
  // The tab in front, whose timers are not slowed down. The old leader may have answered some of these calls.
  await others.at(-1)?.saves(5);
  context.diagnostic(`hand-over: at most ${Math.round(performance.now() - since)} ms`);
  await Promise.all(others.map((tab) => tab.saves(20)));
  await rest(others);
  await leader.wake();
  await leader.saves(20);
  await finish(all);
});

test('a follower that is frozen while the leader goes leaves the lead to another', async () => {
  const [leader, sleeper, other] = (await openAll('sleeper.db', 3)) as [RawTab, RawTab, RawTab];
  await sleeper.freeze();
  // The browser grants a lock to a page that it is just freezing, too.
  await other.evaluate(`new Promise((done) => {
    const look = async () => {
      const { pending } = await navigator.locks.query();
      pending.filter(({ name }) => name === 'agents-wasm:leader:sleeper.db').length > 1 ? setTimeout(look, 5) : done();
    };
    look();
  })`);
  await leader.close();
  const id = await other.evaluate('tab.append()');
  await sleeper.wake();
  assert.deepEqual(await sleeper.evaluate('tab.ids()'), [id]);
});

for (const count of [1, 3]) {
  test(`the first of ${count} tabs that leaves its page under load and returns finds it kept and going on`, async () => {
    const all = (await openAll(`left-${count}.db`, count)) as [RawTab, ...RawTab[]];
    const [leader, ...others] = all;
    for (const tab of all) await tab.evaluate('tab.start()');
    await Promise.all(all.map((tab) => tab.saves(20)));
    await leader.leave();
    await Promise.all(others.map((tab) => tab.saves(20)));
    await rest(others);
    assert.equal(await leader.comeBack(), 'kept');
    await leader.saves(20);
    await finish(all);
  });
}

test('a follower that leaves its page and returns finds it kept, though the others went on', async () => {
  const [leader, follower] = (await openAll('follower.db', 2)) as [RawTab, RawTab];
  await follower.evaluate('tab.append()');
  await follower.leave();
  await leader.evaluate('tab.append()');
  assert.equal(await follower.comeBack(), 'kept');
  await follower.evaluate('tab.append()');
  assert.equal((await leader.evaluate<string[]>('tab.ids()')).length, 3);
});

/** A store remembers its last 1,000 operations; as many in the seconds of a pause are more than anybody makes. */
async function rest(others: RawTab[]): Promise<void> {
  for (const tab of others) await tab.evaluate('tab.stop()');
}

/** Stops all, and compares what each finds with what all were told. */
async function finish(all: RawTab[]): Promise<void> {
  for (const tab of all) await tab.evaluate('tab.stop()');
  const told: { acknowledged: { id: string }[] }[] = [];
  for (const tab of all) {
    assert.deepEqual(await tab.evaluate('tab.failures'), []);
    const saved = await tab.evaluate<string[]>('tab.saved');
    told.push({ acknowledged: saved.map((id) => ({ id })) });
  }
  for (const tab of all) checkNothingLost(told, await tab.evaluate('tab.ids()'));
}
