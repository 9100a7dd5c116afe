import assert from 'node:assert/strict';
import { test } from 'node:test';

import { EncryptedSession, type Item, MemorySession, SQLiteSession, type StoredItem } from 'agents-wasm';

import { applyChange, readPage } from '../../dist/sessions/store-calls.js';
import { decrypted, encrypted, everythingOf } from '../support/encrypted.ts';
import { checkLeaks } from '../support/local-api.ts';
import { badArgument } from '../support/refusals.ts';

checkLeaks();

const user = (content: string): Item => ({ role: 'user', content });
const said = (items: StoredItem[]) => items.map(({ content }) => content);
const numbers = (count: number) => Array.from({ length: count }, (_, index) => `${index}`);

const kinds = {
  memory: () => new MemorySession(),
  'SQLite in memory': () => new SQLiteSession({ dbPath: ':memory:' }),
};

/** Every text of a conversation as it is stored, in the clear by this key; fails where it is of another one. */
async function allIn(session: MemorySession | SQLiteSession, key: string): Promise<string[]> {
  const pages = await everythingOf(session, 'c');
  const notes = (pages[0]!.shelves ?? []).flatMap(({ note }) => (note === '' ? [] : [JSON.parse(note)]));
  const sdks = pages.flatMap(({ origins }) => origins.flatMap(({ sdk }) => (sdk ? [sdk as Item] : [])));
  const items = pages.flatMap((page) => page.items);
  const { title, metadata } = (await session.listConversations()).conversations.find(({ id }) => id === 'c')!;
  return [...items, ...notes, ...sdks, title, metadata as Item].map((one) => decrypted(one, key, 'c'));
}

for (const [kind, open] of Object.entries(kinds)) {
  const over = (underlyingSession: MemorySession | SQLiteSession, encryptionKey: string, ...previousKeys: string[]) =>
    new EncryptedSession({ underlyingSession, encryptionKey, previousKeys });

  test(`${kind}: a rotation encrypts all of a conversation anew, what is off its history too`, async () => {
    await using underlying = open();
    await using session = over(underlying, 'old');
    await session.saveItems('c', numbers(450));
    await session.setTitle('c', 'Title');
    await session.setMetadata('c', { a: [1] });
    await applyChange(session, 'c', {
      opId: 'more',
      edits: [
        { type: 'append', items: [user('noted')], shelf: 'run:r', sdk: ['{"z":1,"10":2}'] },
        { type: 'note', shelf: 'run:r', note: '{"state":"failed"}' },
        { type: 'note', shelf: 'empty', note: '{}' },
      ],
    });
    const uids = (await session.loadItems('c')).map(({ uid }) => uid as string);
    await applyChange(session, 'c', {
      opId: 'f',
      edits: [{ type: 'shelve', uids: uids.slice(0, 7), shelf: 'folded:f' }],
    });
    const before = await everythingOf(session, 'c');
    const texts = await allIn(underlying, 'old');

    const progress: unknown[] = [];
    const report = await session.rotateKeys({ newKey: 'new', onProgress: (one) => progress.push(one) });
    assert.deepEqual(report, { conversations: 1, items: 451, locked: 0 });
    assert.deepEqual(progress, [{ conversations: 1, of: 1, items: 451 }]);
    assert.deepEqual(await allIn(underlying, 'new'), texts);
    const strip = (pages: typeof before) => pages.map(({ version: _, ...rest }) => rest);
    assert.deepEqual(strip(await everythingOf(session, 'c')), strip(before), 'uids, origins and times stay');
    assert.deepEqual(
      await session.rotateKeys(),
      { conversations: 1, items: 0, locked: 0 },
      'there is nothing left to do',
    );
    await using fresh = over(underlying, 'new');
    assert.deepEqual(said(await fresh.loadItems('c')), numbers(450).slice(7));
  });

  test(`${kind}: a rotation that is interrupted half-way leaves all readable, and another one does the rest`, async () => {
    await using underlying = open();
    const session = over(underlying, 'old');
    await session.saveItems('c', numbers(600));
    const stop = new AbortController();
    let changes = 0;
    await session.subscribe('c', () => ++changes === 2 && stop.abort(new Error('enough')));
    const rotation = session.rotateKeys({ newKey: 'new', signal: stop.signal });
    await assert.rejects(rotation, { name: 'AbortError', code: 'aborted' });
    assert.deepEqual(said(await session.loadItems('c')), numbers(600));
    await session.saveItems('c', ['600']);

    const [old, fresh] = [over(underlying, 'old'), over(underlying, 'new')];
    for (const one of [old, fresh]) await assert.rejects(one.loadItems('c'), { code: 'wrong_key' });
    const both = over(underlying, 'new', 'old');
    assert.deepEqual(said(await both.loadItems('c')), numbers(601));
    assert.deepEqual(await both.rotateKeys(), { conversations: 1, items: 600 - 400, locked: 0 });
    assert.deepEqual(said(await fresh.loadItems('c')), numbers(601));
    for (const one of [session, old, fresh, both]) await one.close();
  });

  test(`${kind}: what is written while the keys change is neither lost nor doubled`, async () => {
    await using underlying = open();
    await using session = over(underlying, 'old');
    await session.saveItems('c', numbers(300));
    const uids = (await session.loadItems('c')).map(({ uid }) => uid as string);
    const rotation = session.rotateKeys({ newKey: 'new' });
    const expected = numbers(300);
    for (let index = 0; index < 12; index++) {
      await session.replaceItem('c', uids[index * 20]!, user(`changed ${index}`));
      await session.saveItems('c', [user(`added ${index}`)]);
      expected[index * 20] = `changed ${index}`;
      expected.push(`added ${index}`);
    }
    await session.setTitle('c', 'Title');
    await rotation;
    await using fresh = over(underlying, 'new');
    assert.deepEqual(said(await fresh.loadItems('c')), expected);
    assert.equal((await fresh.listConversations()).conversations[0]?.title, 'Title');
  });
}

