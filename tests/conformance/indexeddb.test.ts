import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Page } from 'playwright-core';

import type { Edit } from '../../dist/sessions/store-calls.js';
import { launchBrowser, openPage, type TestBrowser, type TestServer } from '../support/browser.ts';
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

async function newPage(context: { after(done: () => Promise<void>): void }): Promise<Page> {
  const { page } = await openPage(browser, server.url);
  context.after(() => page.close());
  return page;
}

test('what two tabs write at once is all there, once, for both', async (context) => {
  const pages = [await newPage(context), await newPage(context)];
  const write = (page: Page, tab: number) =>
    page.evaluate(async (number) => {
      const session = new agents.IndexedDBSession({ dbName: 'tabs' });
      for (let index = 0; index < 40; index += 1) await session.saveItems('c', [`${number}-${index}`]);
      await session.close();
    }, tab);
  await Promise.all(pages.map(write));
  const expected = [0, 1].flatMap((tab) => Array.from({ length: 40 }, (_, index) => `${tab}-${index}`));
  for (const page of pages) {
    const found = await page.evaluate(async () => {
      const items = await new agents.IndexedDBSession({ dbName: 'tabs' }).loadItems('c');
      return items.map(({ content }) => content as string);
    });
    assert.deepEqual(found.toSorted(), expected.toSorted());
    for (const tab of ['0', '1']) {
      const own = found.filter((said) => said.startsWith(tab));
      assert.deepEqual(
        own,
        expected.filter((said) => said.startsWith(tab)),
        'each in its own order',
      );
    }
  }
});

test('a page that is closed while it writes loses nothing acknowledged', async (context) => {
  const page = await newPage(context);
  let acknowledged = 0;
  await page.exposeFunction('tellCount', (count: number) => {
    acknowledged = count;
  });
  await page.evaluate(() => {
    const session = new agents.IndexedDBSession({ dbName: 'killed' });
    const { tellCount } = globalThis as unknown as { tellCount(count: number): void };
    void (async () => {
      for (let count = 1; ; count += 1) {
        await session.saveItems('c', [`${count}`, 'two']);
        tellCount(count);
      }
    })();
  });
  while (acknowledged < 30) await new Promise((resolve) => setTimeout(resolve, 5));
  await browser.kill();
  browser = await launchBrowser({ profile: browser.profile });
  const after = await newPage(context);
  const found = await after.evaluate(async () => {
    const items = await new agents.IndexedDBSession({ dbName: 'killed' }).loadItems('c');
    return items.map(({ content }) => content as string);
  });
  assert.equal(found.length % 2, 0, 'every save is whole');
  assert.ok(found.length / 2 >= acknowledged, `${acknowledged} acknowledged, ${found.length / 2} found`);
});

test('every change waits for the disk', async (context) => {
  const page = await newPage(context);
  const { modes, storage } = await page.evaluate(async () => {
    const found: unknown[] = [];
    const original = IDBDatabase.prototype.transaction;
    IDBDatabase.prototype.transaction = function (stores, mode, options) {
      if (mode === 'readwrite') found.push(options?.durability);
      return original.call(this, stores, mode, options);
    };
    const session = new agents.IndexedDBSession({ dbName: 'strict' });
    await session.saveItems('c', ['one']);
    await session.setTitle('c', 'A title');
    await session.popItem('c');
    await session.delete('c');
    return { modes: found, storage: await session.storage() };
  });
  assert.deepEqual(modes, ['strict', 'strict', 'strict', 'strict']);
  assert.deepEqual(storage, {
    persistence: 'indexeddb',
    durable: true,
    reason: 'IndexedDB keeps the database "strict".',
  });
});

test('a full disk is reported as quota, changes nothing, and the session works again when there is space', async (context) => {
  // Chromium believes for a while in the space that it found last; another one has not looked yet.
  const own = await launchBrowser();
  context.after(() => own.close());
  const { page } = await openPage(own, server.url);
  const session = await own.context.newCDPSession(page);
  const origin = new URL(server.url).origin;
  /** Saves 1 MB at a time until it fails. */
  const fill = (most: number) =>
    page.evaluate(async (times) => {
      const full = new agents.IndexedDBSession({ dbName: 'full' });
      // Chromium compresses what it stores.
      const word = () => Math.random().toString(36).slice(2);
      let saved = (await full.loadItems('c')).length;
      for (let left = times; left > 0; left -= 1) {
        const items = [Array.from({ length: 90_000 }, word).join(''), 'and this'];
        const { code } = await outcomeOf(() => full.saveItems('c', items));
        if (code) return { code, saved, found: (await full.loadItems('c')).length };
        saved += 2;
      }
      return { code: 'none', saved, found: (await full.loadItems('c')).length };
    }, most);
  const { usage } = await session.send('Storage.getUsageAndQuota', { origin });
  await session.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: usage + 6_000_000 });
  const { code, saved, found } = await fill(50);
  assert.equal(code, 'quota');
  assert.equal(found, saved);
  await session.send('Storage.overrideQuotaForOrigin', { origin });
  assert.deepEqual(await fill(1), { code: 'none', saved: saved + 2, found: saved + 2 });
});

