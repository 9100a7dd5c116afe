import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Item, SQLiteSession, StoredItem } from 'agents-wasm';
import fc from 'fast-check';

import { tick } from './tick.ts';

/** What sessions of ours have in common. */
export type AnySession = Omit<SQLiteSession, 'storage'>;

const user = (content: string): Item => ({ role: 'user', content });
const call = (id: string): Item => ({ type: 'function_call', call_id: id, name: 'act', arguments: '{}' });
const output = (id: string): Item => ({ type: 'function_call_output', call_id: id, output: 'ok' });
const saidIn = (items: StoredItem[]) => items.map(({ content }) => content);

// JSON.parse('{"__proto__":…}') makes a member of that name, and so must a round trip; -0 is 0 in JSON.
const json = fc
  .json({ stringUnit: 'binary' })
  .filter((text) => text === JSON.stringify(JSON.parse(text)).toWellFormed() && !/\\ud[89a-f]/i.test(text));
const item = fc
  .dictionary(fc.string({ unit: 'grapheme' }), json)
  .map((members) => `{${Object.entries(members).map(([key, value]) => `${JSON.stringify(key)}:${value}`)}}`)
  .map((text): Item => JSON.parse(text))
  .filter(({ type }) => type !== 'user');

/** Holds every kind of session to the same promises. `megabytes` is what an item may have. */
export function sessionSuite(kind: string, open: () => AnySession, { megabytes = 10, runs = 150 } = {}): void {
  const check = (name: string, body: (session: AnySession) => Promise<void>) =>
    test(`${kind}: ${name}`, async () => {
      await using session = open();
      await body(session);
    });

  check('what a run says of its items is kept when another session passes it on', async (session) => {
    const origins = [
      { runId: 'run-1', turn: 0 },
      { agent: { name: 'helper' }, runId: 'run-1', turn: 1 },
    ];
    const save = () => session.saveItems('c', [user('one'), call('1')], { operationId: 'run-1', origins });
    await save();
    await save();
    const [first, second, ...rest] = await session.loadItems('c');
    assert.deepEqual(rest, [], 'the operation took effect once');
    assert.deepEqual([first?.agent, first?.runId, first?.turn], [undefined, 'run-1', 0]);
    assert.deepEqual([second?.agent, second?.runId, second?.turn], [{ name: 'helper' }, 'run-1', 1]);
    await assert.rejects(session.saveItems('c', [user('two')], { operationId: 'run-2', origins }), {
      code: 'invalid_argument',
      message: /origins/,
    });
  });

  check('a conversation that does not exist is empty, and nothing fails on it', async (session) => {
    assert.deepEqual(await session.loadItems('none'), []);
    assert.equal(await session.popItem('none'), undefined);
    await session.clear('none');
    await session.delete('none');
    await session.saveItems('none', []);
    assert.deepEqual(await session.listConversations(), { conversations: [] });
  });

  check('items come back in the order in which they were said', async (session) => {
    await session.saveItems('c', [user('one'), user('two')]);
    await session.saveItems('c', ['three', { type: 'user', content: 'four' }]);
    assert.deepEqual(await session.loadItems('c'), ['one', 'two', 'three', 'four'].map(user));
  });

  check('maxItems gives the newest, oldest first', async (session) => {
    await session.saveItems('c', ['one', 'two', 'three']);
    for (const [maxItems, expected] of [
      [0, []],
      [1, ['three']],
      [2, ['two', 'three']],
      [3, ['one', 'two', 'three']],
      [4, ['one', 'two', 'three']],
      [2 ** 31, ['one', 'two', 'three']],
      [2 ** 32 - 1, ['one', 'two', 'three']],
      [2 ** 32, ['one', 'two', 'three']],
      [Number.MAX_SAFE_INTEGER, ['one', 'two', 'three']],
    ] as const) {
      assert.deepEqual(saidIn(await session.loadItems('c', { maxItems })), expected, String(maxItems));
    }
  });

  check('maxItems leaves out an output whose call is cut off', async (session) => {
    await session.saveItems('c', [user('go'), call('1'), call('2'), output('1'), output('2'), user('thanks')]);
    const types = async (maxItems: number) =>
      (await session.loadItems('c', { maxItems })).map(({ call_id, content }) => call_id ?? content);
    assert.deepEqual(await types(6), ['go', '1', '2', '1', '2', 'thanks']);
    assert.deepEqual(await types(5), ['1', '2', '1', '2', 'thanks']);
    assert.deepEqual(await types(4), ['2', '2', 'thanks']);
    assert.deepEqual(await types(3), ['thanks']);
  });

  check('what a session knows of an item is not enumerable, and an own member of that name stays', async (session) => {
    const before = Date.now();
    await session.saveItems('c', [{ role: 'user', content: 'x', agent: 'mine', turn: null }]);
    const [stored] = await session.loadItems('c');
    assert.equal(JSON.stringify(stored), '{"role":"user","content":"x","agent":"mine","turn":null}');
    assert.deepEqual({ ...stored }, { role: 'user', content: 'x', agent: 'mine', turn: null });
    assert.equal(stored?.runId, undefined);
    assert.ok(stored?.createdAt instanceof Date && Math.abs(stored.createdAt.getTime() - before) < 2000);
  });

  check('popItem removes the newest item and gives it', async (session) => {
    await session.saveItems('c', [user('one'), { role: 'user', content: 'ä€😀\u0000\n', nested: { a: [null] } }]);
    assert.deepEqual(await session.popItem('c'), { role: 'user', content: 'ä€😀\u0000\n', nested: { a: [null] } });
    assert.deepEqual(await session.popItem('c'), user('one'));
    assert.equal(await session.popItem('c'), undefined);
    await session.saveItems('c', ['again']);
    assert.deepEqual(saidIn(await session.loadItems('c')), ['again']);
  });

  check('clear keeps the conversation and its title, delete does not', async (session) => {
    await session.saveItems('c', ['one']);
    await session.setTitle('c', 'Über "Züge" 🚆');
    await session.clear('c');
    assert.deepEqual(await session.loadItems('c'), []);
    assert.equal((await session.listConversations()).conversations[0]?.title, 'Über "Züge" 🚆');
    await session.saveItems('c', ['two']);
    await session.delete('c');
    assert.deepEqual(await session.loadItems('c'), []);
    assert.deepEqual(await session.listConversations(), { conversations: [] });
  });

  check('conversations are listed page by page, the one changed last first', async (session) => {
    for (const id of ['a', 'b', 'c', 'd', 'e', 'b']) {
      await session.saveItems(id, ['x']);
      await tick(3);
    }
    const ids: string[] = [];
    let after: string | undefined;
    do {
      const page = await session.listConversations({ limit: 2, after });
      assert.ok(page.conversations.length <= 2);
      for (const { id, title, createdAt, updatedAt } of page.conversations) {
        assert.ok(title === '' && createdAt instanceof Date && updatedAt >= createdAt);
        ids.push(id);
      }
      after = page.next;
    } while (after !== undefined);
    assert.deepEqual(ids, ['b', 'e', 'd', 'c', 'a']);
    assert.equal((await session.listConversations({ limit: 2 ** 40 })).conversations.length, 5);
  });

  check('conversations do not see each other, whatever their ids are', async (session) => {
    const ids = [
      "it's",
      '"',
      '%',
      '_',
      '{sessions}',
      '?1',
      "'; DROP TABLE agent_sessions; --",
      '😀',
      ' ',
      'é',
      'e\u0301',
    ];
    for (const id of ids) await session.saveItems(id, [id]);
    for (const id of ids) assert.deepEqual(saidIn(await session.loadItems(id)), [id]);
    assert.equal((await session.listConversations({ limit: 100 })).conversations.length, ids.length);
  });

  check('any JSON comes back as it went in, byte for byte', async (session) => {
    await fc.assert(
      fc.asyncProperty(fc.array(item, { maxLength: 5 }), async (items) => {
        await session.clear('c');
        await session.saveItems('c', items);
        const loaded = await session.loadItems('c');
        assert.deepEqual(loaded, items);
        assert.equal(JSON.stringify(loaded), JSON.stringify(items));
      }),
      { numRuns: runs },
    );
  });

  check(`an item of ${megabytes} MB, and 5,000 items at once, come back whole`, async (session) => {
    const large = user('ä€😀"\\\n'.repeat(100_000 * megabytes));
    await session.saveItems('large', [large]);
    assert.deepEqual(await session.loadItems('large'), [large]);
    const many = Array.from({ length: 5000 }, (_, index) => user(`item ${index}`));
    await session.saveItems('many', many);
    assert.deepEqual(await session.loadItems('many'), many);
  });

  check('calls that overlap all take effect, each list of items in one piece', async (session) => {
    const lists = Array.from({ length: 30 }, (_, list) => [user(`${list} first`), user(`${list} second`)]);
    await Promise.all(lists.map((items) => session.saveItems('c', items)));
    const said = saidIn(await session.loadItems('c')) as string[];
    assert.equal(said.length, 60);
    for (let at = 0; at < 60; at += 2) assert.equal(said[at]?.split(' ')[0], said[at + 1]?.split(' ')[0]);
    const popped = await Promise.all(Array.from({ length: 61 }, () => session.popItem('c')));
    assert.equal(popped.filter((one) => one !== undefined).length, 60);
  });

  check('after close every call fails with the code closed, and a second close does nothing', async (session) => {
    await session.saveItems('c', ['one']);
    await Promise.all([session.close(), session.close()]);
    const expected = { name: 'SessionError', code: 'closed', message: 'The session is closed.' };
    await assert.rejects(session.loadItems('c'), expected);
    await assert.rejects(session.saveItems('c', ['two']), expected);
    await assert.rejects(session.saveItems('c', []), expected);
    await assert.rejects(session.listConversations(), expected);
    await session.close();
  });

  test(`${kind}: a session that was never used can be closed`, async () => {
    await open().close();
  });
}
