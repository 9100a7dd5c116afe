import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Item } from 'agents-wasm';
import fc from 'fast-check';

import { applyChange, type Edit, readPage } from '../../dist/sessions/store-calls.js';
import type { AnySession } from './session-suite.ts';

/** How many items are added, one for each change, and which of the history are folded then, by their distance to the end. */
interface Fold {
  added: number[];
  folded: number[];
}

const fold: fc.Arbitrary<Fold> = fc.record({
  added: fc.array(fc.integer({ min: 1, max: 12 }), { maxLength: 4 }),
  folded: fc.uniqueArray(fc.nat(30), { minLength: 1, maxLength: 12 }),
});

const user = (content: string): Item => ({ role: 'user', content });

/** Folds and takes back, as compaction does. */
export function sessionFoldsSuite(kind: string, open: () => AnySession, runs = 25): void {
  test(`${kind}: folds within folds, taken back one after the other, give each history byte for byte`, async () => {
    await using session = open();
    let number = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(fold, { minLength: 1, maxLength: 8 }), async (folds) => {
        number += 1;
        await foldAndUnfold(session, `c${number}`, folds);
      }),
      { numRuns: runs, seed: 20261122 },
    );
  });

  test(`${kind}: what is read in pages from any item on is the same before a fold and after it was taken back`, async () => {
    await using session = open();
    const said = Array.from({ length: 250 }, (_, index) => `${index}`);
    await change(session, 'c', 'all', { type: 'append', items: said.map(user) });
    const cursors: (string | undefined)[] = [];
    let before: string | undefined;
    do {
      const page = await readPage(session, { conversationId: 'c', newest: 1, before });
      cursors.unshift(page.newest);
      before = page.older;
    } while (before !== undefined);
    const uids = await uidsOf(session, 'c');
    const folds = [uids.slice(3, 40), uids.slice(50, 60), [...uids.slice(45, 50), 'fold-1.0', ...uids.slice(60, 240)]];
    for (const [index, folded] of folds.entries()) await foldItems(session, 'c', index, folded);
    const check = async () => {
      const all = (await readPage(session, { conversationId: 'c' })).items;
      for (const [index, cursor] of cursors.entries()) {
        if (index % 7 !== 0) continue;
        const behind = await readPage(session, { conversationId: 'c', since: cursor });
        const ahead = await readPage(session, { conversationId: 'c', before: cursor });
        const at = all.length - behind.items.length - ahead.items.length;
        assert.ok(at === 0 || at === 1, `${at} items at a cursor`);
        assert.deepEqual(
          [...ahead.items, ...all.slice(ahead.items.length, ahead.items.length + at), ...behind.items],
          all,
        );
        const kept = behind.items.find(({ content }) => /^\d+$/.test(String(content)));
        assert.ok(!kept || Number(kept.content) > index, 'what was said before is not behind it');
      }
    };
    await check();
    for (const index of folds.keys()) await unfoldItems(session, 'c', folds.length - 1 - index);
    await check();
    assert.deepEqual((await readPage(session, { conversationId: 'c' })).items, said.map(user));
  });
}

async function foldAndUnfold(session: AnySession, id: string, folds: readonly Fold[]): Promise<void> {
  const before: { uids: string[]; history: string }[] = [];
  const added: number[] = [];
  for (const [index, { added: counts, folded }] of folds.entries()) {
    for (const [round, count] of counts.entries()) {
      const items = Array.from({ length: count }, (_, at) => user(`${index} ${round} ${at}`));
      const sdk = round % 2 ? { sdk: items.map((_, at) => `{"at":${at}}`) } : {};
      await change(session, id, `${id}.add-${index}-${round}`, {
        type: 'append',
        items,
        origin: { turn: index },
        ...sdk,
      });
    }
    const uids = await uidsOf(session, id);
    added.push(counts.reduce((sum, count) => sum + count, 0));
    before.push({ uids, history: await wholeOf(session, id) });
    const named = folded.map((pick) => uids.at(-1 - pick)).filter((uid) => uid !== undefined);
    await foldItems(session, id, index, named);
    const last = uids.findLast((uid) => named.includes(uid));
    const expected = uids.flatMap((uid) => (uid === last ? [standInOf(id, index)] : named.includes(uid) ? [] : [uid]));
    assert.deepEqual(await uidsOf(session, id), last ? expected : [...uids, standInOf(id, index)]);
  }
  for (let index = folds.length - 1; index >= 0; index -= 1) {
    await unfoldItems(session, id, index);
    const { uids, history } = before[index] as (typeof before)[number];
    assert.deepEqual(await uidsOf(session, id), uids);
    assert.equal(await wholeOf(session, id), history);
    // What was said since the fold before.
    const since = uids.slice(uids.length - (added[index] as number));
    if (since.length > 0) await change(session, id, `${id}.drop-${index}`, { type: 'remove', uids: since });
  }
}

const shelfOf = (index: number) => `folded:${index}`;
const standInOf = (id: string, index: number) => `${id === 'c' ? '' : `${id}.`}fold-${index}.0`;

async function foldItems(session: AnySession, id: string, index: number, uids: string[]): Promise<void> {
  const shelf = shelfOf(index);
  const operation = standInOf(id, index).slice(0, -2);
  await change(
    session,
    id,
    operation,
    { type: 'shelve', uids, shelf },
    { type: 'standIn', shelf, item: user(`fold ${index}`) },
    { type: 'note', shelf, note: '{}' },
  );
}

function unfoldItems(session: AnySession, id: string, index: number): Promise<void> {
  const remove: Edit = { type: 'remove', uids: [standInOf(id, index)] };
  return change(session, id, `${id}.undo-${index}`, remove, {
    type: 'restore',
    shelf: shelfOf(index),
    inPlace: true,
  });
}

async function change(session: AnySession, id: string, opId: string, ...edits: Edit[]): Promise<void> {
  await applyChange(session, id, { opId, edits });
}

async function uidsOf(session: AnySession, id: string): Promise<string[]> {
  const { origins } = await readPage(session, { conversationId: id, origins: true });
  return origins.map(({ uid }) => uid);
}

/** All that a reader sees of it. */
async function wholeOf(session: AnySession, id: string): Promise<string> {
  const { items, origins } = await readPage(session, { conversationId: id, origins: true });
  return JSON.stringify({ items, origins });
}