test('opening that another tab blocks fails as busy after a while, and works when the way is free', async (context) => {
  const page = await newPage(context);
  const outcomes = await page.evaluate(async () => {
    const session = new agents.IndexedDBSession({ dbName: 'blocked', busyTimeout: 300 });
    // Holds the database open while it is to be deleted, which is what blocks.
    const stubborn = await new Promise<IDBDatabase>((resolve) => {
      const request = indexedDB.open('blocked', 1);
      request.onsuccess = () => resolve(request.result);
    });
    const deleted = new Promise((resolve) => {
      indexedDB.deleteDatabase('blocked').onsuccess = resolve;
    });
    const blocked = await outcomeOf(() => session.saveItems('c', ['one']));
    stubborn.close();
    await deleted;
    await session.saveItems('c', ['two']);
    return { blocked, items: await session.loadItems('c') };
  });
  assert.deepEqual([outcomes.blocked.name, outcomes.blocked.code], ['SessionError', 'busy']);
  assert.match(outcomes.blocked.message ?? '', /"blocked" could not be opened: another tab/);
  assert.deepEqual(outcomes.items, [{ role: 'user', content: 'two' }]);
});

test('a database that is deleted under a session is empty at the next call, and works', async (context) => {
  const [page, other] = [await newPage(context), await newPage(context)];
  await page.evaluate(async () => {
    const session = new agents.IndexedDBSession({ dbName: 'deleted' });
    await session.saveItems('c', ['one']);
    Object.assign(globalThis, { session });
  });
  await other.evaluate(
    () =>
      new Promise((resolve, reject) => {
        const request = indexedDB.deleteDatabase('deleted');
        request.onsuccess = resolve;
        request.onblocked = () => reject(new Error('The session does not let go of it.'));
      }),
  );
  const items = await page.evaluate(async () => {
    const { session } = globalThis as unknown as { session: InstanceType<typeof agents.IndexedDBSession> };
    const found = [await session.loadItems('c')];
    await session.saveItems('c', ['two']);
    return [...found, await session.loadItems('c')];
  });
  assert.deepEqual(items, [[], [{ role: 'user', content: 'two' }]]);
});

test("a session goes on after the browser cleared the site's data under it", async (context) => {
  const page = await newPage(context);
  const session = await browser.context.newCDPSession(page);
  const save = () =>
    page.evaluate(async () => {
      const own = globalThis as unknown as { cleared?: InstanceType<typeof agents.IndexedDBSession> };
      own.cleared ??= new agents.IndexedDBSession({ dbName: 'cleared' });
      await own.cleared.saveItems('c', ['x']);
      return (await own.cleared.loadItems('c')).length;
    });
  assert.deepEqual([await save(), await save()], [1, 2]);
  const origin = new URL(server.url).origin;
  await session.send('Storage.clearDataForOrigin', { origin, storageTypes: 'indexeddb' });
  assert.equal(await save(), 1);
});

test('reading the newest 50 reads as many records of a long conversation as of a short one', async (context) => {
  const page = await newPage(context);
  const read = await page.evaluate(async () => {
    const session = new agents.IndexedDBSession({ dbName: 'long' });
    let records = 0;
    const original = IDBObjectStore.prototype.getAll;
    IDBObjectStore.prototype.getAll = function (...args) {
      const request = original.apply(this, args);
      request.addEventListener('success', () => {
        records += request.result.length;
      });
      return request;
    };
    const counts: number[] = [];
    for (let saved = 1; saved <= 800; saved += 1) {
      await session.saveItems('c', [`${saved}`, 'answer']);
      if (saved !== 100 && saved !== 800) continue;
      records = 0;
      const items = await session.loadItems('c', { maxItems: 50 });
      if (items.length !== 50 || items.at(-2)?.content !== `${saved}`) throw new Error('not the newest');
      counts.push(records);
    }
    return counts;
  });
  const [short = 0, long = 0] = read;
  assert.ok(short > 20 && short < 100, `${short} records`);
  assert.equal(long, short);
});

