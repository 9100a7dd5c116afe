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

async function find(text: string): Promise<void> {
  await chat.page.keyboard.press('Control+K');
  await chat.page.fill('#search', text);
}

test('a word finds its message in another conversation, shows it marked, and leads there', async () => {
  chat = await demo.open('#/new');
  await chat.ask('My parrot is called Figaro');
  await chat.startNew();
  await chat.ask('Count to 5');
  await find('figa');
  await chat.sees('.hit mark', /Figaro/i);
  await chat.sees('#search-summary', /in \d+ ms · full-text index/);
  await chat.page.keyboard.press('Enter');
  await chat.sees('.found', /Figaro/);
  await chat.sees('#title', 'My parrot is called Figaro');
  assert.deepEqual(chat.errors, []);
});

test('what is not there is said to be not there, and Escape gives the list back', async () => {
  chat = await demo.open('#/new');
  await chat.ask('Count to 3');
  for (const text of ['"', '*', 'NEAR(', 'zebra', '日本', '🦜']) {
    await chat.page.fill('#search', text);
    await chat.sees('#search-summary', 'Nothing found');
  }
  await chat.page.press('#search', 'Escape');
  await chat.page.waitForSelector('#list:not([hidden]) .row-title');
  assert.equal(await chat.page.inputValue('#search'), '');
  assert.deepEqual(chat.errors, []);
});

test('arrows go through what was found, and a slash leads to the field', async () => {
  chat = await demo.open('#/new');
  await chat.ask('Count to 4 apples');
  await chat.ask('Count to 6 apples');
  await chat.page.locator('#open-menu').focus();
  await chat.page.keyboard.press('/');
  await chat.page.keyboard.type('apples');
  await chat.sees('.hit', 'Count to 6 apples');
  await chat.page.keyboard.press('ArrowDown');
  const focused = () => chat.page.evaluate(() => document.activeElement?.textContent ?? '');
  assert.match(await focused(), /apples/);
  const first = await focused();
  await chat.page.keyboard.press('ArrowDown');
  assert.notEqual(await focused(), first);
  await chat.page.keyboard.press('Escape');
  assert.equal(await chat.page.evaluate(() => document.activeElement?.id), 'search');
});

test('what a compaction folded is found, and its fold opens', async () => {
  chat = await demo.open('#/new');
  await chat.ask('Count to 5');
  for (let number = 2; number <= 5; number += 1) await chat.ask(`Count to ${100 + number}`);
  await chat.page.click('#open-memory');
  await chat.page.click('#compact');
  await chat.sees('#folds-text', /folded in 1 step/);
  await chat.page.keyboard.press('Escape');
  await find('1, 2, 3, 4, 5.');
  await chat.sees('.hit .badge', 'folded');
  await chat.page
    .locator('.hit', { has: chat.page.locator('.badge') })
    .first()
    .click();
  await chat.page.waitForSelector('.fold[open] .found');
  assert.deepEqual(chat.errors, []);
});
