import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Page } from 'playwright-core';
import { launchBrowser, openPage, servePage, type TestServer } from '../support/browser.ts';

let server: TestServer;

before(async () => {
  server = await servePage(new URL('./runs-page.ts', import.meta.url));
});

after(() => server?.close());

type Kind = 'opfs' | 'indexeddb';

/** Two tabs of a new browser on one store. */
async function inTwoTabs(kind: Kind, body: (here: Page, there: Page) => Promise<void>): Promise<void> {
  const browser = await launchBrowser();
  try {
    const pages: Page[] = [];
    for (let i = 0; i < 2; i++) {
      const { page } = await openPage(browser, server.url);
      await page.evaluate((which) => runs.open(which), kind);
      pages.push(page);
    }
    await body(pages[0] as Page, pages[1] as Page);
  } finally {
    await browser.close();
  }
}

const AT_WORK = ['buy', 'pay'];
const PAID = ['buy', 'pay', 'paid', 'Thank you.'];

for (const kind of ['opfs', 'indexeddb'] as const) {
  test(`${kind}: a run in one tab waits for that of another, or fails at once if it may not wait`, async () => {
    await inTwoTabs(kind, async (here, there) => {
      await here.evaluate(() => runs.begin('buy'));
      assert.deepEqual(await there.evaluate(() => runs.states()), ['running']);
      assert.equal(await there.evaluate(() => runs.run('me too', 'error')), 'conversation_busy');
      const waiting = there.evaluate(() => runs.run('me too'));
      await here.evaluate(() => runs.finish());
      assert.equal(await waiting, 'You said me too.');
      assert.deepEqual(await here.evaluate(() => runs.history()), [...PAID, 'me too', 'You said me too.']);
    });
  });

  test(`${kind}: a run whose tab was killed is a crashed one at once, and another tab goes on with it`, async () => {
    await inTwoTabs(kind, async (here, there) => {
      await here.evaluate(() => runs.begin('buy'));
      const crash = await here.context().newCDPSession(here);
      const crashed = here.waitForEvent('crash');
      crash.send('Page.crash').catch(() => undefined);
      await crashed;
      await there.waitForFunction(async () => (await runs.states())[0] === 'crashed');
      assert.deepEqual(await there.evaluate(() => runs.history()), []);
      assert.equal(await there.evaluate(() => runs.resume()), 'I cannot tell.');
      const history = await there.evaluate(() => runs.history());
      assert.deepEqual([history.slice(0, 2), history[3]], [AT_WORK, 'I cannot tell.']);
      assert.match(history[2] ?? '', /^Outcome unknown/);
    });
  });

  test(`${kind}: those who waited for a tab that is closed go on, and what its tool did stays known`, async () => {
    await inTwoTabs(kind, async (here, there) => {
      await here.evaluate(() => runs.begin('buy'));
      const waiting = there.evaluate(() => runs.run('me too'));
      await here.close();
      assert.equal(await waiting, 'You said me too.');
      const history = await there.evaluate(() => runs.history());
      assert.deepEqual(history, [...AT_WORK, 'aborted', 'me too', 'You said me too.']);
    });
  });

  test(`${kind}: a conversation that one tab deletes stays deleted when the run of another ends`, async () => {
    await inTwoTabs(kind, async (here, there) => {
      await here.evaluate(() => runs.begin('buy'));
      await there.evaluate(() => runs.delete());
      const failure = await here.evaluate(() => runs.finish().then(String, (error) => error.code));
      assert.equal(failure, 'run_superseded');
      assert.deepEqual(await there.evaluate(() => runs.history()), []);
      assert.deepEqual(await there.evaluate(() => runs.states()), []);
    });
  });

  test(`${kind}: every tab hears of items, runs and deletion`, async () => {
    await inTwoTabs(kind, async (here, there) => {
      await here.evaluate(() => runs.run('hello'));
      await there.waitForFunction(() => runs.heard.some(({ type }) => type === 'items'));
      await here.evaluate(() => runs.delete());
      await there.waitForFunction(() => runs.heard.at(-1)?.type === 'deleted');
      const types = await there.evaluate(() => runs.heard.map(({ type }) => type));
      assert.deepEqual(types, ['runs', 'items', 'deleted']);
    });
  });
}