test('a chunk is split around what stands in for a part of it, and is one record again when that was taken back', async (context) => {
  const page = await newPage(context);
  const outcome = await page.evaluate(async () => {
    const session = new agents.IndexedDBSession({ dbName: 'folded' });
    await session.saveItems('c', ['a', 'b', 'c', 'd', 'e'], { operationId: 'op' });
    const records = () =>
      new Promise<string[]>((resolve) => {
        indexedDB.open('folded').onsuccess = ({ target }) => {
          const database = (target as IDBOpenDBRequest).result;
          database.transaction('chunks').objectStore('chunks').getAll().onsuccess = (event) => {
            database.close();
            const chunks = (event.target as IDBRequest<{ shelf: string; numbers: number[] }[]>).result;
            resolve(chunks.map(({ shelf, numbers }) => `${shelf}:${numbers}`));
          };
        };
      });
    const found = [await records()];
    await agents.applyChange(session, 'c', {
      opId: 'fold',
      edits: [
        { type: 'shelve', uids: ['op.0', 'op.2'], shelf: 's' },
        { type: 'standIn', shelf: 's', item: { role: 'user', content: 'S' } },
      ],
    });
    found.push(await records());
    const folded = await session.loadItems('c');
    await agents.applyChange(session, 'c', {
      opId: 'undo',
      edits: [
        { type: 'remove', uids: ['fold.0'] },
        { type: 'restore', shelf: 's', inPlace: true },
      ],
    });
    found.push(await records());
    return { found, folded: folded.map(({ content }) => content) };
  });
  assert.deepEqual(outcome.folded, ['b', 'S', 'd', 'e']);
  assert.deepEqual(outcome.found, [[':0,1,2,3,4'], [':1', ':0', ':3,4', 's:0,2'], [':0,1,2,3,4']]);
});

test('a database of version 1 opens with what it has, and remembers places from then on', async (context) => {
  const page = await newPage(context);
  const outcome = await page.evaluate(async () => {
    const said = (content: string) => JSON.stringify({ role: 'user', content });
    const chunk = (shelf: string, place: number, numbers: number[], ...texts: string[]) => ({
      ...{ conversation: 'c', shelf, place, operation: 'op', numbers, origin: {}, at: '2026-11-22T00:00:00.000Z' },
      text: new TextEncoder().encode(texts.map(said).join(',')),
      lengths: texts.map((text) => said(text).length),
    });
    await new Promise<void>((resolve) => {
      const request = indexedDB.open('version-1', 1);
      request.onupgradeneeded = () => {
        const { result: database } = request;
        const conversations = database.createObjectStore('conversations', { keyPath: 'id' });
        conversations.createIndex('byChange', 'version', { unique: true });
        conversations.createIndex('byTime', ['updatedAt', 'version']);
        const at = '2026-11-22T00:00:00.000Z';
        conversations.put({ id: 'c', title: '', metadata: '', createdAt: at, updatedAt: at, version: 2, next: 4 });
        const chunks = database.createObjectStore('chunks', { keyPath: ['conversation', 'shelf', 'place'] });
        chunks.createIndex('byOperation', ['conversation', 'operation']);
        chunks.put(chunk('', 1, [0, 2, 3], 'a', 'c', 'd'));
        chunks.put(chunk('old', 3, [1], 'b'));
        const shelves = database.createObjectStore('shelves', { keyPath: ['conversation', 'name'] });
        shelves.put({ conversation: 'c', name: 'old', note: '', count: 1, createdAt: at, order: 2 });
        const operations = database.createObjectStore('operations', { keyPath: 'number', autoIncrement: true });
        operations.createIndex('byId', 'id', { unique: true });
        database.createObjectStore('state', { keyPath: 'id' }).put({ id: 'state', clock: 2, next: 1 });
      };
      request.onsuccess = () => {
        request.result.close();
        resolve();
      };
    });
    const session = new agents.IndexedDBSession({ dbName: 'version-1' });
    const contents = async () => (await session.loadItems('c')).map(({ content }) => content).join('');
    const found = [await contents()];
    const { newest: since } = await agents.readPage(session, { conversationId: 'c', before: '1.2' });
    const restore = (shelf: string): Edit => ({ type: 'restore', shelf, inPlace: true });
    const edits: Edit[][] = [
      [{ type: 'shelve', uids: ['op.0', 'op.2'], shelf: 'new' }],
      [{ type: 'standIn', shelf: 'new', item: { role: 'user', content: 'S' } }],
      [{ type: 'remove', uids: ['2.0'] }, restore('new')],
      [restore('old')],
    ];
    for (const [index, some] of edits.entries()) {
      await agents.applyChange(session, 'c', { opId: `${index + 1}`, edits: some });
      found.push(await contents());
    }
    return { found, since };
  });
  assert.deepEqual(outcome, { found: ['acd', 'd', 'Sd', 'acd', 'acdb'], since: '1.0' });
});

