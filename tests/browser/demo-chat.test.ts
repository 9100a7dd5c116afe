import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openPage } from '../support/browser.ts';
import { bundleSuite } from '../support/bundle.ts';
import { type Chat, Demo } from './demo.ts';

let folder: string;
let demo: Demo;
let chat: Chat;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'agents-demo-'));
  const outfile = join(folder, 'seed.js');
  await bundleSuite({ entry: fileURLToPath(new URL('./demo-seed.ts', import.meta.url)), outfile });
  const html = Buffer.from('<!doctype html><title>Seed</title><script type="module" src="seed.js"></script>');
  demo = await Demo.start(undefined, [
    ['seed.js', await readFile(outfile)],
    ['seed.html', html],
  ]);
});

after(async () => {
  await demo?.close();
  await rm(folder, { recursive: true });
});

afterEach(() => chat.close());

test('an answer grows token by token, and Stop stands in the place of Send meanwhile', async () => {
  chat = await demo.open('#/new');
  await chat.send('Count to 40');
  const lengths = new Set<number>();
  while (await chat.page.isVisible('#stop')) lengths.add((await chat.lastAnswer()).length);
  assert.ok(lengths.size > 5, `The answer was seen in ${lengths.size} lengths.`);
  assert.match(await chat.lastAnswer(), /39, 40/);
  assert.deepEqual(chat.errors, []);
});

test('a tool shows as one quiet line: its name, its arguments and what it gave', async () => {
  chat = await demo.open('#/new');
  const answer = await chat.ask('Roll 3 dice');
  const [line] = await chat.texts('.tool-text');
  assert.match(line ?? '', /^called roll_dice\(count: 3\) → [1-6], [1-6], [1-6]$/);
  assert.ok(answer.includes((line ?? '').split(' → ')[1] ?? '?'));
  await chat.ask('What time is it in Tokyo?');
  await chat.page.reload();
  await chat.sees('.tool-text', /^called current_time\(place: "Tokyo"\) → .* in Tokyo$/);
  assert.equal((await chat.texts('.tool-text'))[0], line);
  assert.deepEqual(await chat.texts('#facts'), ['8 items in this conversation']);
});

test('Stop leaves the history as it was, says so, and the page goes on', async () => {
  chat = await demo.open('#/new');
  await chat.ask("Hello, I'm John");
  await chat.send('Count to 500');
  await chat.sees('.assistant', '10, 11');
  await chat.page.click('#stop');
  await chat.sees('.outcome', 'not in the history');
  assert.deepEqual(await chat.texts('#facts'), ['2 items in this conversation']);
  assert.match(await chat.ask("What's my name?"), /John/);
  assert.equal(await chat.page.isVisible('.outcome'), false);
  await chat.page.reload();
  await chat.sees('.user', "What's my name?");
  assert.deepEqual(await chat.texts('.user .text'), ["Hello, I'm John", "What's my name?"]);
});

test('a first message that is stopped can be discarded, and leaves no conversation', async () => {
  chat = await demo.open('#/new');
  const before = await chat.titles();
  await chat.send('Count to 500');
  assert.equal((await chat.titles())[0], 'Count to 500');
  await chat.page.keyboard.press('Escape');
  await chat.page.click('text=Discard');
  await chat.page.waitForSelector('#welcome:not([hidden])');
  assert.deepEqual(await chat.titles(), before);
});

test('an answer goes on while another conversation is looked at, and is there afterwards', async () => {
  chat = await demo.open('#/new');
  await chat.ask('My favourite colour is blue');
  await chat.startNew();
  await chat.send('Count to 50');
  await chat.page.click('text=My favourite colour');
  await chat.sees('.user', 'My favourite colour is blue');
  assert.match(await chat.ask('What is my favourite colour?'), /blue/);
  await chat.page.click('#conversations >> text=Count to 50');
  await chat.sees('.assistant', '49, 50');
  assert.deepEqual(await chat.texts('.user .text'), ['Count to 50']);
});

test('HTML in a message, in an answer and in a title is shown as text', async () => {
  chat = await demo.open('#/new');
  const html = '<img src=x onerror="document.title=1"><b>bold</b><script>document.title=2</script>';
  assert.equal(await chat.ask(`Say: ${html}`), html);
  assert.deepEqual(await chat.texts('.user .text'), [`Say: ${html}`]);
  assert.match((await chat.titles())[0] ?? '', /^Say: <img src=x/);
  assert.equal(await chat.page.locator('#thread img, #thread b, #thread script, #conversations img').count(), 0);
  assert.deepEqual(chat.errors, []);
});

