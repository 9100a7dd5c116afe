import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Item } from 'agents-wasm';

import type { AnySession } from './session-suite.ts';

const FILL = 'Grüße "and" more. ';
const ITEM = 1000;

/** About so many megabytes: short items, now and then one of 100 kB, and the longest that a store takes. */
function longHistory(megabytes: number, longest: number): Item[] {
  const items: Item[] = [];
  for (let bytes = 0; bytes < megabytes * 1_000_000; ) {
    const repeats = (items.length % 500 === 499 ? 100 * ITEM : ITEM) / FILL.length;
    items.push({ role: 'user', content: `needle${items.length} ${FILL.repeat(repeats)}` });
    bytes += JSON.stringify(items.at(-1)).length;
  }
  const rest = longest - 100;
  items.push({ role: 'user', content: 'x'.repeat(rest) });
  return items;
}

/** Histories of many times what one value of the database holds. `longest` is what one item may have. */
export function sessionLongSuite(
  kind: string,
  open: () => AnySession,
  { megabytes = 6, longest = 1_900_000, searches = true } = {},
): void {
  const items = longHistory(megabytes, longest);
  const isHistory = async (session: AnySession, id: string, expected: Item[]) => {
    const found = await session.loadItems(id);
    assert.equal(found.length, expected.length);
    assert.ok(JSON.stringify(found) === JSON.stringify(expected), 'the items are others');
  };

  test(`${kind}: ${megabytes} MB that are saved at once come back whole, and in pages`, async () => {
    await using session = open();
    await session.saveItems('c', items);
    await isHistory(session, 'c', items);
    const newest = await session.loadItems('c', { maxItems: 3 });
    assert.ok(JSON.stringify(newest) === JSON.stringify(items.slice(-3)), 'the newest are others');
    await session.saveItems('c', ['and on']);
    assert.deepEqual(await session.popItem('c'), { role: 'user', content: 'and on' });
    const { conversations } = await session.listConversations();
    assert.deepEqual(
      conversations.map(({ id }) => id),
      ['c'],
    );
  });

  test(`${kind}: ${megabytes} MB are forked, exported and imported`, async () => {
    await using session = open();
    await session.saveItems('c', items);
    const { id } = await session.fork('c', { before: (await session.loadItems('c'))[2]?.uid as string });
    await isHistory(session, 'c', items.slice(0, 2));
    const [main] = await session.listBranches('c');
    await session.switchBranch('c', main?.id as string);
    await session.deleteBranch('c', id);
    await isHistory(session, 'c', items);
    const exported = await new Response(session.exportConversations()).bytes();
    await session.delete('c');
    const { conversations } = await session.importConversations(exported);
    assert.equal(conversations, 1);
    await isHistory(session, 'c', items);
  });

  if (!searches) return;
  test(`${kind}: something is found in ${megabytes} MB`, async () => {
    await using session = open();
    await session.saveItems('c', items);
    const { hits } = await session.search('needle1234');
    assert.equal(hits.length, 1);
    await session.clear('c');
    assert.deepEqual((await session.search('needle1234')).hits, []);
  });
}
