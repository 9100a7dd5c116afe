import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { Agent, type Item, MemorySession, OpenAIConversationsSession, run, SQLiteSession } from 'agents-wasm';

import { checkLeaks } from '../support/local-api.ts';
import { checkAgreed, historyOf, LOCKED, onServer, show } from '../support/server-conversations.ts';

checkLeaks();

const messages = (count: number, from = 0): Item[] =>
  Array.from({ length: count }, (_, index) => ({ role: 'user', content: `m${from + index}` }));
const words = (count: number, from = 0) => Array.from({ length: count }, (_, index) => `user: m${from + index}`);
const CALL: Item = { type: 'function_call', call_id: 'c1', name: 'f', arguments: '{}' };
const OUTPUT: Item = { type: 'function_call_output', call_id: 'c1', output: 'x' };

test('a thousand items are read in ten requests', async () => {
  await using place = onServer();
  await place.session.saveItems('c', messages(1000));
  place.forget();
  const items = await place.session.loadItems('c');
  assert.deepEqual(show(items), words(1000));
  assert.equal(place.requests().length, 10);
  assert.deepEqual(new Set(place.requests()), new Set(['GET /conversations/:id/items']));
  assert.equal(items[0]?.uid, items[0]?.id);
});

test('fifty items are saved twenty at a time, in their order', async () => {
  await using place = onServer();
  await place.session.saveItems('c', messages(50));
  const writes = place.server.requests.filter(({ method, path }) => method === 'POST' && path.endsWith('/items'));
  assert.deepEqual(
    writes.map(({ body }) => body.items.length),
    [20, 20, 10],
  );
  await checkAgreed(place, words(50));
});

test('the newest items are read with one request, and none with no request', async () => {
  await using place = onServer();
  await place.session.saveItems('c', [...messages(30), CALL, OUTPUT, { role: 'user', content: 'last' }]);
  place.forget();
  assert.deepEqual(show(await place.session.loadItems('c', { maxItems: 2 })), ['user: last']);
  assert.deepEqual(show(await place.session.loadItems('c', { maxItems: 3 })), ['f(c1)', 'c1 = x', 'user: last']);
  assert.equal(place.requests().length, 2);
  assert.deepEqual(await place.session.loadItems('c', { maxItems: 0 }), []);
  assert.equal(place.requests().length, 2);
});

test('reads, empty saves, pops, clears and deletes create nothing', async () => {
  await using place = onServer();
  const { session } = place;
  assert.deepEqual(await session.loadItems('c'), []);
  await session.saveItems('c', []);
  assert.equal(await session.popItem('c'), undefined);
  assert.equal(await session.serverConversationId('c'), undefined);
  assert.deepEqual(await session.openRuns('c'), []);
  await session.clear('c');
  await session.delete('c');
  assert.deepEqual(place.requests(), []);
});

test('writes and runs that come first at the same time share one conversation', async () => {
  await using place = onServer(['hi']);
  const { session } = place;
  await Promise.all([
    session.saveItems('c', messages(1)),
    session.saveItems('c', messages(1, 1)),
    run(new Agent({ name: 'a' }), 'q', { session, conversationId: 'c' }),
  ]);
  assert.equal(place.requests().filter((one) => one === 'POST /conversations').length, 1);
  assert.equal((await session.loadItems('c')).length, 4);
});

test('what could not be created is created by the next call', async () => {
  await using place = onServer();
  place.troubles.push({ on: 'POST /conversations', status: 500 }, { on: 'POST /conversations', lose: 'answer' });
  await assert.rejects(place.session.saveItems('c', messages(1)), { code: 'api_error', status: 500 });
  await assert.rejects(place.session.saveItems('c', messages(1)), { code: 'api_connection' });
  await place.session.saveItems('c', messages(1));
  await checkAgreed(place, words(1));
});

