import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';

import { launchBrowser, openPage, type TestBrowser, type TestServer } from '../support/browser.ts';
import { GOLDEN } from '../support/golden.ts';
import { serveSessionPage } from './session-server.ts';

/** A database as tests/fixtures/indexeddb has it. */
interface Dump {
  version: number;
  stores: Record<
    string,
    {
      keyPath: string | string[];
      autoIncrement: boolean;
      indexes: { name: string; keyPath: string | string[]; unique: boolean }[];
      records: Record<string, unknown>[];
    }
  >;
}

const fixtures = new URL('../fixtures/indexeddb/', import.meta.url);
const dumps = readdirSync(fixtures).map((name): Dump => JSON.parse(readFileSync(new URL(name, fixtures), 'utf8')));
const current = Math.max(...dumps.map(({ version }) => version));

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

for (const dump of dumps) {
  test(`a database of version ${dump.version} opens with all that it has, and is written on`, async (context) => {
    const { page } = await openPage(browser, server.url);
    context.after(() => page.close());
    const outcome = await page.evaluate(async ({ version, stores }: Dump) => {
      const dbName = `golden-${version}`;
      const bytesOf = (value: unknown) => new TextEncoder().encode((value as { $bytes: string }).$bytes);
      await new Promise<void>((resolve, reject) => {
        const request = indexedDB.open(dbName, version);
        request.onerror = () => reject(request.error);
        request.onupgradeneeded = () => {
          for (const [name, { keyPath, autoIncrement, indexes, records }] of Object.entries(stores)) {
            const store = request.result.createObjectStore(name, { keyPath, autoIncrement });
            for (const index of indexes) store.createIndex(index.name, index.keyPath, { unique: index.unique });
            for (const { text, ...record } of records) store.put(text ? { ...record, text: bytesOf(text) } : record);
          }
        };
        request.onsuccess = () => {
          request.result.close();
          resolve();
        };
      });
      const session = new agents.IndexedDBSession({ dbName });
      const twin = new agents.IndexedDBSession({ dbName });
      const [chat, other] = await Promise.all([session.loadItems('chat'), twin.loadItems('other')]);
      const { conversations } = await session.listConversations();
      const open = (await session.openRuns('chat')).map(({ agent }) => agent?.name);
      await Promise.all([session.saveItems('other', ['mine']), twin.saveItems('other', ['its'])]);
      const more = (await session.loadItems('other')).length;
      const report = await session.doctor('chat');
      for (const { runId } of await session.openRuns('chat')) await session.commitRun('chat', runId);
      const committed = (await session.loadItems('chat')).length;
      const described = conversations.find(({ id }) => id === 'chat');
      const versions = (await indexedDB.databases()).filter(({ name }) => name === dbName);
      await Promise.all([session.close(), twin.close()]);
      return { chat, other, described, open, more, findings: report.findings.length, committed, versions };
    }, dump);
    assert.deepEqual(outcome.chat, GOLDEN.chat);
    assert.deepEqual(outcome.other, GOLDEN.other);
    assert.equal(outcome.described?.title, 'A title');
    assert.deepEqual(outcome.described?.metadata, GOLDEN.metadata);
    assert.deepEqual(outcome.open, ['bot']);
    assert.equal(outcome.more, 3);
    assert.equal(outcome.findings, 0);
    assert.equal(outcome.committed, GOLDEN.chat.length + 3, 'what the run said, and that its call was not answered');
    assert.deepEqual(outcome.versions, [{ name: `golden-${dump.version}`, version: current }]);
  });
}
