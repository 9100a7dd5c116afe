import assert from 'node:assert/strict';
import { test } from 'node:test';

import { type Item, MemorySession } from 'agents-wasm';

import { applyChange, type Edit, readPage } from '../../dist/sessions/store-calls.js';
import { checkLeaks } from '../support/local-api.ts';

checkLeaks();

const user = (content: string): Item => ({ role: 'user', content });
const said = (items: Item[]) => items.map(({ content }) => content);
let operations = 0;
const change = (...edits: Edit[]) => ({ opId: `op-${++operations}`, edits });

test('a page has items, origins, cursors and the version', async () => {
  await using session = new MemorySession();
  const origin = { agent: 'bot', run: 'r', turn: 2 };
  await applyChange(session, 'c', {
    opId: 'first',
    edits: [
      { type: 'append', items: [user('ä€😀'), user('two')], origin, sdk: ['{ "x": 1 }', ''] },
      { type: 'append', items: [user('three')] },
    ],
  });
  const page = await readPage(session, { conversationId: 'c', newest: 2, origins: true });
  assert.deepEqual(said(page.items), ['two', 'three']);
  const [two, three] = page.origins;
  const blank = { at: '', place: 0 };
  assert.ok((two?.place ?? 0) < (three?.place ?? 0));
  assert.deepEqual({ ...two, ...blank }, { uid: 'first.1', ...origin, sdk: null, ...blank });
  assert.deepEqual({ ...three, ...blank }, { uid: 'first.2', agent: null, run: null, turn: null, sdk: null, ...blank });
  const before = await readPage(session, { conversationId: 'c', before: page.older, origins: true });
  assert.deepEqual(said(before.items), ['ä€😀']);
  assert.deepEqual(before.origins[0]?.sdk, { x: 1 });
  assert.equal(before.older, undefined);
  assert.equal(before.version, page.version);
  const since = await readPage(session, { conversationId: 'c', since: before.newest });
  assert.deepEqual([said(since.items), since.origins], [['two', 'three'], []]);
});

test('single items are replaced, removed and shelved by their uids, and a shelf comes back', async () => {
  await using session = new MemorySession();
  const uids = ['a.0', 'a.1', 'a.2', 'a.3'];
  await applyChange(session, 'c', {
    opId: 'a',
    edits: [{ type: 'append', items: ['one', 'two', 'three', 'four'].map(user) }],
  });
  await applyChange(
    session,
    'c',
    change(
      { type: 'replace', uid: uids[0]!, item: user('ONE'), sdk: '{"b":2}' },
      { type: 'remove', uids: [uids[1]!] },
      { type: 'shelve', uids: [uids[2]!], shelf: 'x' },
      { type: 'append', items: [user('five')], shelf: 'y' },
      { type: 'note', shelf: 'x', note: '{"why": "folded"}' },
    ),
  );
  const page = await readPage(session, { conversationId: 'c', origins: true, shelves: '' });
  assert.deepEqual(said(page.items), ['ONE', 'four']);
  assert.deepEqual(page.origins[0]?.sdk, { b: 2 });
  const shelves = page.shelves?.map(({ name, note, count }) => ({ name, note, count }));
  assert.deepEqual(shelves, [
    { name: 'x', note: '{"why":"folded"}', count: 1 },
    { name: 'y', note: '', count: 1 },
  ]);
  assert.deepEqual(said((await readPage(session, { conversationId: 'c', shelf: 'x' })).items), ['three']);
  await applyChange(session, 'c', change({ type: 'restore', shelf: 'x' }, { type: 'discard', shelf: 'y' }));
  const whole = await readPage(session, { conversationId: 'c', shelves: '' });
  assert.deepEqual([said(whole.items), whole.shelves], [['ONE', 'four', 'three'], undefined]);
});

test('a change is refused when the version is another, when another holds the lease, and when its id was used', async () => {
  await using session = new MemorySession();
  const { version } = await applyChange(session, 'c', change({ type: 'append', items: [user('one')] }));
  const again = { opId: 'again', expectVersion: version, edits: [{ type: 'describe', title: 'One' } as const] };
  const first = await applyChange(session, 'c', again);
  assert.equal(first.repeated, false);
  const second = await applyChange(session, 'c', again);
  assert.deepEqual(second, { version: first.version, repeated: true });
  const conflict = { name: 'SessionError', code: 'conflict' };
  await assert.rejects(applyChange(session, 'c', { ...again, opId: 'later' }), conflict);
  await assert.rejects(applyChange(session, 'c', { opId: 'again', edits: [{ type: 'clear' }] }), conflict);

  const hold = (holder: string, force = false) => change({ type: 'hold', holder, ms: 60_000, force });
  await applyChange(session, 'c', hold('r1'));
  await assert.rejects(applyChange(session, 'c', hold('r2')), conflict);
  const page = await readPage(session, { conversationId: 'c', shelves: '' });
  assert.equal(page.lease?.holder, 'r1');
  assert.ok(page.lease.msLeft > 50_000 && page.lease.msLeft <= 60_000);
  await applyChange(session, 'c', hold('r2', true));
  const append: Edit = { type: 'append', items: [user('x')] };
  await assert.rejects(applyChange(session, 'c', { ...change(append), heldBy: 'r1' }), conflict);
  await applyChange(session, 'c', { ...change(append, { type: 'release', holder: 'r2' }), heldBy: 'r2' });
  assert.equal((await readPage(session, { conversationId: 'c', shelves: '' })).lease, undefined);
});

test('title and metadata are listed', async () => {
  await using session = new MemorySession();
  await applyChange(session, 'c', change({ type: 'describe', title: 'Zug', metadata: '{"user": {"id": 1}}' }));
  const [conversation] = (await session.listConversations()).conversations;
  assert.deepEqual([conversation?.title, conversation?.metadata], ['Zug', { user: { id: 1 } }]);
  await applyChange(session, 'c', change({ type: 'delete' }));
  assert.deepEqual(await session.listConversations(), { conversations: [] });
});

test('a change with an item, a note, metadata or an sdk text that cannot be stored changes nothing', async () => {
  await using session = new MemorySession();
  const refused: [Edit, string][] = [
    [{ type: 'append', items: [user('x')], sdk: ['{'] }, 'invalid_argument'],
    [{ type: 'append', items: [user('x')], sdk: ['{}', '{}'] }, 'invalid_argument'],
    [{ type: 'note', shelf: 'x', note: '[]' }, 'invalid_argument'],
    [{ type: 'describe', metadata: '' }, 'invalid_argument'],
    [{ type: 'append', items: [Number.NaN as unknown as Item] }, 'invalid_item'],
  ];
  for (const [edit, code] of refused) {
    await assert.rejects(applyChange(session, 'c', change({ type: 'append', items: [user('y')] }, edit)), { code });
  }
  assert.deepEqual(await session.listConversations(), { conversations: [] });
});
