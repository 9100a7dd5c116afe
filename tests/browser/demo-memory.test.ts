import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { endWorker, launchBrowser } from '../support/browser.ts';
import { type Chat, Demo } from './demo.ts';

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
  await endWorker(chat.page);
  assert.match(await chat.ask("What's my name?"), /John/);
  await chat.sees('#facts', '4 items');
  assert.deepEqual(chat.errors, []);
});

test('a Worker that dies while an answer comes in is replaced, and nothing is lost or doubled', async () => {
  const chat = await demo.open();
  await chat.ask("Hello, I'm John");
  await chat.send('Count to 60');
  await chat.sees('.assistant', '10, 11');
  await endWorker(chat.page);
  await chat.isDone();
  await chat.sees('#facts', '4 items');
  await chat.page.reload();
  await chat.isReady();
  await chat.sees('.user', 'Count to 60');
  assert.deepEqual(await chat.texts('.user .text'), ["Hello, I'm John", 'Count to 60']);
  assert.deepEqual(chat.errors, []);
});

test('a second tab has the same conversations, and goes on when the first is closed', async () => {
  const first = await demo.open();
  await first.ask("Hello, I'm John");
  const second = await demo.open();
  await second.sees('.user', "Hello, I'm John");
  assert.match(await second.ask("What's my name?"), /John/);
  await first.close();
  assert.match(await second.ask("What's my name?"), /John/);
  await second.page.reload();
  await second.isReady();
  await second.sees('#facts', '6 items');
  assert.deepEqual(second.errors, []);
});

test('an answer that a reload interrupted is offered again, and goes on without a second message', async () => {
  const chat = await interruptedChat();
  assert.deepEqual(await chat.texts('.user .text'), ['Count to 300']);
  await chat.page.click('text=Continue');
  await chat.isDone();
  await chat.sees('.assistant', '299, 300');
  await chat.sees('#facts', '2 items');
  assert.deepEqual(await chat.texts('.user .text'), ['Count to 300']);
  assert.deepEqual(await chat.titles(), ['Count to 300']);
});

test('an interrupted first message can be discarded, also after a reload, and leaves no conversation', async () => {
  const chat = await interruptedChat();
  await chat.page.click('text=Discard');
  await chat.page.waitForSelector('#welcome:not([hidden])');
  assert.deepEqual(await chat.titles(), []);
});

test('a tab shows what another one is being answered, while it comes and afterwards', async () => {
  const first = await demo.open();
  await first.ask("Hello, I'm John");
  const second = await demo.open();
  await second.sees('.user', "Hello, I'm John");
  await first.send('Count to 100');
  await second.sees('.user', 'Count to 100');
  await second.sees('.running .assistant', '20, 21');
  await first.isDone();
  await second.sees('#facts', '4 items');
  await second.sees('.assistant', '99, 100');
  assert.equal(await second.page.isVisible('.running'), false);
  assert.match(await second.ask("What's my name?"), /John/);
  await first.sees('.user', "What's my name?");
  assert.deepEqual([...first.errors, ...second.errors], []);
});

/** A conversation whose first answer broke off, after the page was loaded again. */
async function interruptedChat(): Promise<Chat> {
  const chat = await demo.open();
  await chat.send('Count to 300');
  await chat.sees('.assistant', '10, 11');
  await chat.page.reload();
  await chat.isReady();
  await chat.sees('.outcome', 'This answer was interrupted');
  return chat;
}
