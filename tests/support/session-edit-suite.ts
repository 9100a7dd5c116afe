import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Item, ItemPage, StoredItem } from 'agents-wasm';
import fc from 'fast-check';
import type { AnySession } from './session-suite.ts';
import { tick } from './tick.ts';

const user = (content: string): Item => ({ role: 'user', content });
const said = (content: string): Item => ({ role: 'assistant', content });
const call = (id: string): Item => ({ type: 'function_call', call_id: id, name: 'act', arguments: '{}' });
const output = (id: string): Item => ({ type: 'function_call_output', call_id: id, output: 'ok' });
const reasoning = (id: string): Item => ({ type: 'reasoning', id: `rs_${id}`, summary: [] });
const search = (id: string): Item => ({ type: 'web_search_call', id: `ws_${id}`, status: 'completed' });
const uidsOf = (items: StoredItem[]) => items.map(({ uid }) => uid as string);
const sorted = (items: Item[]) => items.map((item) => JSON.stringify(item)).sort();

/** The first rule of a provider that the items break. */
function brokenRule(items: Item[]): string | undefined {
  const seen = new Set<unknown>();
  for (const [index, item] of items.entries()) {
    const { type, id, call_id } = item;
    const name = id ?? (call_id && `${type} ${call_id}`);
    if (name && seen.has(name)) return `${name} comes twice`;
    if (name) seen.add(name);
    if (type === 'function_call_output' && !seen.has(`function_call ${call_id}`)) return `${call_id} has no call`;
    const answers = items.slice(index).filter((one) => one.type === 'function_call_output' && one.call_id === call_id);
    if (type === 'function_call' && answers.length === 0) return `${call_id} has no output`;
    const next = items[index + 1];
    const follows = next && next.role !== 'user' && next.type !== 'function_call_output';
    if (type === 'reasoning' && !follows) return `${id} leads nowhere`;
  }
  return undefined;
}

const ids = fc.constantFrom('1', '2', '3');
const anyItem = fc.oneof(
  fc.constantFrom('hello', 'bye').map(user),
  fc.constant(said('hm')),
  ...[call, call, output, output, reasoning, search].map((make) => ids.map(make)),
);
const histories = fc.array(anyItem, { maxLength: 12 });