test('ids are remembered in a store, so that a reload finds the conversation', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'agents-wasm-'));
  try {
    const dbPath = join(folder, 'ids.db');
    let id: string | undefined;
    {
      await using ids = new SQLiteSession({ dbPath });
      await using place = onServer([], { ids });
      await place.session.saveItems('user-1', messages(1));
      id = await place.session.serverConversationId('user-1');
      assert.match(id ?? '', /^conv_/);
      assert.deepEqual(await ids.loadItems('user-1'), []);
    }
    await using ids = new SQLiteSession({ dbPath });
    await using place = onServer([], { ids });
    assert.equal(await place.session.serverConversationId('user-1'), id);
    const { conversations } = await place.session.listConversations();
    assert.deepEqual(
      conversations.map((one) => one.id),
      ['user-1'],
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('without a store of the caller the best one of this place is taken, and closed with the session', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'agents-wasm-'));
  const before = process.cwd();
  process.chdir(folder);
  try {
    await using place = onServer();
    const openai = place.session.openai;
    const session = new OpenAIConversationsSession({ openai });
    await session.saveItems('c', messages(1));
    const id = await session.serverConversationId('c');
    await session.close();
    await assert.rejects(session.loadItems('c'), { name: 'SessionError', code: 'closed' });
    const again = new OpenAIConversationsSession({ openai });
    assert.equal(await again.serverConversationId('c'), id);
    await again.close();
  } finally {
    process.chdir(before);
    rmSync(folder, { recursive: true });
  }
});

test("the server's own id is used as it is, and so is the session's in runs that name none", async () => {
  await using first = onServer();
  await first.session.saveItems('c', messages(1));
  const id = (await first.session.serverConversationId('c')) as string;
  await using ids = new MemorySession();
  const session = new OpenAIConversationsSession({ conversationId: id, ids, openai: first.session.openai });
  assert.deepEqual(show(await session.loadItems(id)), words(1));
  await session.saveItems(id, messages(1, 1));
  assert.deepEqual(await historyOf(first), words(2));
  assert.equal(await session.serverConversationId(id), id);
  const { conversationId } = await run(new Agent({ name: 'a' }), 'q', { session }).catch(() => ({
    conversationId: id,
  }));
  assert.equal(conversationId, id);
  assert.equal(first.server.requests.at(-1)?.body.conversation, id);
});

test('the newest item is taken with the call that it belongs to', async () => {
  await using place = onServer();
  await place.session.saveItems('c', [...messages(1), CALL, OUTPUT]);
  assert.equal((await place.session.popItem('c'))?.type, 'function_call_output');
  await checkAgreed(place, words(1));
  assert.deepEqual(show([(await place.session.popItem('c')) as Item]), words(1));
  await checkAgreed(place, []);
});

test('a conversation that is cleared begins anew on the server, one that could not be deleted is still known', async () => {
  await using place = onServer();
  const { session, troubles } = place;
  await session.saveItems('c', messages(1));
  const id = await session.serverConversationId('c');
  troubles.push({ on: 'DELETE /conversations/:id', status: 403 });
  await assert.rejects(session.delete('c'), { code: 'api_error', status: 403 });
  assert.equal(await session.serverConversationId('c'), id);
  await session.clear('c');
  assert.equal(await session.serverConversationId('c'), undefined);
  await session.saveItems('c', messages(1, 1));
  assert.notEqual(await session.serverConversationId('c'), id);
  await checkAgreed(place, words(1, 1));
  troubles.push({ on: 'DELETE /conversations/:id', lose: 'answer' });
  await session.delete('c');
  assert.deepEqual((await session.listConversations()).conversations, []);
});

test('clearing or deleting the conversation of the server leaves a history of the same id in the store alone', async () => {
  for (const method of ['clear', 'delete'] as const) {
    await using ids = new MemorySession();
    await using place = onServer([], { ids });
    await ids.saveItems('c', messages(3));
    await place.session.saveItems('c', messages(1, 7));
    await place.session[method]('c');
    assert.deepEqual(await place.session.loadItems('c'), []);
    assert.deepEqual(show(await ids.loadItems('c')), words(3));
  }
});

test('items go without ids that the server would not know, and without what cannot be sent', async () => {
  await using place = onServer();
  await place.session.saveItems('c', [
    {
      type: 'message',
      role: 'assistant',
      id: 'msg_1',
      content: [{ type: 'output_text', text: 'hi', annotations: [] }],
    },
    { ...CALL, id: 'fc_1', provider_data: { a: 1 } },
    { type: 'reasoning', summary: [] },
    OUTPUT,
  ]);
  const sent = place.server.requests.at(-1)?.body.items as Item[];
  assert.deepEqual(
    sent.map(({ id, provider_data, type }) => [type, id, provider_data]),
    [
      ['message', undefined, undefined],
      ['function_call', undefined, undefined],
      ['function_call_output', undefined, undefined],
    ],
  );
});

