import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

import {
  EncryptedSession,
  type EncryptedSessionOptions,
  type Item,
  MemorySession,
  OpenAIConversationsSession,
  OpenAIResponsesCompactionSession,
  type Session,
  SQLiteSession,
  type StoredItem,
} from 'agents-wasm';

import { applyChange } from '../../dist/sessions/store-calls.js';
import { decrypted, encrypted, everythingOf } from '../support/encrypted.ts';
import { checkLeaks } from '../support/local-api.ts';
import { refused } from '../support/refusals.ts';

checkLeaks();

const folder = mkdtempSync(join(tmpdir(), 'agents-wasm-'));
after(() => rmSync(folder, { recursive: true }));
let files = 0;
const newFile = () => join(folder, `${++files}.db`);

const KEY = 'the right one';
const WRONG = { name: 'SessionError', code: 'wrong_key' };
const user = (content: string): Item => ({ role: 'user', content });
const said = (items: StoredItem[]) => items.map(({ content }) => content);
const over = (underlyingSession: Session, more: Partial<EncryptedSessionOptions> = {}) =>
  new EncryptedSession({ underlyingSession, encryptionKey: KEY, ...more });

test('what lies in the underlying session is what Python wrote and reads', async () => {
  await using underlying = new MemorySession();
  await using session = over(underlying);
  await session.saveItems('c', [user('Grüße 😀'), { type: 'x', big: 1e21, nested: { a: [null] } }]);
  await session.setTitle('c', 'Title');
  const stored = await underlying.loadItems('c');
  assert.deepEqual(Object.keys(stored[0]!), ['__enc__', 'v', 'kid', 'payload']);
  assert.deepEqual(
    stored.map((item) => decrypted(item, KEY, 'c')),
    ['{"role":"user","content":"Grüße 😀"}', '{"type":"x","big":1e+21,"nested":{"a":[null]}}'],
  );
  const [conversation] = (await underlying.listConversations()).conversations;
  assert.equal(decrypted(conversation!.title, KEY, 'c'), 'Title');

  await underlying.saveItems('c', [encrypted('{"role": "user", "content": "from Python"}', KEY, 'c'), user('plain')]);
  assert.deepEqual(said(await session.loadItems('c', { maxItems: 2 })), ['from Python', 'plain']);
  await underlying.saveItems('c', [encrypted('{"role":"user","content":NaN}', KEY, 'c')]);
  assert.equal((await session.loadItems('c')).length, 4, 'what is no JSON is left out, as in a database of Python');
});

test('an item comes back to the letter, also one that is an envelope itself', async () => {
  await using session = over(new MemorySession());
  const inner = encrypted(user('inner'), KEY, 'c');
  await session.saveItems('c', [inner, { __enc__: 1, v: 1, kid: 'k', payload: 'no token' }]);
  assert.deepEqual(await session.loadItems('c'), [inner, { __enc__: 1, v: 1, kid: 'k', payload: 'no token' }]);
});

test('with another key every method fails with wrong_key, and nothing is changed', async () => {
  await using underlying = new SQLiteSession({ dbPath: ':memory:' });
  const right = over(underlying);
  await right.saveItems('c', [user('one'), user('two')]);
  await right.setTitle('c', 'Title');
  await right.setMetadata('c', { a: 1 });
  const [{ uid }] = (await right.loadItems('c')) as [{ uid: string }];
  await right.pinItem('c', uid);
  const before = [await everythingOf(underlying, 'c'), await underlying.listConversations()];
  // Another one for each: what one of them found out must not matter to the next.
  const calls: Record<string, (session: EncryptedSession) => Promise<unknown>> = {
    loadItems: (session) => session.loadItems('c'),
    loadPage: (session) => session.loadPage('c'),
    saveItems: (session) => session.saveItems('c', [user('three')]),
    popItem: (session) => session.popItem('c'),
    deleteItems: (session) => session.deleteItems('c', [uid]),
    replaceItem: (session) => session.replaceItem('c', uid, user('other')),
    clear: (session) => session.clear('c'),
    delete: (session) => session.delete('c'),
    setTitle: (session) => session.setTitle('c', 'Other'),
    setMetadata: (session) => session.setMetadata('c', {}),
    pinItem: (session) => session.pinItem('c', uid, false),
    listConversations: (session) => session.listConversations(),
    doctor: (session) => session.doctor('c', { repair: true }),
    rotateKeys: (session) => session.rotateKeys({ newKey: 'third' }),
  };
  const opened = [right];
  for (const [name, call] of Object.entries(calls)) {
    const wrong = over(underlying, { encryptionKey: 'another one' });
    opened.push(wrong);
    await assert.rejects(call(wrong), WRONG, name);
    await assert.rejects(call(wrong), WRONG, `${name}, again`);
  }
  assert.deepEqual([await everythingOf(underlying, 'c'), await underlying.listConversations()], before);
  assert.deepEqual(said(await right.loadItems('c')), ['one', 'two']);
  for (const session of opened) await session.close();
});