/** Holds every kind of session to the same promises about reading and changing what is stored. */
export function sessionEditSuite(kind: string, open: () => AnySession, runs = 150): void {
  const check = (name: string, body: (session: AnySession) => Promise<void>) =>
    test(`${kind}: ${name}`, async () => {
      await using session = open();
      await body(session);
    });

  check('pages show the whole history, whatever their size, and lose nothing between them', async (session) => {
    const items = [user('a'), call('1'), output('1'), reasoning('1'), said('b'), user('c'), call('2'), output('2')];
    await session.saveItems('c', items);
    for (let limit = 1; limit <= items.length + 1; limit++) {
      const read: StoredItem[] = [];
      let page: ItemPage | undefined;
      let pages = 0;
      do {
        page = await session.loadPage('c', { limit, before: page?.older });
        read.unshift(...page.items);
        pages += 1;
      } while (page.older !== undefined);
      assert.deepEqual(read, items);
      assert.equal(pages, Math.ceil(items.length / limit));
    }
    assert.deepEqual((await session.loadPage('c')).items, items);
    const { version, ...empty } = await session.loadPage('none');
    assert.deepEqual(empty, { items: [] });
    assert.equal(typeof version, 'string');
  });

  check('a page tells what was added behind another one, and whether anything changed', async (session) => {
    await session.saveItems('c', [user('a'), user('b')]);
    const first = await session.loadPage('c');
    assert.equal((await session.loadPage('c')).version, first.version);
    assert.deepEqual((await session.loadPage('c', { since: first.newest })).items, []);
    await session.saveItems('c', [user('c'), user('d'), user('e')]);
    const later = await session.loadPage('c', { since: first.newest });
    assert.deepEqual([later.items, later.older], [[user('c'), user('d'), user('e')], undefined]);
    assert.ok(later.version !== first.version);
    const newest = await session.loadPage('c', { since: first.newest, limit: 2 });
    assert.deepEqual(newest.items, [user('d'), user('e')]);
    const rest = await session.loadPage('c', { since: first.newest, before: newest.older, limit: 2 });
    assert.deepEqual([rest.items, rest.older], [[user('c')], undefined]);
  });

  check('loadItems takes the cursors of pages, and maxItems splits no pair there either', async (session) => {
    await session.saveItems('c', [user('a'), call('1'), output('1'), user('b')]);
    const { older } = await session.loadPage('c', { limit: 1 });
    assert.deepEqual(await session.loadItems('c', { before: older }), [user('a'), call('1'), output('1')]);
    assert.deepEqual(await session.loadItems('c', { before: older, maxItems: 2 }), [call('1'), output('1')]);
    assert.deepEqual(await session.loadItems('c', { before: older, maxItems: 1 }), []);
    const { newest } = await session.loadPage('c');
    await session.saveItems('c', [user('c')]);
    assert.deepEqual(await session.loadItems('c', { since: newest }), [user('c')]);
  });

  check('a uid names an item, is not enumerable, and stays when the item is replaced', async (session) => {
    await session.saveItems('c', [user('a'), call('1'), output('1')]);
    const before = await session.loadItems('c');
    assert.equal(new Set(uidsOf(before)).size, 3);
    assert.ok(!Object.keys(before[0]!).includes('uid'));
    await session.replaceItem('c', before[0]!.uid!, 'A');
    await session.replaceItem('c', before[2]!.uid!, { ...output('1'), output: 'better' });
    const after = await session.loadItems('c');
    assert.deepEqual(after, [user('A'), call('1'), { ...output('1'), output: 'better' }]);
    assert.deepEqual(uidsOf(after), uidsOf(before));
    assert.deepEqual(uidsOf((await session.loadPage('c')).items), uidsOf(before));
    assert.equal(after[0]!.createdAt!.getTime(), before[0]!.createdAt!.getTime());
  });

  check('an item is not replaced by one that cannot stand there, and none that is not there', async (session) => {
    const items = [user('a'), reasoning('1'), call('1'), output('1')];
    await session.saveItems('c', items);
    const [first, , third] = uidsOf(await session.loadItems('c'));
    const invalid = { name: 'SessionError', code: 'invalid_item' };
    await assert.rejects(session.replaceItem('c', third!, call('2')), invalid);
    await assert.rejects(session.replaceItem('c', third!, user('b')), invalid);
    await assert.rejects(session.replaceItem('c', first!, output('1')), invalid);
    await assert.rejects(session.replaceItem('c', first!, said('b')), invalid);
    await assert.rejects(session.replaceItem('c', 'none', user('b')), { code: 'not_found' });
    await assert.rejects(session.replaceItem('none', first!, user('b')), { code: 'not_found' });
    assert.deepEqual(await session.loadItems('c'), items);
  });

  check('popItem leaves no call without its output and no reasoning without its follower', async (session) => {
    await session.saveItems('c', [user('a'), reasoning('1'), call('1'), call('2'), output('1'), output('2')]);
    assert.deepEqual(await session.popItem('c'), output('2'));
    assert.deepEqual(await session.loadItems('c'), [user('a'), reasoning('1'), call('1'), output('1')]);
    assert.deepEqual(await session.popItem('c'), output('1'));
    assert.deepEqual(await session.loadItems('c'), [user('a')]);
  });

  check('deleted items take their partners along, and all of them are given', async (session) => {
    const items = [user('a'), reasoning('1'), call('1'), call('2'), output('1'), output('2'), said('b')];
    await session.saveItems('c', items, {
      operationId: 'o',
      origins: items.map((_, turn) => ({ agent: { name: 'bot' }, runId: 'r', turn })),
    });
    const uids = uidsOf(await session.loadItems('c'));
    const removed = await session.deleteItems('c', [uids[4]!, uids[4]!, 'none']);
    assert.deepEqual(removed, [call('1'), output('1')]);
    assert.deepEqual(
      removed.map(({ uid, agent, turn }) => [uid, agent, turn]),
      [
        [uids[2], { name: 'bot' }, 2],
        [uids[4], { name: 'bot' }, 4],
      ],
    );
    assert.deepEqual(await session.deleteItems('c', [uids[1]!]), [reasoning('1'), call('2'), output('2')]);
    assert.deepEqual(await session.loadItems('c'), [user('a'), said('b')]);
    assert.deepEqual(await session.deleteItems('c', [uids[1]!]), []);
    assert.deepEqual(await session.deleteItems('none', [uids[0]!]), []);
    assert.deepEqual(await session.deleteItems('c', []), []);
  });

  check('edits that overlap with saves all take effect, once', async (session) => {
    await session.saveItems(
      'c',
      Array.from({ length: 20 }, (_, index) => user(`old ${index}`)),
    );
    const uids = uidsOf(await session.loadItems('c'));
    const [removed, popped] = await Promise.all([
      Promise.all(uids.slice(0, 10).map((uid) => session.deleteItems('c', [uid]))),
      Promise.all(Array.from({ length: 5 }, () => session.popItem('c'))),
      ...Array.from({ length: 10 }, (_, index) => session.saveItems('c', [user(`new ${index}`)])),
    ]);
    const left = await session.loadItems('c');
    assert.equal(left.length, 15);
    assert.equal(new Set(sorted([...left, ...removed.flat(), ...popped.map((item) => item as Item)])).size, 30);
  });

  check('title and metadata are kept beside the items and listed', async (session) => {
    await session.setMetadata('c', { user: { id: 1 }, tags: ['ä', null] });
    await session.setTitle('c', 'Zug');
    await session.saveItems('c', ['x']);
    const [conversation, ...more] = (await session.listConversations()).conversations;
    assert.deepEqual(more, []);
    const { id, title, metadata } = conversation!;
    assert.deepEqual([id, title, metadata], ['c', 'Zug', { user: { id: 1 }, tags: ['ä', null] }]);
    await session.setMetadata('c', {});
    const [again] = (await session.listConversations()).conversations;
    assert.deepEqual([again?.title, again?.metadata], ['Zug', {}]);
  });

  check('conversations that were changed last before a time are found, all of them', async (session) => {
    const old = Array.from({ length: 520 }, (_, index) => `old ${index}`);
    await Promise.all(old.map((id) => session.saveItems(id, ['x'])));
    await tick(5);
    const cutoff = new Date();
    await tick(5);
    await session.saveItems('new', ['x']);
    await session.saveItems('old 7', ['changed']);
    const expected = old.filter((id) => id !== 'old 7').sort();
    assert.deepEqual((await session.findSessionsBefore(cutoff)).sort(), expected);
    assert.deepEqual(await session.findSessionsBefore(new Date(0)), []);
    assert.deepEqual(await session.findSessionsBefore(new Date(-1e15)), []);
    assert.equal((await session.findSessionsBefore(new Date(8.64e15))).length, 521);
    const page = await session.listConversations({ limit: 3, changedBefore: cutoff });
    assert.ok(page.next && page.conversations.length === 3);
    assert.ok(page.conversations.every(({ updatedAt }) => updatedAt < cutoff));
    const rest = await session.listConversations({ limit: 1000, changedBefore: cutoff, after: page.next });
    assert.equal(rest.conversations.length, 516);
  });

  check('a doctor finds nothing wrong with a history that providers take', async (session) => {
    const items = [
      ...[user('a'), reasoning('1'), call('1'), call('2'), output('2'), output('1'), reasoning('2'), search('1')],
      ...[said('b'), { type: 'compaction', id: 'cmp_1', encrypted_content: 'x' }],
      ...[{ type: 'item_reference', id: 'msg_1' }, user('c')],
    ];
    await session.saveItems('c', items);
    const report = { conversationId: 'c', items: items.length, findings: [], repaired: false };
    assert.deepEqual(await session.doctor('c'), report);
    assert.deepEqual(await session.doctor('c', { repair: true }), report);
    assert.deepEqual(await session.loadItems('c'), items);
    assert.deepEqual((await session.doctor('none', { repair: true })).findings, []);
  });

  check('a doctor says what is wrong, and repairs it when asked to', async (session) => {
    const twice = (content: string) => ({ ...said(content), id: 'msg_1' });
    const before = [output('0'), user('a'), reasoning('1'), user('b'), call('1')];
    await session.saveItems('c', [...before, said('c'), twice('c'), twice('d'), call('2')]);
    const uids = uidsOf(await session.loadItems('c'));
    const report = await session.doctor('c');
    assert.deepEqual(report.findings.map((finding) => [uids.indexOf(finding.uids[0]!), finding.kind]).sort(), [
      [0, 'orphan_output'],
      [2, 'reasoning_without_follower'],
      [4, 'orphan_call'],
      [7, 'duplicate'],
      [8, 'orphan_call'],
    ]);
    assert.ok(!report.repaired && report.shelf === undefined);
    assert.ok(report.findings.every(({ message, repaired }) => message.endsWith('.') && !repaired));
    const repair = await session.doctor('c', { repair: true });
    assert.ok(repair.repaired && repair.findings.every(({ repaired }) => repaired));
    assert.deepEqual(await session.loadItems('c'), [
      ...[user('a'), user('b'), said('c'), twice('c'), call('2')],
      { ...output('2'), output: 'aborted' },
    ]);
    const moved = await session.loadPage('c', { shelf: repair.shelf });
    assert.deepEqual(uidsOf(moved.items), [uids[0], uids[2], uids[4], uids[7]]);
    assert.deepEqual((await session.doctor('c')).findings, []);
  });

  check('after a repair of any history every rule holds, and nothing is lost', async (session) => {
    await fc.assert(
      fc.asyncProperty(histories, async (items) => {
        await session.clear('c');
        await session.saveItems('c', items);
        const { findings } = await session.doctor('c');
        assert.equal(findings.length === 0, brokenRule(items) === undefined);
        const { shelf, repaired } = await session.doctor('c', { repair: true });
        assert.equal(repaired, findings.length > 0);
        const left = await session.loadItems('c');
        assert.equal(brokenRule(left), undefined);
        assert.deepEqual((await session.doctor('c')).findings, []);
        const moved = shelf === undefined ? [] : (await session.loadPage('c', { shelf, limit: 100 })).items;
        const answers = left.filter((item) => item.output === 'aborted');
        assert.deepEqual(sorted([...left, ...moved]), sorted([...items, ...answers]));
      }),
      { numRuns: runs },
    );
  });

  check('whatever is popped or deleted from a sound history, the rest is sound', async (session) => {
    await fc.assert(
      fc.asyncProperty(histories, fc.array(fc.nat(11), { minLength: 1, maxLength: 3 }), async (items, places) => {
        await session.clear('c');
        await session.saveItems('c', items);
        await session.doctor('c', { repair: true });
        const uids = uidsOf(await session.loadItems('c'));
        if (places.length === 1) await session.popItem('c');
        else await session.deleteItems('c', [...new Set(places.flatMap((place) => uids[place] ?? []))]);
        assert.equal(brokenRule(await session.loadItems('c')), undefined);
      }),
      { numRuns: runs },
    );
  });
}
