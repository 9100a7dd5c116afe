import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, afterEach, before, test } from 'node:test';
import { type Chat, Demo } from './demo.ts';

let demo: Demo;
let chat: Chat;

before(async () => {
  demo = await Demo.start();
});

after(() => demo?.close());

afterEach(() => chat.close());

/** What a click saves. */
async function saved(selector: string): Promise<Buffer> {
  const [file] = await Promise.all([chat.page.waitForEvent('download'), chat.page.click(selector)]);
  return readFile(await file.path());
}

async function importFile(name: string, buffer: Buffer): Promise<void> {
  await chat.page.setInputFiles('#import-file', { name, mimeType: 'application/octet-stream', buffer });
}

for (const kind of ['jsonl', 'db'] as const) {
  test(`what is exported as ${kind} and deleted comes back with an import, and a second one adds nothing`, async () => {
    chat = await demo.open('#/new');
    await chat.ask(`My ${kind} sentence`);
    await chat.page.click('#open-data');
    await chat.sees('#data-facts', /1 conversation/);
    const file = await saved(`#export-${kind}`);
    await chat.sees('#data-said', 'Saved');
    await chat.page.fill('#clean-days', '0');
    await chat.page.click('#clean');
    await chat.sees('#clean-said', '1 conversation would go.');
    await chat.page.click('#clean');
    await chat.page.click('#confirm .danger');
    await chat.sees('#clean-said', '1 conversation deleted.');
    await importFile(`mine.${kind}`, file);
    await chat.sees('#data-said', /^[23] items in 1 conversation imported\.$/);
    await importFile(`mine.${kind}`, file);
    await chat.sees('#data-said', /^Nothing new\. [23] items were there already\.$/);
    await chat.page.keyboard.press('Escape');
    await chat.page.click('.conversations .row-title');
    await chat.sees('.user .text', `My ${kind} sentence`);
    assert.deepEqual(chat.errors, []);
    await chat.page.locator('#open-menu').click();
    await chat.page.click('#delete-open');
    await chat.page.click('#confirm .danger');
    await chat.page.waitForSelector('#no-conversations:not([hidden])');
  });
}

test('a file that is none of those is refused in words', async () => {
  chat = await demo.open('#/new');
  await chat.page.click('#open-data');
  await importFile('cat.jsonl', Buffer.from('\u0000\u0001 miau'));
  await chat.sees('#data-said', /Line 1/);
  await importFile('cut.db', Buffer.from('SQLite format 3\0 and then nothing'));
  await chat.sees('#data-said', /./);
  assert.deepEqual(chat.errors, []);
});

test('a conversation is saved as Markdown, and its statistics are shown', async () => {
  chat = await demo.open('#/new');
  await chat.ask('What time is it?');
  await chat.ask('Count to 3');
  await chat.page.click('#open-menu');
  const text = (await saved('#markdown')).toString('utf8');
  assert.match(text, /What time is it\?/);
  assert.match(text, /Count to 3/);
  await chat.page.click('#open-menu');
  await chat.page.click('#statistics');
  await chat.sees('.number-card', /tokens sent/);
  await chat.page.waitForSelector('#stats svg.plot rect');
  await chat.page.locator('#stats .segments label', { hasText: 'All conversations' }).click();
  await chat.sees('.number-card', /items/);
  assert.deepEqual(chat.errors, []);
});
