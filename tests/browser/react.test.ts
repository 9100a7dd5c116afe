import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Page } from 'playwright-core';

import { launchBrowser, openPage, servePage, type TestBrowser, type TestServer } from '../support/browser.ts';

declare const page: typeof import('./react-page.ts').page;

let server: TestServer;
let browser: TestBrowser;

before(async () => {
  server = await servePage(new URL('./react-page.ts', import.meta.url));
  browser = await launchBrowser();
});
after(async () => {
  await browser?.close();
  await server?.close();
});

/** Opens the page, which complains of nothing. */
async function open(name: string): Promise<Page> {
  const { page: tab, errors } = await openPage(browser, `${server.url}#${name}`);
  await shows(tab, 'loading', false);
  assert.deepEqual(errors, []);
  return tab;
}

/** Waits until an element shows this JSON. */
async function shows(where: Page, id: string, value: unknown): Promise<void> {
  const wanted = JSON.stringify(value);
  try {
    await where.waitForFunction(
      ([id, wanted]) => document.getElementById(id as string)?.textContent === wanted,
      [id, wanted],
    );
  } catch (error) {
    throw new Error(`#${id} shows ${await where.textContent(`#${id}`)}, not ${wanted}`, { cause: error });
  }
}

const run = async (tab: Page) => JSON.parse((await tab.textContent('#run')) as string);
const ended = (tab: Page) =>
  tab.waitForFunction(() => JSON.parse(document.getElementById('run')?.textContent as string).running === false);

/** All that the live text was, from now on. */
async function collectTexts(tab: Page): Promise<() => Promise<string[]>> {
  await tab.evaluate(() => {
    const texts: string[] = [];
    const node = document.getElementById('text') as Element;
    const note = () => texts.push(JSON.parse(node.textContent as string));
    new MutationObserver(note).observe(node, { subtree: true, characterData: true, childList: true });
    Object.assign(globalThis, { texts });
  });
  return () => tab.evaluate('texts') as Promise<string[]>;
}

test('a component shows a conversation, the words of its run as they come, and its result; another tab does too', async () => {
  const here = await open('talk');
  const there = await open('talk');
  const texts = await Promise.all([here, there].map(collectTexts));
  await here.click('#greet');
  await ended(here);
  const { output, text } = await run(here);
  assert.equal(text, output);
  for (const tab of [here, there]) {
    await shows(tab, 'items', ["Hello, I'm John", output]);
    await shows(tab, 'text', '');
    await shows(tab, 'open', []);
    await shows(tab, 'list', ['first']);
  }
  for (const seen of await Promise.all(texts.map((read) => read())))
    assert.ok(
      seen.some((piece) => piece !== '' && piece !== output && output.startsWith(piece)),
      JSON.stringify(seen),
    );
  await here.click('#ask');
  await shows(there, 'items', ["Hello, I'm John", output, "What's my name?", 'Your name is John.']);
});

test('a run that is stopped is an open run, and its words go', async () => {
  const tab = await open('stop');
  await tab.evaluate(() => page.server.failNext({ hangAfter: 6 }));
  await tab.click('#greet');
  await tab.waitForFunction(() => document.getElementById('text')?.textContent !== '""');
  await tab.click('#stop');
  await ended(tab);
  assert.equal((await run(tab)).error, 'AbortError');
  await shows(tab, 'open', ['stopped']);
  await shows(tab, 'text', '');
  await shows(tab, 'items', []);
});

test('a list shows what is new and what has changed, page by page, and a component goes on to another conversation', async () => {
  const tab = await open('list');
  await tab.evaluate(async () => {
    for (const id of ['first', 'second', 'third']) await page.session.saveItems(id, [`in ${id}`]);
  });
  await shows(tab, 'list', ['third', 'second']);
  await tab.click('#more');
  await shows(tab, 'list', ['third', 'second', 'first']);
  await tab.evaluate(() => page.session.setTitle('first', 'The first'));
  await shows(tab, 'list', ['The first', 'third', 'second']);
  await shows(tab, 'items', ['in first']);
  await tab.click('#other');
  await shows(tab, 'items', ['in second']);
  await tab.evaluate(() => page.session.delete('second'));
  await shows(tab, 'items', []);
  await shows(tab, 'list', ['The first', 'third']);
});

test('what cannot be read is an error', async () => {
  const tab = await open('closed');
  await tab.evaluate(() => page.session.close());
  await tab.click('#other');
  await shows(tab, 'error', 'closed');
  await tab.evaluate(() => page.root.unmount());
  assert.equal(await tab.evaluate(() => document.querySelector('main')), null);
});

test('what is not shown any more is not read, also when it goes while it begins', async () => {
  const tab = await open('gone');
  const reads = await tab.evaluate(async () => {
    const { session } = page;
    let count = 0;
    const loadItems = session.loadItems.bind(session);
    session.loadItems = (...args) => {
      ++count;
      return loadItems(...args);
    };
    document.querySelector<HTMLElement>('#other')!.click();
    page.root.unmount();
    for (const id of ['first', 'second']) await session.saveItems(id, ['nobody looks']);
    return count;
  });
  assert.equal(reads, 0);
});
