import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Item } from 'agents-wasm';

import type { AnySession } from './session-suite.ts';

const user = (content: string): Item => ({ role: 'user', content });
const said = (text: string): Item => ({
  type: 'message',
  role: 'assistant',
  content: [{ type: 'output_text', text, annotations: [] }],
});
const call = (id: string): Item => ({ type: 'function_call', call_id: id, name: 'act', arguments: '{}' });
const output = (id: string): Item => ({ type: 'function_call_output', call_id: id, output: 'ok' });
const contentsIn = (items: Item[]) => items.map(({ content, call_id }) => content ?? call_id);

const DAY = 24 * 60 * 60 * 1000;

async function idsIn(session: AnySession): Promise<string[]> {
  const { conversations } = await session.listConversations({ limit: 100 });
  return conversations.map(({ id }) => id).sort();
}

/** Holds every kind of session to the same promises about what it tells of its conversations and how it deletes them. */
export function sessionReportsSuite(kind: string, open: () => AnySession): void {
  const check = (name: string, body: (session: AnySession) => Promise<void>) =>
    test(`${kind}: ${name}`, async () => {
      await using session = open();
      await body(session);
    });

  check('the statistics of a conversation count its items by what they are and who said them', async (session) => {
    const origins = [{ runId: 'r', turn: 0 }, ...Array(3).fill({ agent: { name: 'Ann' }, runId: 'r', turn: 1 })];
    await session.saveItems('c', [user('go'), call('1'), output('1'), said('done')], { operationId: 'o', origins });
    await session.saveItems('other', ['hello']);
    const stats = await session.conversationStats('c');
    assert.equal(stats.items.total, 4);
    assert.deepEqual(stats.items.byType, { message: 2, function_call: 1, function_call_output: 1 });
    assert.deepEqual(stats.items.byRole, { user: 1, assistant: 1 });
    assert.deepEqual(stats.items.byAgent, { Ann: 3 });
    assert.deepEqual(stats.toolCalls, { act: 1 });
    assert.equal(stats.turns, 1);
    assert.deepEqual(stats.runs, { total: 1, byStatus: { unknown: 1 } });
    assert.ok(stats.firstAt instanceof Date && stats.lastAt instanceof Date && stats.firstAt <= stats.lastAt);
    const all = await session.conversationStats();
    assert.deepEqual([all.conversations, all.items.total, all.items.byRole.user], [2, 5, 2]);
  });

  check('the statistics of nothing are zeros', async (session) => {
    const stats = await session.conversationStats('none');
    assert.deepEqual([stats.items.total, stats.turns, stats.runs.total, stats.usage.total.requests], [0, 0, 0, 0]);
    assert.equal(stats.firstAt, undefined);
    assert.equal((await session.conversationStats()).conversations, 0);
  });

  check('a retention by age deletes what nobody has changed since, and needs force for everything', async (session) => {
    await session.saveItems('a', ['one']);
    await session.saveItems('b', ['two']);
    assert.deepEqual(await session.applyRetention({ maxAge: DAY }), {
      deleted: [],
      trimmed: [],
      bytes: 0,
      dryRun: false,
    });
    await assert.rejects(session.applyRetention({ maxAge: 0 }), { code: 'user_error', message: /force/ });
    const planned = await session.applyRetention({ maxAge: 0, dryRun: true });
    assert.deepEqual([planned.deleted.sort(), planned.dryRun], [['a', 'b'], true]);
    assert.deepEqual(await idsIn(session), ['a', 'b'], 'nothing was changed');
    const steps: object[] = [];
    const done = await session.applyRetention({ maxAge: 0, force: true, onProgress: (step) => steps.push(step) });
    assert.deepEqual(done.deleted.sort(), ['a', 'b']);
    assert.equal(done.bytes, planned.bytes);
    assert.deepEqual(steps, [
      { done: 1, of: 2 },
      { done: 2, of: 2 },
    ]);
    assert.deepEqual(await idsIn(session), []);
  });

  check('a retention by items keeps the newest of each history, calls with their outputs', async (session) => {
    await session.saveItems('long', [user('one'), call('1'), output('1'), user('two'), user('three')]);
    await session.saveItems('short', ['one']);
    const planned = await session.applyRetention({ maxItems: 3, dryRun: true });
    const report = await session.applyRetention({ maxItems: 3 });
    assert.deepEqual(report, { ...planned, dryRun: false });
    assert.deepEqual(report.trimmed, [{ conversationId: 'long', items: 3 }]);
    assert.ok(report.bytes > 0);
    assert.deepEqual(contentsIn(await session.loadItems('long')), ['two', 'three']);
    assert.deepEqual(contentsIn(await session.loadItems('short')), ['one']);
    await assert.rejects(session.applyRetention({ maxItems: 0 }), { code: 'user_error' });
  });

  check('a retention by bytes keeps the conversations that were changed last', async (session) => {
    for (const id of ['first', 'second', 'third']) await session.saveItems(id, ['x'.repeat(1000)]);
    const { deleted } = await session.applyRetention({ maxBytes: 2500 });
    assert.deepEqual(deleted, ['first']);
    assert.deepEqual(await idsIn(session), ['second', 'third']);
    await assert.rejects(session.applyRetention({ maxBytes: 10 }), { code: 'user_error' });
    assert.deepEqual((await session.applyRetention({ maxBytes: 0, force: true })).deleted.length, 2);
  });

  check('a retention without a rule, with a bad one, or stopped, changes nothing', async (session) => {
    await session.saveItems('c', ['one']);
    await assert.rejects(session.applyRetention({}), { code: 'user_error', message: /maxAge, maxItems or maxBytes/ });
    for (const bad of [-1, 1.5, Number.NaN, '5', null]) {
      await assert.rejects(session.applyRetention({ maxAge: bad as never }), { code: 'invalid_argument' });
    }
    const stopped = { maxItems: 0, force: true, signal: AbortSignal.abort() };
    await assert.rejects(session.applyRetention(stopped), { name: 'AbortError' });
    assert.deepEqual(await idsIn(session), ['c']);
  });

  check('what a user has is erased by the beginning of its ids, and nothing else', async (session) => {
    for (const id of ['user-1:a', 'user-1:b', 'user-10:a', 'user-2:a']) await session.saveItems(id, ['hello']);
    const planned = await session.erase({ idPrefix: 'user-1:' }, { dryRun: true });
    assert.deepEqual([planned.erased.sort(), planned.dryRun], [['user-1:a', 'user-1:b'], true]);
    assert.equal((await idsIn(session)).length, 4);
    assert.deepEqual((await session.erase({ idPrefix: 'user-1:' })).erased.sort(), ['user-1:a', 'user-1:b']);
    assert.deepEqual(await idsIn(session), ['user-10:a', 'user-2:a']);
    assert.deepEqual(await session.loadItems('user-1:a'), []);
    assert.deepEqual((await session.erase({ idPrefix: 'nobody' })).erased, []);
  });

  check('what a user has is erased by metadata, whatever the order of their members', async (session) => {
    await session.saveItems('a', ['hello']);
    await session.setMetadata('a', { owner: { id: 7, realm: 'x' }, other: 1 });
    await session.setMetadata('b', { owner: { realm: 'x', id: 8 } });
    await session.setMetadata('c', {});
    assert.deepEqual((await session.erase({ metadata: { owner: { realm: 'x', id: 7 } } })).erased, ['a']);
    assert.deepEqual(await idsIn(session), ['b', 'c']);
    for (const bad of [
      {},
      { idPrefix: '' },
      { metadata: {} },
      { metadata: [] },
      { idPrefix: 'x', metadata: { a: 1 } },
    ]) {
      await assert.rejects(session.erase(bad as never), { name: 'UserError' }, JSON.stringify(bad));
    }
    assert.deepEqual(await idsIn(session), ['b', 'c']);
  });

  check('a storage report says where the conversations are and how much there is', async (session) => {
    await session.saveItems('a', ['one', 'two']);
    await session.saveItems('b', ['x'.repeat(1000)]);
    const report = await session.storageReport();
    assert.deepEqual([report.conversations, report.items], [2, 3]);
    assert.ok(report.itemBytes > 1000 && report.itemBytes < 1300, String(report.itemBytes));
    assert.equal(typeof report.reason, 'string');
    assert.equal(report.evicted, undefined);
    // WebKitGTK keeps data and says nothing of it.
    const isTold = ['opfs', 'indexeddb'].includes(report.persistence) && typeof navigator.storage === 'object';
    assert.equal(typeof report.persisted, isTold ? 'boolean' : 'undefined');
    assert.equal(report.origin && report.origin.quota > 0, isTold ? true : undefined);
  });
}
