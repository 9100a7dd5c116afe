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

const asked = () => chat.texts('.user .text');

async function edit(message: string, text: string): Promise<void> {
  await chat.page.locator('.user', { hasText: message }).getByRole('button', { name: 'Edit this message' }).click();
  await chat.page.fill('.edit textarea', text);
  await chat.page.getByRole('button', { name: 'Send', exact: true }).and(chat.page.locator('.edit button')).click();
  await chat.sees('.user .text', text);
  await chat.isDone();
}

test('an edited message goes on in a way of its own, and arrows lead back to what was said before', async () => {
  chat = await demo.open('#/new');
  await chat.ask('Count to 2');
  await chat.ask('Count to 3');
  await edit('Count to 2', 'Count to 7');
  assert.deepEqual(await asked(), ['Count to 7']);
  await chat.sees('.user .choice', '2/2');
  await chat.page.getByRole('button', { name: 'The way before' }).click();
  await chat.sees('.user .text', 'Count to 3');
  assert.deepEqual(await asked(), ['Count to 2', 'Count to 3']);
  await chat.page.reload();
  await chat.isReady();
  await chat.sees('.user .choice', '1/2');
  assert.deepEqual(await asked(), ['Count to 2', 'Count to 3']);
  assert.deepEqual(chat.errors, []);
});

test('a new answer to the same question stands beside the first one', async () => {
  chat = await demo.open('#/new');
  await chat.ask('Count to 2');
  await chat.page.getByRole('button', { name: 'Answer again' }).click();
  await chat.sees('.assistant .choice', '2/2');
  await chat.isDone();
  assert.deepEqual(await asked(), ['Count to 2']);
  assert.equal((await chat.texts('.assistant .text')).length, 1);
  assert.match(await chat.ask('Count to 4'), /4/);
  await chat.page.getByRole('button', { name: 'The way before' }).click();
  await chat.sees('.assistant .choice', '1/2');
  assert.deepEqual(await asked(), ['Count to 2']);
  assert.deepEqual(chat.errors, []);
});

test('Escape and Cancel leave an edited message as it was, and the keyboard is enough', async () => {
  chat = await demo.open('#/new');
  await chat.ask('Count to 2');
  const button = chat.page.getByRole('button', { name: 'Edit this message' });
  await button.focus();
  await chat.page.keyboard.press('Enter');
  await chat.page.keyboard.type(' and more');
  await chat.page.keyboard.press('Escape');
  assert.deepEqual(await asked(), ['Count to 2']);
  assert.ok(await button.evaluate((element) => element === document.activeElement));
  await chat.page.keyboard.press('Enter');
  await chat.page.getByRole('button', { name: 'Cancel', exact: true }).and(chat.page.locator('.edit button')).click();
  assert.deepEqual(await asked(), ['Count to 2']);
});