test('line breaks and code stay as they were written', async () => {
  chat = await demo.open('#/new');
  await chat.ask('Say: one `two`\n  three\n\n```js\nif (a) {\n  b();\n}\n```\nend');
  assert.deepEqual(await chat.texts('.assistant pre'), ['if (a) {\n  b();\n}']);
  assert.deepEqual(await chat.texts('.assistant p'), ['one two\n  three', 'end']);
  assert.deepEqual(await chat.texts('.assistant p code'), ['two']);
});

test('a deleted conversation is asked about first, and is gone for good', async () => {
  chat = await demo.open('#/new');
  await chat.ask('Say: to be deleted');
  const others = (await chat.titles()).slice(1);
  await chat.page.hover('#conversations li:first-child');
  await chat.page.click('#conversations li:first-child .row-delete');
  await chat.page.click('text=Keep it');
  assert.equal((await chat.titles()).length, others.length + 1);
  await chat.page.click('#conversations li:first-child .row-delete');
  await chat.page.click('#confirm .danger');
  await chat.page.waitForFunction(
    (count) => document.querySelectorAll('#conversations li').length === count,
    others.length,
  );
  assert.deepEqual(await chat.titles(), others);
  await chat.page.reload();
  await chat.isReady();
  assert.deepEqual(await chat.titles(), others);
});

test('a conversation that is deleted while it is answered stays deleted', async () => {
  chat = await demo.open('#/new');
  await chat.ask('Say: soon gone');
  const others = (await chat.titles()).slice(1);
  await chat.send('Count to 30');
  await chat.page.hover('#conversations li:first-child');
  await chat.page.click('#conversations li:first-child .row-delete');
  await chat.page.click('#confirm .danger');
  await chat.page.waitForFunction(
    (count) => document.querySelectorAll('#conversations li').length === count,
    others.length,
  );
  await chat.page.waitForTimeout(1500);
  await chat.page.reload();
  await chat.isReady();
  assert.deepEqual(await chat.titles(), others);
});

test('the status names storage, size, items and the offline model', async () => {
  chat = await demo.open('#/new');
  assert.match((await chat.texts('#storage-place'))[0] ?? '', /^SQLite in OPFS · \d+\s(?:kB|MB|bytes)$/);
  assert.match((await chat.texts('#storage-reason'))[0] ?? '', /^Durable: .*\(OPFS\)/);
  assert.deepEqual(await chat.texts('#model-name'), ['Model: offline-1']);
  assert.match(
    (await chat.texts('#notice'))[0] ?? '',
    /^Offline demo model: rule-based, no intelligence\. Set OPENAI_API_KEY/,
  );
});

test('a conversation of 2,000 items opens at its newest, quickly, and shows the earlier ones on the way up', async () => {
  const { page } = await openPage(demo.browser, `${demo.server.url}seed.html`);
  await page.evaluate(() => seed('long', 1000));
  await page.close();
  const start = Date.now();
  chat = await demo.open('#/c/long');
  await chat.sees('.assistant', 'Answer 1000');
  assert.ok(Date.now() - start < 5000, `It took ${Date.now() - start} ms.`);
  assert.deepEqual(await chat.texts('#facts'), ['2,000 items in this conversation']);
  assert.ok((await chat.page.locator('.entry').count()) < 200);
  assert.ok(await isInView('Answer 1000'));
  const before = await chat.page.locator('.entry').count();
  await chat.page.hover('#scroller');
  await chat.page.mouse.wheel(0, -100_000);
  await chat.page.waitForFunction((count) => document.querySelectorAll('.entry').length > count, before);
  assert.ok(await chat.page.isVisible('#newest'));
  await chat.page.click('#newest');
  assert.ok(await isInView('Answer 1000'));
});

test('an address of a conversation that does not exist is an empty conversation', async () => {
  chat = await demo.open('#/c/no%20such');
  await chat.page.waitForSelector('#welcome:not([hidden])');
  chat.page.goto(`${demo.server.url}#/c/%E0%A4%A`);
  await chat.page.waitForFunction(() => !location.hash.includes('%E0'));
  assert.deepEqual(chat.errors, []);
});

function isInView(text: string): Promise<boolean> {
  return chat.page
    .locator('.entry', { hasText: text })
    .last()
    .evaluate((element) => {
      const frame = document.querySelector('#scroller')?.getBoundingClientRect();
      const { bottom } = element.getBoundingClientRect();
      return frame !== undefined && bottom > frame.top && bottom <= frame.bottom;
    });
}
