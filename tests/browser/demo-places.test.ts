import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { type Chat, Demo } from './demo.ts';

let demo: Demo;
let chat: Chat;

before(async () => {
  demo = await Demo.start();
});

after(() => demo?.close());

afterEach(() => chat.close());

async function choose(place: 'browser' | 'compacted' | 'server'): Promise<void> {
  await chat.page.click('#open-memory');
  await chat.page.check(`#memory input[value="${place}"]`);
  await chat.page.waitForSelector('#memory[aria-busy="false"]');
  await chat.page.keyboard.press('Escape');
}

const LABELS = { browser: 'In this browser', compacted: 'Compacted', server: 'On the server' };

async function isIn(place: keyof typeof LABELS): Promise<void> {
  await chat.sees('#memory-label', LABELS[place]);
}

/** Everything that was said, by whomever. */
const said = () => chat.texts('.user .text, .assistant .text');

async function talk(count: number): Promise<void> {
  await chat.ask("Hello, I'm John");
  for (let number = 2; number <= count; number += 1) await chat.ask(`Count to ${100 + number}`);
}

test('a conversation that is moved to the server and back keeps all that was said, and goes on in each place', async () => {
  chat = await demo.open('#/new');
  await talk(2);
  const before = await said();
  await choose('server');
  await isIn('server');
  assert.deepEqual(await said(), before);
  assert.match(await chat.ask("What's my name?"), /John/);
  await chat.page.reload();
  await chat.isReady();
  await isIn('server');
  await chat.sees('.user .text', "What's my name?");
  const onServer = await said();
  assert.deepEqual(onServer.slice(0, before.length), before);
  await choose('browser');
  await isIn('browser');
  assert.deepEqual(await said(), onServer);
  assert.match(await chat.ask("What's my name?"), /John/);
  assert.deepEqual(chat.errors, []);
});

test('a new conversation can begin on the server', async () => {
  chat = await demo.open('#/new');
  await choose('server');
  await talk(1);
  await isIn('server');
  await chat.page.reload();
  await chat.isReady();
  await isIn('server');
  await chat.sees('.user .text', "Hello, I'm John");
  assert.deepEqual(chat.errors, []);
});

test('a compacted conversation folds by itself, shows what it folded, and still knows it', async () => {
  chat = await demo.open('#/new');
  await choose('compacted');
  await talk(6);
  await chat.sees('.fold summary', /items? folded, \d+ → \d+ tokens/);
  await chat.page.click('.fold summary');
  await chat.sees('.fold-inside .assistant .text', /./);
  assert.match(await chat.ask("What's my name?"), /John/);
  assert.deepEqual(chat.errors, []);
});

test('Compact now folds what is there, and Undo puts it back as it was', async () => {
  chat = await demo.open('#/new');
  await talk(5);
  const before = await said();
  await chat.page.click('#open-memory');
  await chat.sees('#folds-text', 'Nothing is folded.');
  await chat.sees('#gauge-text', /About \d+ tokens in 10 items/);
  await chat.page.click('#compact');
  await chat.sees('#folds-text', /folded in 1 step/);
  await chat.page.keyboard.press('Escape');
  assert.ok((await said()).length < before.length);
  await chat.page.getByRole('button', { name: 'Undo' }).click();
  await chat.page.waitForFunction(() => !document.querySelector('.fold'));
  assert.deepEqual(await said(), before);
  assert.deepEqual(chat.errors, []);
});

test('a compacted conversation that is moved to the server takes along what was folded', async () => {
  chat = await demo.open('#/new');
  await talk(5);
  const before = await said();
  await chat.page.click('#open-memory');
  await chat.page.click('#compact');
  await chat.sees('#folds-text', /folded in 1 step/);
  await chat.page.check('#memory input[value="server"]');
  await chat.page.waitForSelector('#memory[aria-busy="false"]');
  await chat.page.keyboard.press('Escape');
  await isIn('server');
  assert.deepEqual(await said(), before);
  assert.deepEqual(chat.errors, []);
});