test('an item that was damaged is said to be, and can be removed in the underlying session', async () => {
  await using underlying = new MemorySession();
  await using session = over(underlying);
  await session.saveItems('c', ['one', 'two']);
  const [first] = await underlying.loadItems('c');
  const payload = `${first!['payload']}`.replace(/.{9}$/, 'AAAAAAAA=');
  await underlying.replaceItem('c', first!.uid!, { ...first, payload });
  await assert.rejects(session.loadItems('c'), WRONG);
  await underlying.deleteItems('c', [first!.uid!]);
  assert.deepEqual(said(await session.loadItems('c')), ['two']);
});

test('each conversation can have a key of its own; without it there is nothing left but to delete it', async () => {
  await using underlying = new MemorySession();
  const keys = new Map([
    ['a', 'key of a'],
    ['b', 'key of b'],
  ]);
  await using session = over(underlying, { encryptionKey: async (id) => keys.get(id) });
  for (const id of keys.keys()) {
    await session.saveItems(id, [user(`said in ${id}`)]);
    await session.setTitle(id, `Title of ${id}`);
  }
  keys.delete('a');
  await using later = over(underlying, { encryptionKey: (id) => keys.get(id) });
  const { conversations } = await later.listConversations();
  assert.deepEqual(
    conversations.map(({ id, title, locked }) => [id, title, locked]),
    [
      ['b', 'Title of b', undefined],
      ['a', '', true],
    ],
  );
  await assert.rejects(later.loadItems('a'), WRONG);
  await assert.rejects(later.saveItems('a', ['x']), WRONG);
  await assert.rejects(later.clear('a'), WRONG);
  assert.deepEqual(said(await later.loadItems('b')), ['said in b']);
  await later.delete('a');
  assert.deepEqual(await underlying.loadItems('a'), []);
  assert.deepEqual(await later.loadItems('none'), [], 'what does not exist needs no key');
});

test('a conversation whose key is gone stops nothing that goes over all of them', async () => {
  const keys = new Map([
    ['lost', 'one'],
    ['kept', 'two'],
  ]);
  await using underlying = new MemorySession();
  await using session = over(underlying, { encryptionKey: (id) => keys.get(id) });
  await session.setMetadata('lost', { user: 7 });
  await session.saveItems('lost', ['a', 'b']);
  await session.saveItems('kept', ['c']);
  keys.delete('lost');
  const newKey = (id: string) => (id === 'kept' ? 'three' : undefined);
  assert.deepEqual(await session.rotateKeys({ newKey }), { conversations: 1, items: 1, locked: 1 });
  assert.equal((await session.conversationStats()).items.total, 1);
  assert.deepEqual((await session.applyRetention({ maxItems: 1 })).trimmed, []);
  await assert.rejects(session.erase({ metadata: { user: 7 } }), WRONG);
  assert.equal((await underlying.loadItems('lost')).length, 2);
});

test('a key that was wrong can become right, and a function that fails says nothing of what it threw', async () => {
  await using underlying = new MemorySession();
  let key: unknown = 'first';
  const encryptionKey = () => {
    if (key instanceof Error) throw key;
    return key as string;
  };
  const writer = over(underlying, { encryptionKey: 'right' });
  await writer.saveItems('c', ['one']);
  await using session = over(underlying, { encryptionKey });
  await assert.rejects(session.loadItems('c'), WRONG);
  key = new Error('SECRET');
  const failure: Error = await session.loadItems('c').then(
    () => assert.fail('It was read.'),
    (error) => error,
  );
  assert.deepEqual([failure.name, failure.cause, /SECRET/.test(`${failure.stack}`)], ['UserError', undefined, false]);
  key = 7;
  await refused(() => session.loadItems('c'), 'UserError', 'invalid_argument', 'encryptionKey', 'a number');
  key = 'right';
  assert.deepEqual(said(await session.loadItems('c')), ['one']);
  await writer.close();
});

