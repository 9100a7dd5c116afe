import assert from 'node:assert/strict';
import { test } from 'node:test';

import { servePage } from '../support/browser.ts';
import { launchChromium } from '../support/chromium.ts';
import type { DrivenBrowser, DrivenPage } from '../support/driven.ts';
import { launchFirefox } from '../support/firefox.ts';
import { launchWebKit } from '../support/webkit.ts';

const PAGE = new URL('./page.ts', import.meta.url);
const BROWSERS = {
  Chromium: () => launchChromium(),
  Firefox: () => launchFirefox(),
  WebKitGTK: () => launchWebKit(),
};

/** Opens the page in a browser of its own, under a policy of its own. */
async function inPage<T>(
  launch: () => Promise<DrivenBrowser>,
  work: (page: DrivenPage) => Promise<T>,
  policy?: string,
): Promise<T> {
  const server = await servePage(PAGE, undefined, policy);
  try {
    const browser = await launch();
    try {
      return await work(await browser.open(server.url));
    } finally {
      await browser.close();
    }
  } finally {
    await server.close();
  }
}

for (const [name, launch] of Object.entries(BROWSERS)) {
  test(`a policy without wasm-unsafe-eval is named by the error in ${name}`, { timeout: 60_000 }, async () => {
    const tried = (page: DrivenPage) => page.evaluate(() => runtime.tryOut(() => new runtime.MemorySession()));
    const { failure } = await inPage(launch, tried, "default-src 'self'");
    assert.match(failure ?? '', /^\w+ unsupported .*'wasm-unsafe-eval' to script-src/);
  });
}

test('where a policy forbids Workers, SQLite names it, and openSession takes IndexedDB', {
  timeout: 60_000,
}, async () => {
  const policy = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'none'";
  for (const launch of [BROWSERS.Chromium, BROWSERS.Firefox]) {
    const [sqlite, best] = await inPage(launch, (page) => page.evaluate(trySQLiteAndBest), policy);
    assert.match(sqlite?.failure ?? '', /^SessionError unsupported .*sqlite-worker\.js.* allow it in worker-src/);
    assert.deepEqual(best, { value: 'indexeddb' });
  }
});

const STORES_NOTHING = {
  Chromium: () => launchChromium({ preferences: { profile: { default_content_setting_values: { cookies: 2 } } } }),
  Firefox: () => launchFirefox({ prefs: { 'network.cookie.cookieBehavior': 2 } }),
};

for (const [name, launch] of Object.entries(STORES_NOTHING)) {
  test(`where ${name} stores nothing, each session says so, and memory is taken if it is allowed`, {
    timeout: 60_000,
  }, async () => {
    const [sqlite, best, indexeddb, memory] = await inPage(launch, (page) =>
      page.evaluate(async () => [
        await runtime.tryOut(() => new runtime.SQLiteSession({ dbPath: 'own.db' })),
        await runtime.outcomeOf(() => runtime.openSession({ name: 'best' })),
        await runtime.tryOut(() => new runtime.IndexedDBSession({ dbName: 'own' })),
        await runtime.outcomeOf(async () => {
          const session = await runtime.openSession({ name: 'best', allowMemory: true });
          const storage = await session.storage();
          await runtime.smoke('MemorySession', () => session);
          return storage;
        }),
      ]),
    );
    assert.match(sqlite?.failure ?? '', /^SessionError unsupported The browser refuses storage .*SecurityError/);
    assert.match(indexeddb?.failure ?? '', /^SessionError unsupported The IndexedDB database "own" /);
    assert.match(best?.failure ?? '', /^SessionError unsupported Nothing here keeps .*With allowMemory, openSession/);
    const { persistence, reason } = (memory as { value: unknown }).value as { persistence: string; reason: string };
    assert.equal(persistence, 'memory');
    assert.match(reason, /opfs is refused .* indexeddb is refused/);
  });
}

// These run in the page.

async function trySQLiteAndBest(): Promise<{ value?: unknown; failure?: string }[]> {
  const best = await runtime.openSession({ name: 'best' });
  return [
    await runtime.tryOut(() => new runtime.SQLiteSession({ dbPath: 'own.db' })),
    await runtime.tryOut(() => best),
  ];
}
