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

type Kind = 'IndexedDBSession' | 'SQLiteSession';

/** Opens a session in a page of its own, saves or deletes, and gives what it then reports. */
async function visit(kind: Kind, name: string, then: 'save' | 'delete' | 'look') {
  const page = await browser.context.newPage();
  try {
    await page.goto(server.url);
    return await page.evaluate(
      async ([kind, name, then]) => {
        const { IndexedDBSession, SQLiteSession } = agents;
        const session =
          kind === 'SQLiteSession' ? new SQLiteSession({ dbPath: name }) : new IndexedDBSession({ dbName: name });
        if (then === 'save') await session.saveItems('c', ['one']);
        if (then === 'delete') await session.delete('c');
        const { evicted, ...report } = await session.storageReport();
        await session.close();
        return { ...report, evictedSince: evicted?.since.getTime() };
      },
      [kind, name, then] as const,
    );
  } finally {
    await page.close();
  }
}

/** Throws the data away as the browser does, which spares localStorage. */
async function evict(page: Page, storageTypes: string): Promise<void> {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Storage.clearDataForOrigin', { origin: new URL(server.url).origin, storageTypes });
}

for (const [kind, storageTypes] of [
  ['IndexedDBSession', 'indexeddb'],
  ['SQLiteSession', 'file_systems'],
] as const) {
  test(`${kind}: what the browser evicted is noticed, and told once`, async () => {
    const name = `evicted-${kind}`;
    const before = await visit(kind, name, 'save');
    assert.deepEqual([before.conversations, before.items, before.evictedSince], [1, 1, undefined]);
    const page = await browser.context.newPage();
    await page.goto(server.url);
    await evict(page, storageTypes);
    await page.close();
    const found = await visit(kind, name, 'look');
    assert.equal(found.conversations, 0, 'the data is gone');
    assert.ok(found.evictedSince && Math.abs(found.evictedSince - Date.now()) < 60_000, String(found.evictedSince));
    assert.equal((await visit(kind, name, 'save')).evictedSince, undefined);
  });

  test(`${kind}: a database that was never there, or whose conversations were deleted, is not taken for evicted`, async () => {
    const name = `kept-${kind}`;
    assert.equal((await visit(kind, name, 'look')).evictedSince, undefined);
    assert.equal((await visit(kind, name, 'save')).evictedSince, undefined);
    assert.equal((await visit(kind, name, 'delete')).evictedSince, undefined);
    const report = await visit(kind, name, 'look');
    assert.deepEqual([report.conversations, report.evictedSince], [0, undefined]);
  });

  test(`${kind}: the report tells what the browser says of the origin`, async () => {
    const report = await visit(kind, `origin-${kind}`, 'save');
    assert.equal(report.persistence, kind === 'SQLiteSession' ? 'opfs' : 'indexeddb');
    assert.ok(report.origin && report.origin.usage > 0 && report.origin.quota > report.origin.usage);
    assert.equal(typeof report.persisted, 'boolean');
  });
}

test('a page asks for its data to be kept, and hears what the browser decided', async () => {
  const page = await browser.context.newPage();
  await page.goto(server.url);
  const [promised, persisted] = await page.evaluate(async () => [
    await agents.requestPersistence(),
    await navigator.storage.persisted(),
  ]);
  assert.equal(promised, persisted);
  await page.close();
});