test('a rotation of one conversation leaves the others, and of all keeps their order in the list', async () => {
  await using underlying = new MemorySession();
  const keyed = (encryptionKey: string, ...previousKeys: string[]) =>
    new EncryptedSession({ underlyingSession: underlying, encryptionKey, previousKeys });
  await using session = keyed('old');
  const ids = ['a', 'b', 'c', 'd'];
  for (const id of ids) await session.saveItems(id, [id]);
  assert.deepEqual(await session.rotateKeys({ newKey: 'new', conversationId: 'b' }), {
    conversations: 1,
    items: 1,
    locked: 0,
  });
  assert.equal(decrypted((await underlying.loadItems('b'))[0]!, 'new', 'b'), '{"role":"user","content":"b"}');
  assert.equal(decrypted((await underlying.loadItems('a'))[0]!, 'old', 'a'), '{"role":"user","content":"a"}');
  assert.deepEqual(await session.rotateKeys(), { conversations: 4, items: 3, locked: 0 });
  const list = (await session.listConversations()).conversations.map(({ id }) => id);
  assert.deepEqual(list, ['d', 'c', 'a', 'b']);
});

test('a rotation keeps the times that ttl counts from, and encrypts what was stored in the clear', async (context) => {
  context.mock.timers.enable({ apis: ['Date'], now: Date.UTC(2026, 10, 23) });
  const old = Date.now() / 1000 - 50;
  await using underlying = new MemorySession();
  await underlying.saveItems('c', [encrypted(user('one'), 'old', 'c', old), user('plain')]);
  await underlying.setTitle('c', 'in the clear');
  await underlying.setMetadata('c', { a: 1 });
  const setup = { underlyingSession: underlying, encryptionKey: 'new', previousKeys: ['old'], ttl: 60 };
  await using session = new EncryptedSession(setup);
  assert.deepEqual(said(await session.loadItems('c')), ['one', 'plain']);
  assert.equal((await session.rotateKeys()).items, 2);
  assert.deepEqual(await allIn(underlying, 'new'), [
    '{"role":"user","content":"one"}',
    '{"role":"user","content":"plain"}',
    'in the clear',
    '{"a":1}',
  ]);
  context.mock.timers.tick(11_000);
  assert.deepEqual(said(await session.loadItems('c')), ['plain']);
  assert.equal((await readPage(underlying, { conversationId: 'c' })).items.length, 2);
});

test('what a rotation is told is checked before anything changes', async () => {
  await using session = new EncryptedSession({ underlyingSession: new MemorySession(), encryptionKey: 'old' });
  await session.saveItems('c', ['one']);
  await badArgument(() => session.rotateKeys({ newKey: '' }), 'newKey');
  await badArgument(() => session.rotateKeys({ newKey: 7 as never }), 'newKey');
  await badArgument(() => session.rotateKeys({ conversationId: '' }), 'conversationId');
  await badArgument(() => session.rotateKeys({ onProgress: 1 as never }), 'onProgress');
  assert.deepEqual(said(await session.loadItems('c')), ['one']);
});
