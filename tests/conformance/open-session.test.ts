import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Page } from 'playwright-core';

import { launchBrowser, type TestBrowser, type TestServer } from '../support/browser.ts';
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

/** What is taken from a page before its scripts run. */
const WITHOUT = {
  nothing: () => {},
  workers: () => {
    Object.defineProperty(globalThis, 'Worker', { value: undefined });
  },
  // The page's own way to it; that of a Worker goes with the Worker.
  opfs: () => {
    Object.defineProperty(globalThis, 'Worker', { value: undefined });
    Object.defineProperty(StorageManager.prototype, 'getDirectory', { value: undefined });
  },
  all: () => {
    Object.defineProperty(StorageManager.prototype, 'getDirectory', { value: undefined });
    Object.defineProperty(globalThis, 'indexedDB', { value: undefined });
  },
};

async function inPage<T>(lack: keyof typeof WITHOUT, work: (page: Page) => Promise<T>): Promise<T> {
  const page = await browser.context.newPage();
  try {
    await page.addInitScript(WITHOUT[lack]);
    await page.goto(server.url);
    return await work(page);
  } finally {
    await page.close();
  }
}

type Options = Parameters<typeof agents.openSession>[0];

/** Opens a session in a page, saves `said`, and tells of all that it then holds. */
const use = (lack: keyof typeof WITHOUT, options: Options, said: string) =>
  inPage(lack, (page) =>
    page.evaluate(
      async ([given, text]) => {
        const { value, ...failure } = await outcomeOf(async () => {
          const session = await agents.openSession(given);
          const { persistence, reason } = await session.storage();
          await session.saveItems('c', [text]);
          const items = await session.loadItems('c');
          await session.close();
          return { persistence, reason, said: items.map(({ content }) => content) };
        });
        return { ...(value as { persistence?: string; reason?: string; said?: string[] }), ...failure };
      },
      [options, said] as const,
    ),
  );

const databaseNames = () =>
  inPage('nothing', (page) => page.evaluate(async () => (await indexedDB.databases()).map(({ name }) => name)));

test('OPFS is taken first, and found again', async () => {
  for (const expected of [['one'], ['one', 'two']]) {
    const { persistence, said } = await use('nothing', { name: 'first' }, expected.at(-1) as string);
    assert.deepEqual([persistence, said], ['opfs', expected]);
  }
});

test('conversations in OPFS are not begun anew elsewhere when OPFS cannot be had', async () => {
  assert.equal((await use('nothing', { name: 'held' }, 'one')).persistence, 'opfs');
  for (const lack of ['workers', 'opfs'] as const) {
    const { name, code, message } = await use(lack, { name: 'held', allowMemory: true }, 'lost');
    assert.deepEqual([name, code], ['SessionError', 'unsupported'], lack);
    assert.match(message ?? '', /The conversations of "held" are in OPFS, which cannot be opened now/);
  }
  assert.ok(!(await databaseNames()).includes('held'));
  assert.deepEqual((await use('nothing', { name: 'held' }, 'two')).said, ['one', 'two']);
});

test('conversations that only the database itself tells of are found too', async () => {
  await inPage('nothing', (page) =>
    page.evaluate(async () => {
      const session = new agents.SQLiteSession({ dbPath: 'explicit.db' });
      await session.saveItems('c', ['one']);
      await session.close();
    }),
  );
  const { code } = await use('workers', { name: 'explicit', prefer: 'indexeddb' }, 'lost');
  assert.equal(code, 'unsupported');
  assert.deepEqual((await use('nothing', { name: 'explicit' }, 'two')).said, ['one', 'two']);
});

test('IndexedDB is taken where OPFS is not, and kept when OPFS comes back', async () => {
  for (const [lack, said] of [
    ['workers', ['one']],
    ['opfs', ['one', 'two']],
    ['nothing', ['one', 'two', 'three']],
  ] as const) {
    const opened = await use(lack, { name: 'later' }, said.at(-1) as string);
    assert.deepEqual([opened.persistence, opened.said], ['indexeddb', said], lack);
  }
});

test('IndexedDB can be preferred', async () => {
  assert.equal((await use('nothing', { name: 'preferred', prefer: 'indexeddb' }, 'one')).persistence, 'indexeddb');
  assert.deepEqual((await use('nothing', { name: 'preferred' }, 'two')).said, ['one', 'two']);
});

test('memory is taken only where it is allowed, and says why', async () => {
  const refused = await use('all', { name: 'nowhere' }, 'one');
  assert.deepEqual([refused.name, refused.code], ['SessionError', 'unsupported']);
  assert.match(refused.message ?? '', /allowMemory/);
  const { persistence, reason, said } = await use('all', { name: 'nowhere', allowMemory: true }, 'one');
  assert.deepEqual([persistence, said], ['memory', ['one']]);
  assert.match(reason ?? '', /opfs is refused .*no IndexedDB/);
});

test('options of the wrong kind are refused by their names', async () => {
  for (const options of [{ name: '' }, { name: 7 }, { prefer: 'memory' }] as unknown as Options[]) {
    const { code, message } = await use('nothing', options, 'one');
    assert.equal(code, 'invalid_argument');
    assert.match(message ?? '', /^(name|prefer) must be/);
  }
});

test('a Worker, a SharedWorker and a service worker keep conversations, all in one IndexedDB', async () => {
  const results = await inPage('nothing', (page) =>
    page.evaluate(async () => {
      interface Result {
        persistence: string;
        said: string[];
        failure?: string;
      }
      const url = '/context-worker.js';
      const answerOf = (target: EventTarget, ask: () => void) =>
        new Promise<Result>((resolve) => {
          target.addEventListener('message', (event) => resolve((event as MessageEvent).data), { once: true });
          ask();
        });
      await agents.openSession({ name: 'contexts', prefer: 'indexeddb' }).then((session) => session.close());
      const worker = new Worker(url, { type: 'module' });
      const found = [await answerOf(worker, () => worker.postMessage('contexts'))];
      const { port } = new SharedWorker(url, { type: 'module' });
      port.start();
      found.push(await answerOf(port, () => port.postMessage('contexts')));
      await navigator.serviceWorker.register(url, { type: 'module' });
      const { active } = await navigator.serviceWorker.ready;
      navigator.serviceWorker.startMessages();
      found.push(await answerOf(navigator.serviceWorker, () => active?.postMessage('contexts')));
      return found;
    }),
  );
  assert.deepEqual(
    results.map(({ persistence, failure }) => failure ?? persistence),
    ['indexeddb', 'indexeddb', 'indexeddb'],
  );
  assert.deepEqual(results.at(-1)?.said, [
    'from a DedicatedWorkerGlobalScope',
    'from a SharedWorkerGlobalScope',
    'from a ServiceWorkerGlobalScope',
  ]);
});