test('after ttl seconds what was said is left out and stays stored, and limits count what is left', async (context) => {
  context.mock.timers.enable({ apis: ['Date'], now: Date.UTC(2026, 10, 23) });
  await using underlying = new MemorySession();
  await using session = over(underlying, { ttl: 60 });
  const lasting = over(underlying);
  const numbers = Array.from({ length: 40 }, (_, index) => `${index}`);
  await session.saveItems('c', numbers.slice(0, 30));
  await session.setTitle('c', 'Title');
  context.mock.timers.tick(59_000);
  await session.saveItems('c', numbers.slice(30));
  assert.equal((await session.loadItems('c')).length, 40);
  context.mock.timers.tick(2_000);
  assert.deepEqual(said(await session.loadItems('c')), numbers.slice(30));
  assert.deepEqual(said(await session.loadItems('c', { maxItems: 15 })), numbers.slice(30));
  assert.equal((await lasting.loadItems('c')).length, 40);
  assert.equal((await session.listConversations()).conversations[0]?.title, 'Title');

  // What is written anew begins anew: every third of the old ones.
  const uids = (await lasting.loadItems('c')).map(({ uid }) => uid as string);
  for (let at = 0; at < 30; at += 3) await lasting.replaceItem('c', uids[at]!, user(numbers[at]!));
  const left = numbers.filter((_, at) => at >= 30 || at % 3 === 0);
  for (let limit = 1; limit <= left.length + 1; limit++) {
    assert.deepEqual(said(await session.loadItems('c', { maxItems: limit })), left.slice(-limit), `${limit}`);
    const read: StoredItem[] = [];
    let before: string | undefined;
    do {
      const page = await session.loadPage('c', { limit, before });
      assert.ok(page.items.length === limit || page.older === undefined);
      read.unshift(...page.items);
      before = page.older;
    } while (before !== undefined);
    assert.deepEqual(said(read), left, `pages of ${limit}`);
  }
  context.mock.timers.tick(59_000);
  assert.deepEqual(await session.popItem('c'), user('27'), 'the newest that has not expired');
  assert.equal((await lasting.loadItems('c')).length, 39);
  context.mock.timers.tick(600_000);
  assert.equal(await session.popItem('c'), undefined);
  assert.equal((await lasting.loadItems('c')).length, 39);
  await lasting.close();
});

test('what is brought from elsewhere keeps its name, and expires as it would have there', async () => {
  await using session = over(new MemorySession(), { ttl: 60 });
  const ago = (seconds: number) => new Date(Date.now() - 1000 * seconds).toISOString();
  const kept = [
    { uid: 'theirs.0', at: ago(3600) },
    { uid: 'theirs.1', at: ago(10) },
  ];
  await applyChange(session, 'c', {
    opId: 'import',
    edits: [{ type: 'append', items: [user('old'), user('new')], kept }],
  });
  const items = await session.loadItems('c');
  assert.deepEqual(
    items.map(({ content, uid, createdAt }) => [content, uid, createdAt?.toISOString()]),
    [['new', 'theirs.1', kept[1]!.at]],
  );
});

test('an export is in the clear, and an import is encrypted with the key of where it goes, once', async () => {
  await using from = over(new MemorySession());
  await from.saveItems('c', ['one', 'two']);
  await from.setTitle('c', 'Title');
  const lines = await new Response(from.exportConversations()).text();
  assert.match(lines, /"title":"Title".*"content":"one"/s);
  await using underlying = new SQLiteSession({ dbPath: ':memory:' });
  await using to = over(underlying, { encryptionKey: 'key of the other place' });
  await to.importConversations(lines);
  assert.deepEqual((await to.importConversations(lines)).skipped, 2);
  assert.deepEqual(said(await to.loadItems('c')), ['one', 'two']);
  const stored = await underlying.loadItems('c');
  const keyed = stored.map((item) => decrypted(item, 'key of the other place', 'c'));
  assert.deepEqual(keyed, ['{"role":"user","content":"one"}', '{"role":"user","content":"two"}']);
});

test('changes that are made without waiting take effect in their order, however large they are', async () => {
  await using session = over(new MemorySession());
  const sizes = Array.from({ length: 24 }, (_, index) => (index % 3 === 0 ? 500_000 : 10));
  await Promise.all(sizes.map((size, index) => session.saveItems('c', [user(`${index}${' '.repeat(size)}`)])));
  assert.deepEqual(
    (await session.loadItems('c')).map(({ content }) => Number(content)),
    sizes.map((_, index) => index),
  );
});

test('a search is refused by name', async () => {
  await using session = over(new MemorySession());
  await session.saveItems('c', ['one']);
  await refused(() => session.search(), 'SessionError', 'unsupported', 'EncryptedSession', 'searched');
});

