import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Item } from 'agents-wasm';
import fc from 'fast-check';

import { applyChange, type Edit, type Origin, readPage } from '../../dist/sessions/store-calls.js';
import type { AnySession } from './session-suite.ts';

const user = (content: string): Item => ({ role: 'user', content });
const times = ['1970-01-01T00:00:00.000Z', '2024-02-29T23:59:59.999Z', '9999-12-31T23:59:59.999Z'];

/** Names as every store of ours gives them, and others. */
const uid = fc.oneof(
  fc.tuple(fc.constantFrom('op', 'op.0', 'other'), fc.nat(5)).map(([operation, number]) => `${operation}.${number}`),
  fc.nat(5).map((row) => `row-${row}`),
  fc.constantFrom('.', '.1', 'op.', 'op.01', 'op.1e3', 'op.-1', 'op.4194303', 'op.4194304', 'ä "quoted" \\', '🙂.2'),
);
const kept = fc.uniqueArray(fc.record({ uid, at: fc.constantFrom(...times) }, { noNullPrototype: true }), {
  minLength: 1,
  maxLength: 25,
  selector: (one) => one.uid,
});

/** What a session keeps of items that come from elsewhere, and the sizes it tells. */
export function sessionKeptSuite(kind: string, open: () => AnySession): void {
  let opened = 0;
  const change = (session: AnySession, id: string, ...edits: Edit[]) => {
    opened += 1;
    return applyChange(session, id, { opId: `kept-${opened}`, edits });
  };
  const read = async (session: AnySession, conversationId: string, shelf?: string) => {
    const { items, origins } = await readPage(session, { conversationId, shelf, origins: true });
    return { items, origins, uids: origins.map((one) => one.uid) };
  };

  test(`${kind}: items that come from elsewhere keep uids and times, and can be shelved, restored and removed by them`, async () => {
    await using session = open();
    let number = 0;
    await fc.assert(
      fc.asyncProperty(kept, fc.infiniteStream(fc.boolean()), async (names, chosen) => {
        const id = `c${number++}`;
        const items = names.map((one) => user(one.uid));
        await change(session, id, { type: 'append', items, kept: names, sdk: names.map((_, at) => `${at}`) });
        const before = await read(session, id);
        assert.deepEqual(
          before.origins.map((one) => ({ uid: one.uid, at: one.at })),
          names,
        );
        const some = before.uids.filter(() => chosen.next().value);
        const rest = before.uids.filter((one) => !some.includes(one));
        await change(session, id, { type: 'shelve', uids: some, shelf: 's' });
        assert.deepEqual((await read(session, id)).uids, rest);
        assert.deepEqual((await read(session, id, 's')).uids, some);
        const places = new Map(before.origins.map((one) => [one.uid, one.place]));
        for (const one of (await read(session, id, 's')).origins) assert.equal(one.place, places.get(one.uid));
        await change(session, id, { type: 'restore', shelf: 's', inPlace: true });
        assert.deepEqual(await read(session, id), before);
        await change(session, id, { type: 'remove', uids: some });
        assert.deepEqual((await read(session, id)).uids, rest);
        assert.deepEqual(
          (await read(session, id)).items,
          rest.map((one) => user(one)),
        );
      }),
      { numRuns: 30, seed: 20261123 },
    );
  });

  test(`${kind}: places are in the order of the items, active or on shelves, and null for what never was active`, async () => {
    await using session = open();
    for (const name of ['a', 'b', 'c', 'd']) await change(session, 'c', { type: 'append', items: [user(name)] });
    await change(session, 'c', { type: 'append', items: ['e', 'f', 'g'].map(user) });
    await change(session, 'c', { type: 'append', shelf: 'aside', items: [user('h')] });
    const before = await read(session, 'c');
    const placesOf = (origins: Origin[]) => origins.map(({ place }) => place as number);
    const places = placesOf(before.origins);
    assert.deepEqual(
      places,
      [...places].sort((one, other) => one - other),
    );
    assert.equal(new Set(places).size, 7);
    const folded = [1, 2, 5].map((index) => before.uids[index] as string);
    await change(
      session,
      'c',
      { type: 'shelve', uids: folded, shelf: 's' },
      { type: 'standIn', shelf: 's', item: user('S'), kept: [{ uid: 'before.0', at: times[1] as string }] },
    );
    const at = (...indices: number[]) => indices.map((index) => places[index]);
    assert.deepEqual(placesOf((await read(session, 'c')).origins), at(0, 3, 4, 5, 6));
    assert.deepEqual(placesOf((await read(session, 'c', 's')).origins), at(1, 2, 5));
    assert.deepEqual(placesOf((await read(session, 'c', 'aside')).origins), [null]);
    const standIn = (await read(session, 'c')).origins[3] as Origin;
    assert.deepEqual([standIn.uid, standIn.at], ['before.0', times[1]]);
  });

  test(`${kind}: an item of a shelf is replaced in its place, and no other`, async () => {
    await using session = open();
    await change(session, 'c', { type: 'append', items: ['a', 'b', 'c'].map(user) });
    const { uids } = await read(session, 'c');
    const [a, b] = uids as [string, string];
    await change(session, 'c', { type: 'shelve', uids: uids.slice(1), shelf: 's' });
    await change(
      session,
      'c',
      { type: 'replace', uid: b, shelf: 's', item: user('B'), sdk: '{"x":1}' },
      { type: 'replace', uid: b, item: user('no') },
      { type: 'replace', uid: a, shelf: 's', item: user('no') },
      { type: 'replace', uid: a, shelf: 'none', item: user('no') },
    );
    const shelved = await read(session, 'c', 's');
    assert.deepEqual(shelved.items, ['B', 'c'].map(user));
    assert.deepEqual(shelved.origins[0]?.sdk, { x: 1 });
    await change(session, 'c', { type: 'restore', shelf: 's', inPlace: true });
    assert.deepEqual((await read(session, 'c')).items, ['a', 'B', 'c'].map(user));
  });

  test(`${kind}: a change that comes again in other words is known by the fingerprint that its caller gives`, async () => {
    await using session = open();
    const send = (text: string, fingerprint: string) =>
      applyChange(session, 'c', { opId: 'same', fingerprint, edits: [{ type: 'append', items: [user(text)] }] });
    assert.equal((await send('first words', 'f')).repeated, false);
    assert.equal((await send('other words', 'f')).repeated, true);
    await assert.rejects(send('first words', 'g'), { name: 'SessionError', code: 'conflict' });
    assert.deepEqual(await session.loadItems('c'), [user('first words')]);
  });

  test(`${kind}: uids and times that an item cannot keep are refused`, async () => {
    await using session = open();
    const send = (...kept: { uid: string; at: string }[]) =>
      change(session, 'c', { type: 'append', items: [user('a')], kept });
    const at = times[0] as string;
    const refused = { name: 'UserError', code: 'invalid_argument' };
    await assert.rejects(send({ uid: '', at }), refused);
    await assert.rejects(send({ uid: 'a', at }, { uid: 'b', at }), refused);
    for (const wrong of ['', 'yesterday', '2023-02-29T00:00:00.000Z', '2024-02-29T00:00:00Z']) {
      await assert.rejects(send({ uid: 'a', at: wrong }), refused);
    }
    assert.deepEqual((await session.listConversations()).conversations, []);
  });

  test(`${kind}: the list tells how large each conversation is, when it is asked`, async () => {
    await using session = open();
    await session.saveItems('c', [user('ä'), user('b')]);
    await change(session, 'c', { type: 'append', shelf: 'aside', items: [user('c')] });
    await session.setTitle('empty', 'None');
    const bytes = ['ä', 'b', 'c'].reduce(
      (sum, text) => sum + new TextEncoder().encode(JSON.stringify(user(text))).length,
      0,
    );
    const sized = (await session.listConversations({ sizes: true })).conversations;
    assert.deepEqual(
      sized.map(({ id, items, bytes }) => ({ id, items, bytes })),
      [
        { id: 'empty', items: 0, bytes: 0 },
        { id: 'c', items: 2, bytes },
      ],
    );
    for (const one of (await session.listConversations()).conversations) assert.ok(!('items' in one));
    await assert.rejects(session.listConversations({ sizes: 1 as never }), { code: 'invalid_argument' });
  });
}
