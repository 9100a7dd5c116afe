import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { bundleSuite, servePage, type TestServer } from '../support/browser.ts';
import { launchChromium } from '../support/chromium.ts';
import type { DrivenBrowser } from '../support/driven.ts';
import { launchFirefox } from '../support/firefox.ts';
import { launchWebKit } from '../support/webkit.ts';

let server: TestServer;

before(async () => {
  const worker = fileURLToPath(new URL('./context.ts', import.meta.url));
  server = await servePage(new URL('./page.ts', import.meta.url), (folder) =>
    bundleSuite({ entry: worker, outfile: join(folder, 'context.js') }),
  );
});
after(() => server?.close());

type Place = 'opfs' | 'indexeddb';

interface Kind {
  launch: () => Promise<DrivenBrowser>;
  /** What `openSession()` takes in a page and in each kind of Worker. */
  takes: { page: Place; worker: Place; shared: Place; service: Place };
}

const NOWHERE = { page: 'indexeddb', worker: 'indexeddb', shared: 'indexeddb', service: 'indexeddb' } as const;
const KINDS: Record<string, Kind> = {
  Chromium: { launch: () => launchChromium(), takes: { ...NOWHERE, page: 'opfs', worker: 'opfs' } },
  // Its shared workers have Workers of their own, and these have OPFS.
  Firefox: { launch: () => launchFirefox(), takes: { ...NOWHERE, page: 'opfs', worker: 'opfs', shared: 'opfs' } },
  'a private window of Firefox': {
    launch: () => launchFirefox({ prefs: { 'browser.privatebrowsing.autostart': true } }),
    takes: NOWHERE,
  },
  WebKitGTK: { launch: launchWebKit, takes: NOWHERE },
};

for (const [name, { launch, takes }] of Object.entries(KINDS)) {
  describe(name, { timeout: 120_000 }, () => {
    let browser: DrivenBrowser;
    before(async () => {
      browser = await launch();
    });
    after(() => browser?.close());

    test(`agents run in a page of ${name}, and a reload and a second tab find their conversations`, async () => {
      const page = await browser.open(server.url);
      await page.evaluate(() => runtime.smoke('MemorySession', () => new runtime.MemorySession()));
      await page.evaluate(async () => {
        const open = () => new runtime.IndexedDBSession({ dbName: 'smoke' });
        await runtime.smoke('IndexedDBSession', open);
        await runtime.remembers(open());
      });
      assert.equal(await page.evaluate(useBest), takes.page);
      await page.reload();
      await page.evaluate(rememberBest);
      const second = await browser.open(server.url);
      await second.evaluate(rememberBest);
      await second.close();
      await page.close();
    });

    for (const kind of ['worker', 'shared', 'service'] as const) {
      test(`agents run in a ${kind === 'worker' ? 'dedicated' : kind} worker of ${name}`, async () => {
        const page = await browser.open(server.url);
        const answer = await page.evaluate(askWorker, kind);
        assert.deepEqual([answer.failure, answer.persistence], [undefined, takes[kind]]);
        // Who asks for SQLite by name hears what there is instead.
        if (takes[kind] === 'opfs') assert.equal(answer.sqlite, 'kept');
        else assert.match(answer.sqlite ?? '', /^SessionError unsupported .*IndexedDBSession, or openSession\(\)/);
        await page.close();
      });
    }
  });
}

// These run in the page.

/** Runs agents on the best session that there is, tells which it is, and leaves it open. */
async function useBest(): Promise<string> {
  const { persistence } = await (await runtime.openSession({ name: 'best' })).storage();
  await runtime.smoke(persistence === 'opfs' ? 'SQLiteSession' : 'IndexedDBSession', () =>
    runtime.openSession({ name: 'best' }),
  );
  return persistence;
}

async function rememberBest(): Promise<void> {
  await runtime.openSession({ name: 'best' });
  await runtime.remembers(await runtime.openSession({ name: 'best' }));
}

interface Answer {
  failure?: string;
  persistence?: string;
  sqlite?: string;
}

async function askWorker(kind: string): Promise<Answer> {
  const answerOf = (target: EventTarget, ask: () => void) =>
    new Promise<Answer>((resolve) => {
      target.addEventListener('error', (event) => resolve({ failure: String((event as ErrorEvent).message) }), {
        once: true,
      });
      target.addEventListener('message', (event) => resolve((event as MessageEvent).data), { once: true });
      ask();
    });
  const url = '/context.js';
  const name = `in-${kind}`;
  if (kind === 'worker') {
    const worker = new Worker(url, { type: 'module' });
    // Firefox may end a Worker that nobody holds while it waits for one of its own.
    Object.assign(globalThis, { worker });
    return answerOf(worker, () => worker.postMessage(name));
  }
  if (kind === 'shared') {
    const shared = new SharedWorker(url, { type: 'module' });
    Object.assign(globalThis, { shared });
    const { port } = shared;
    port.start();
    return answerOf(port, () => port.postMessage(name));
  }
  await navigator.serviceWorker.register(url, { type: 'module' });
  const { active } = await navigator.serviceWorker.ready;
  navigator.serviceWorker.startMessages();
  return answerOf(navigator.serviceWorker, () => active?.postMessage(name));
}