test('what happens to a conversation is told once, whichever of the two sessions does it', async () => {
  await using underlying = new MemorySession();
  await using session = over(underlying);
  const heard: string[] = [];
  const unsubscribe = await session.subscribe('c', ({ type }) => heard.push(type));
  await session.saveItems('c', ['one']);
  await session.setTitle('c', 'T');
  await underlying.delete('c');
  await new Promise((next) => setImmediate(next));
  unsubscribe();
  await session.saveItems('c', ['two']);
  assert.deepEqual(heard, ['items', 'description', 'deleted']);
});

test('a compacting session can stand over it and under it', async () => {
  const inner = over(new MemorySession());
  await using above = new OpenAIResponsesCompactionSession({ underlyingSession: inner });
  await above.saveItems('c', ['one']);
  assert.deepEqual(said(await inner.loadItems('c')), ['one']);
  const compacting = new OpenAIResponsesCompactionSession({
    sessionSettings: { compactionThreshold: 70 },
    underlyingSession: new MemorySession(),
  });
  await using below = over(compacting);
  await below.saveItems('c', ['two']);
  assert.deepEqual([below.sessionSettings?.compactionThreshold, below.sessionSettings?.compactionEnabled], [70, true]);
  assert.equal((await below.runCompaction('c')).status, 'not_due');
});

test('a session of your own is encrypted too, as far as it goes', async () => {
  const stored: Item[] = [];
  const own: Session = {
    loadItems: (_id, { maxItems = 1000 } = {}) => stored.slice(Math.max(0, stored.length - maxItems)),
    saveItems: (_id, items) => void stored.push(...items),
  };
  await using session = over(own, { ttl: 60 });
  await session.saveItems('c', ['one', { type: 'user', content: 'two' }]);
  assert.deepEqual(
    stored.map((item) => decrypted(item, KEY, 'c')),
    ['{"role":"user","content":"one"}', '{"role":"user","content":"two"}'],
  );
  stored.splice(1, 0, user('plain'), encrypted(user('old'), KEY, 'c', 1_700_000_000));
  assert.deepEqual(said(await session.loadItems('c')), ['one', 'plain', 'two']);
  assert.deepEqual(said(await session.loadItems('c', { maxItems: 3 })), ['one', 'plain', 'two']);
  await using wrong = over(own, { encryptionKey: 'another one' });
  await assert.rejects(wrong.loadItems('c'), WRONG);
  await assert.rejects(wrong.saveItems('c', ['three']), WRONG);
  assert.equal(stored.length, 4);
  for (const call of [
    () => session.popItem('c'),
    () => session.delete('c'),
    () => session.storage(),
    () => session.rotateKeys(),
  ]) {
    await refused(call, 'SessionError', 'unsupported', 'can only load and save');
  }
});

test('options that cannot work are refused by name, and no key is in what is said of them', async () => {
  const underlyingSession = new MemorySession();
  const make = (options: object) => () =>
    new EncryptedSession({ underlyingSession, encryptionKey: 'SECRET', ...options } as EncryptedSessionOptions);
  const bad: [object, string][] = [
    [{ underlyingSession: undefined }, 'underlyingSession'],
    [{ underlyingSession: {} }, 'underlyingSession'],
    [{ encryptionKey: undefined }, 'encryptionKey'],
    [{ encryptionKey: '' }, 'encryptionKey'],
    [{ encryptionKey: 'SECRET\ud800' }, 'encryptionKey'],
    [{ encryptionKey: new Uint8Array(32) }, 'encryptionKey'],
    [{ previousKeys: 'SECRET' }, 'previousKeys'],
    [{ previousKeys: ['SECRET', ''] }, 'previousKeys[1]'],
    [{ ttl: 0 }, 'ttl'],
    [{ ttl: 1.5 }, 'ttl'],
  ];
  for (const [options, name] of bad) {
    await refused(make(options), 'UserError', 'invalid_argument', name);
    assert.throws(make(options), (error: Error) => !error.message.includes('SECRET'));
  }
  const server = new OpenAIConversationsSession();
  await refused(make({ underlyingSession: server }), 'UserError', 'user_error', 'OpenAIConversationsSession');
});

test('two sessions over one file see what the other does, and repeat nothing', async () => {
  const dbPath = newFile();
  await using one = over(new SQLiteSession({ dbPath }));
  await using other = over(new SQLiteSession({ dbPath }));
  const change = { opId: 'op', edits: [{ type: 'append' as const, items: [user('once')] }] };
  await applyChange(one, 'c', change);
  assert.equal((await applyChange(other, 'c', change)).repeated, true);
  const different = { opId: 'op', edits: [{ type: 'append' as const, items: [user('else')] }] };
  await assert.rejects(applyChange(other, 'c', different), { code: 'conflict' });
  assert.deepEqual(said(await one.loadItems('c')), ['once']);
  assert.deepEqual(await other.popItem('c'), user('once'));
});
