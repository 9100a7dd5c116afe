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

async function encrypt(passphrase: string): Promise<void> {
  await chat.page.click('#open-memory');
  await chat.page.click('#memory input[value="encrypted"]');
  await chat.page.fill('#passphrase', passphrase);
  await chat.page.fill('#passphrase-again', passphrase);
  await chat.page.click('#unlock-go');
  await chat.sees('#memory-label', 'Encrypted');
  await chat.page.waitForSelector('#memory[aria-busy="false"]');
  await chat.page.keyboard.press('Escape');
}

async function unlock(passphrase: string): Promise<void> {
  await chat.page.locator('.locked').getByRole('button', { name: 'Unlock' }).click();
  await chat.page.fill('#passphrase', passphrase);
  await chat.page.click('#unlock-go');
}

test('a conversation that is encrypted needs its passphrase after a reload, and another one does not open it', async () => {
  chat = await demo.open('#/new');
  await chat.ask('My secret is strawberries');
  await encrypt('correct horse');
  assert.match(await chat.ask('Count to 3'), /3/);
  await chat.page.reload();
  await chat.isReady();
  await chat.sees('.locked', 'This conversation is encrypted.');
  await chat.sees('.row-title', 'Locked');
  assert.doesNotMatch(await chat.page.innerText('body'), /strawberries/);
  await unlock('wrong horse');
  await chat.sees('#unlock-said', 'does not open');
  await chat.page.fill('#passphrase', 'correct horse');
  await chat.page.click('#unlock-go');
  await chat.sees('.user .text', 'My secret is strawberries');
  await chat.sees('.row-title', 'My secret is strawberries');
  await chat.page.click('#lock');
  await chat.sees('.locked', 'This conversation is encrypted.');
  assert.doesNotMatch(await chat.page.innerText('body'), /strawberries/);
  assert.deepEqual(chat.errors, []);
});
