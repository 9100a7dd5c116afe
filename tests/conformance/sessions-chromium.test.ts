import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { launchBrowser, openPage, type TestBrowser, type TestServer } from '../support/browser.ts';
import { serveSessionPage } from './session-server.ts';

let server: TestServer;
let browser: TestBrowser;

before(async () => {
  server = await serveSessionPage();
  browser = await launchBrowser();
});

after(async () => {
  await browser?.close();
  await server?.close();
});

test('every store keeps its promises in Chromium, without a word on the console', async (context) => {
  const { page, errors } = await openPage(browser, server.url);
  const names = await page.evaluate(() => suite.names());
  assert.ok(names.length > 50, `only ${names.length} cases were collected`);
  for (const [index, name] of names.entries()) {
    await context.test(name, async () => {
      assert.equal(await page.evaluate((at) => suite.run(at), index), undefined);
    });
  }
  assert.deepEqual(errors, []);
  await page.close();
});