test('a save whose answer got lost is looked up before it is sent again, and one that fails takes back what it added', async () => {
  for (const lose of ['request', 'answer'] as const) {
    await using place = onServer();
    await place.session.saveItems('c', messages(25));
    place.troubles.push({ on: 'POST /conversations/:id/items', lose });
    await place.session.saveItems('c', messages(25));
    await checkAgreed(place, [...words(25), ...words(25)]);
  }
  await using place = onServer();
  await place.session.saveItems('c', messages(1));
  const refusal = { on: 'POST /conversations/:id/items', status: 400 };
  place.troubles.push({ on: refusal.on, before: () => place.troubles.push(refusal) });
  await assert.rejects(place.session.saveItems('c', messages(30, 1)), { code: 'api_error', status: 400 });
  await checkAgreed(place, words(1));
});

test('passing refusals are waited out as the server asks, locks too, and lost reads are repeated', async () => {
  await using place = onServer();
  const { session, troubles } = place;
  const on = 'POST /conversations/:id/items';
  troubles.push(
    { on, status: 429, headers: { 'retry-after-ms': '1' } },
    { on, status: 503, headers: { 'retry-after-ms': '1' } },
  );
  await session.saveItems('c', messages(1));
  troubles.push({ on, status: 500 });
  await session.saveItems('c', messages(1, 1));
  troubles.push({ on: 'GET /conversations/:id/items', lose: 'answer' });
  await checkAgreed(place, words(2));
  const unlock = place.server.lockConversation((await session.serverConversationId('c')) as string);
  troubles.push({ on }, { on, before: unlock });
  await session.saveItems('c', messages(1, 2));
  await checkAgreed(place, words(3));
});

test('a lock that does not end in time is an error, and nothing was added', async () => {
  await using place = onServer([], { busyTimeout: 0 });
  await place.session.saveItems('c', messages(1));
  place.troubles.push({ on: 'POST /conversations/:id/items', status: 400, error: LOCKED });
  await assert.rejects(place.session.saveItems('c', messages(1, 1)), { apiCode: 'conversation_locked' });
  await checkAgreed(place, words(1));
});

test('a conversation moves from a local session to the server and back without loss', async () => {
  await using local = new MemorySession();
  await using place = onServer();
  const items: Item[] = [
    { role: 'user', content: 'q' },
    { type: 'reasoning', id: 'rs_0', summary: [], encrypted_content: 'sealed' },
    { ...CALL, id: 'fc_0' },
    OUTPUT,
    { type: 'message', role: 'assistant', id: 'msg_0', content: [{ type: 'output_text', text: 'a', annotations: [] }] },
  ];
  await local.saveItems('c', items);
  await place.session.saveItems('c', await local.loadItems('c'));
  await checkAgreed(place, show(items));
  await local.saveItems('back', await place.session.loadItems('c'));
  assert.deepEqual(show(await local.loadItems('back')), show(items));
  assert.equal((await local.loadItems('back'))[1]?.encrypted_content, 'sealed');
  assert.deepEqual((await local.doctor('back')).findings, []);
});

test('what is no option or no conversation is refused by name', async () => {
  await using ids = new MemorySession();
  const bad = [
    { ids: {} },
    { conversationId: '' },
    { busyTimeout: -1 },
    { onWarning: 1 },
    { openai: { maxRetries: 'x' } },
  ];
  for (const options of bad) {
    const [name] = Object.keys(options === bad[4] ? { maxRetries: 0 } : options) as [string];
    const message = new RegExp(`^${name} must be`);
    assert.throws(() => new OpenAIConversationsSession(options as never), { code: 'invalid_argument', message });
  }
  const session = new OpenAIConversationsSession({ ids });
  await assert.rejects(session.loadItems(''), { code: 'invalid_argument' });
  await assert.rejects(session.saveItems('c', 1 as never), { code: 'invalid_item' });
  await assert.rejects(session.discardRun('c', 1 as never), { code: 'invalid_argument' });
});