test('a database that is not ours, or of a newer version that cannot be read, is refused and left as it is', async (context) => {
  const page = await newPage(context);
  const outcomes = await page.evaluate(async () => {
    const make = (name: string, version: number) =>
      new Promise<void>((resolve) => {
        const request = indexedDB.open(name, version);
        request.onupgradeneeded = () => request.result.createObjectStore('theirs');
        request.onsuccess = () => {
          request.result.close();
          resolve();
        };
      });
    await make('foreign', 1);
    await make('newer', 99);
    const foreign = await outcomeOf(() => new agents.IndexedDBSession({ dbName: 'foreign' }).loadItems('c'));
    const newer = await outcomeOf(() => new agents.IndexedDBSession({ dbName: 'newer' }).loadItems('c'));
    return { foreign, newer, names: (await indexedDB.databases()).map(({ name, version }) => `${name} ${version}`) };
  });
  assert.equal(outcomes.foreign.code, 'corrupt');
  assert.equal(outcomes.newer.code, 'unsupported');
  assert.match(
    outcomes.newer.message ?? '',
    /has version 99, .*version \d+, cannot even read it: update agents-wasm\.$/,
  );
  assert.ok(outcomes.names.includes('foreign 1') && outcomes.names.includes('newer 99'));
});

test('a database of a newer version is read, says so, and refuses every change before a model is asked', async (context) => {
  const page = await newPage(context);
  const outcomes = await page.evaluate(async () => {
    const first = new agents.IndexedDBSession({ dbName: 'to-come' });
    await first.saveItems('c', ['x', 'y'], { operationId: 'op' });
    await first.setTitle('c', 'A title');
    const before = (await first.storage()).readOnly;
    // Another tab's: this one's connection gives way.
    await new Promise<void>((resolve, reject) => {
      const request = indexedDB.open('to-come', 99);
      request.onupgradeneeded = () => request.result.createObjectStore('newer');
      request.onblocked = () => reject(new Error('The session does not let go of it.'));
      request.onsuccess = () => {
        request.result.close();
        resolve();
      };
    });
    const session = new agents.IndexedDBSession({ dbName: 'to-come' });
    const items = await session.loadItems('c');
    const changes = [
      () => first.saveItems('c', ['z']),
      () => session.saveItems('c', ['z']),
      () => session.popItem('c'),
      () => session.setTitle('c', 'z'),
      () => session.clear('c'),
      () => session.delete('c'),
      () => agents.run(new agents.Agent({ name: 'a' }), 'z', { session, conversationId: 'c' }),
    ];
    const refusals = [];
    for (const change of changes) refusals.push(await outcomeOf(change));
    const { conversations } = await session.listConversations();
    const contents = (await first.loadItems('c')).map(({ content }) => content);
    const versions = (await indexedDB.databases()).filter(({ name }) => name === 'to-come');
    return {
      before,
      items: items.length,
      refusals,
      conversations,
      contents,
      versions,
      storage: await session.storage(),
    };
  });
  assert.equal(outcomes.before, undefined);
  assert.equal(outcomes.items, 2);
  assert.equal(outcomes.conversations[0]?.title, 'A title');
  assert.deepEqual(outcomes.contents, ['x', 'y']);
  for (const { name, code, message } of outcomes.refusals) {
    assert.deepEqual([name, code], ['SessionError', 'unsupported'], message);
    assert.match(message ?? '', /version 99, .*version \d+, only reads it: update agents-wasm\.$/);
  }
  assert.equal(outcomes.storage.readOnly, true);
  assert.match(outcomes.storage.reason, /^IndexedDB keeps .* update agents-wasm\.$/);
  assert.deepEqual(outcomes.versions, [{ name: 'to-come', version: 99 }]);
});

test('without IndexedDB, or where it refuses to open, the session is unsupported', async (context) => {
  const page = await newPage(context);
  const [refused, missing] = await page.evaluate(async () => {
    const original = IDBFactory.prototype.open;
    IDBFactory.prototype.open = () => {
      throw new DOMException('The operation is insecure.', 'SecurityError');
    };
    const first = await outcomeOf(() => new agents.IndexedDBSession().loadItems('c'));
    IDBFactory.prototype.open = original;
    Object.defineProperty(globalThis, 'indexedDB', { value: undefined });
    return [first, await outcomeOf(() => new agents.IndexedDBSession().loadItems('c'))];
  });
  assert.deepEqual([refused?.name, refused?.code], ['SessionError', 'unsupported']);
  assert.deepEqual([missing?.name, missing?.code], ['SessionError', 'unsupported']);
  assert.match(missing?.message ?? '', /this runtime has no IndexedDB/);
});

test('a dbName that cannot be one is refused', async (context) => {
  const page = await newPage(context);
  const codes = await page.evaluate(async () => {
    const found: unknown[] = [];
    for (const options of [{ dbName: '' }, { dbName: 7 }, { busyTimeout: -1 }, null]) {
      const outcome = await outcomeOf(async () => new agents.IndexedDBSession(options as object));
      found.push(outcome.code);
    }
    return found;
  });
  assert.deepEqual(codes, Array(4).fill('invalid_argument'));
});
