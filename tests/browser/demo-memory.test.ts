import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import type { Page } from 'playwright-core';
import { launchBrowser, openPage } from '../support/browser.ts';
import { Demo } from './demo.ts';

let demo: Demo;

before(async () => {
  demo = await Demo.start();
});

after(() => demo?.close());

/** Each test has a browser without a past. */
beforeEach(async () => {
  await demo.browser.close();
  demo.browser = await launchBrowser();
});

test('a reloaded page knows the name and shows the conversation again, with nothing on the console', async () => {
  const chat = await demo.open();
  await chat.ask("Hello, I'm John");
  const address = chat.page.url();
  await chat.page.reload();
  await chat.isReady();
  await chat.sees('.user', "Hello, I'm John");
  assert.equal(chat.page.url(), address);
  assert.match(await chat.ask("What's my name?"), /John/);
  assert.deepEqual(await chat.texts('.user .text'), ["Hello, I'm John", "What's my name?"]);
  assert.deepEqual(await chat.titles(), ["Hello, I'm John"]);
  assert.deepEqual(chat.errors, []);
});

test('a browser that was closed and opened again knows the name, also without the address of the conversation', async () => {
  const chat = await demo.open();
  await chat.ask("Hello, I'm John");
  await demo.browser.close({ keepProfile: true });
  demo.browser = await launchBrowser({ profile: demo.browser.profile });
  const later = await demo.open();
  await later.sees('.user', "Hello, I'm John");
  assert.match(await later.ask("What's my name?"), /John/);
});

test('a browser that is killed while an answer comes in keeps what was saved before, and not the half of this', async () => {
  const chat = await demo.open();
  await chat.ask("Hello, I'm John");
  await chat.send('Count to 300');
  await chat.sees('.assistant', '10, 11');
  await demo.browser.kill();
  demo.browser = await launchBrowser({ profile: demo.browser.profile });
  const later = await demo.open();
  await later.sees('.user', "Hello, I'm John");
  assert.match(await later.ask("What's my name?"), /John/);
  assert.deepEqual(await later.texts('.user .text'), ["Hello, I'm John", "What's my name?"]);
});

test('a page that crashes loses nothing that it had shown as saved', async () => {
  const chat = await demo.open();
  await chat.ask("Hello, I'm John");
  await chat.sees('#facts', '2 items');
  const session = await demo.browser.context.newCDPSession(chat.page);
  session.send('Page.crash').catch(() => undefined);
  await chat.page.waitForEvent('crash');
  await chat.close();
  const later = await demo.open();
  assert.match(await later.ask("What's my name?"), /John/);
});

test('a Worker that died between two messages is replaced without a word', async () => {
  const chat = await demo.open();
  await chat.ask("Hello, I'm John");
  await killWorker(chat.page);
  assert.match(await chat.ask("What's my name?"), /John/);
  await chat.sees('#facts', '4 items');
  assert.deepEqual(chat.errors, []);
});

test('a Worker that dies while an answer comes in is an error that can be tried again, and nothing is doubled', async () => {
  const chat = await demo.open();
  await chat.ask("Hello, I'm John");
  await chat.send('Count to 60');
  await chat.sees('.assistant', '10, 11');
  await killWorker(chat.page);
  await chat.sees('.outcome.error', 'What was saved before is safe');
  await chat.page.click('.outcome .plain');
  await chat.sees('#facts', '4 items');
  await chat.page.reload();
  await chat.isReady();
  await chat.sees('.user', 'Count to 60');
  assert.deepEqual(await chat.texts('.user .text'), ["Hello, I'm John", 'Count to 60']);
});

test('a second tab says that the first has the conversations, and opens them once that is closed', async () => {
  const first = await demo.open();
  await first.ask("Hello, I'm John");
  const { page, errors } = await openPage(demo.browser, demo.server.url);
  await page.waitForSelector('#cover-retry:not([hidden])');
  assert.equal(await page.textContent('#cover-title'), 'Your conversations are in use by another tab');
  assert.equal(await page.isVisible('#app'), false);
  await page.click('#cover-retry');
  await page.waitForSelector('#cover-retry', { state: 'hidden' });
  await page.waitForSelector('#cover-retry:not([hidden])');
  assert.match(await first.ask("What's my name?"), /John/);
  await first.close();
  await page.click('#cover-retry');
  await page.waitForSelector('.user');
  assert.deepEqual(await page.locator('.user .text').allInnerTexts(), ["Hello, I'm John", "What's my name?"]);
  assert.deepEqual(errors, []);
});

async function killWorker(page: Page): Promise<void> {
  const [worker] = page.workers();
  assert.ok(worker, 'There is no Worker.');
  const closed = worker.waitForEvent('close');
  worker.evaluate(() => (globalThis as { close?: () => void }).close?.()).catch(() => undefined);
  await closed;
}
