import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';

import type { AnySession } from './session-suite.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Texts that parsing and writing would change, or that a careless cut would break. */
const rawItem = fc.oneof(
  fc.json({ maxDepth: 3 }).map((content) => `{"role":"user","content":${JSON.stringify(content)}}`),
  fc.json({ maxDepth: 4 }).map((data) => `{"type":"x","data":${JSON.stringify(JSON.parse(data))}}`),
  fc.constantFrom(
    '{"role":"user","content":"\\u00e9 \\/ \\ud83d\\ude42 \\ud800"}',
    '{"type":"x","n":1e5,"m":1.0,"z":-0,"big":12345678901234567890,"b":2,"a":1}',
    '{"type":"x","twice":1,"twice":{"item":"}"}}',
    '{"type":"function_call","call_id":"a","name":"f","arguments":"{\\"a\\":\\"\\\\\\"]}\\"}"}',
    '{"type":"x","":[[],{},"[\\\\"]}',
  ),
);
const sdk = fc.constantFrom('', '', '{"x":1.0}', '"\\u00e9"', '[1,{"a":2}]');

type Step =
  | { type: 'say'; items: { text: string; sdk: string }[]; agent: string; turn: number | undefined }
  | { type: 'fold' | 'branch'; chosen: number[] }
  | { type: 'aside'; shelf: string; text: string };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    type: fc.constant('say' as const),
    items: fc.array(fc.record({ text: rawItem, sdk }), { minLength: 1, maxLength: 6 }),
    agent: fc.constantFrom('', 'bot', 'ä "b"'),
    turn: fc.option(fc.nat(3), { nil: undefined }),
  }),
  fc.record({
    type: fc.constantFrom('fold' as const, 'branch' as const),
    chosen: fc.uniqueArray(fc.nat(12), { minLength: 1, maxLength: 6 }),
  }),
  fc.record({ type: fc.constant('aside' as const), shelf: fc.constantFrom('usage', 'run:open'), text: rawItem }),
);

/** Exports and imports between this kind of session and another one. */
export function sessionMovingSuite(kind: string, open: () => AnySession, openOther: () => AnySession, runs = 20): void {
  test(`${kind}: what is moved to another store and back is the same, item by item, folds and branches too`, async () => {
    let number = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(step, { maxLength: 8 }), { maxLength: 3 }), async (conversations) => {
        await using from = open();
        await using through = openOther();
        await using to = open();
        const ids = conversations.map((_, index) => `c-${number++}-${index} "ä"`);
        for (const [index, steps] of conversations.entries()) await build(from, ids[index] as string, steps);
        const lines = await exported(from);
        const first = await through.importConversations(from.exportConversations());
        assert.deepEqual(first.problems, []);
        const second = await to.importConversations(through.exportConversations());
        assert.deepEqual(second, first);
        assert.deepEqual(comparable(await exported(to)), comparable(lines));
        for (const id of ids) {
          const before = await stateOf(from, id);
          assert.deepEqual(await stateOf(through, id), before);
          assert.deepEqual(await stateOf(to, id), before);
        }
        const again = await to.importConversations(lines.join('\n'));
        assert.deepEqual([again.conversations, again.items], [0, 0]);
        assert.equal(again.skipped, first.items);
        for (const id of ids) {
          for (const session of [from, through, to]) await takeBack(session, id);
          const whole = (await stateOf(from, id)).get('');
          assert.deepEqual((await stateOf(through, id)).get(''), whole);
          assert.deepEqual((await stateOf(to, id)).get(''), whole);
        }
      }),
      { numRuns: runs, seed: 20261123 },
    );
  });

  test(`${kind}: titles, metadata and the order of the list come along, and open runs stay`, async () => {
    await using from = open();
    await using to = openOther();
    for (const id of ['a', 'b', 'c']) await from.saveItems(id, [`in ${id}`]);
    await from.setTitle('a', 'A "title"');
    await from.setMetadata('a', { topic: 'ä', nested: { n: 1 } });
    await from.setTitle('empty', 'Nothing in it');
    await apply(from, 'b', [{ type: 'append', shelf: 'run:r', items: ['{"role":"user","content":"open"}'] }]);
    const report = await to.importConversations(from.exportConversations());
    assert.deepEqual(report, { conversations: 4, items: 3, skipped: 0, problems: [] });
    const list = async (session: AnySession) =>
      (await session.listConversations()).conversations.map(({ id, title, metadata }) => ({ id, title, metadata }));
    assert.deepEqual(await list(to), await list(from));
    assert.deepEqual([...(await stateOf(to, 'b')).keys()], ['']);
  });

  test(`${kind}: what came since the last import is added, and what is there stays as it is`, async () => {
    await using from = open();
    await using to = openOther();
    await from.saveItems('c', ['one', 'two']);
    await to.importConversations(from.exportConversations());
    await to.setTitle('c', 'Mine');
    await from.setTitle('c', 'Theirs');
    await from.saveItems('c', ['three']);
    await from.saveItems('d', ['other']);
    const report = await to.importConversations(from.exportConversations());
    assert.deepEqual(report, { conversations: 2, items: 2, skipped: 2, problems: [] });
    const contents = (await to.loadItems('c')).map(({ content }) => content);
    assert.deepEqual(contents, ['one', 'two', 'three']);
    const titles = (await to.listConversations()).conversations.map(({ id, title }) => [id, title]);
    assert.deepEqual(Object.fromEntries(titles), { c: 'Mine', d: '' });
  });
}

interface RawAppend {
  type: 'append' | 'standIn';
  shelf?: string;
  items: string[];
  sdk?: string[];
  origin?: { agent?: string; run?: string; turn?: number };
}

/** A change with the texts of items as they are. */
async function apply(session: AnySession, conversationId: string, edits: (RawAppend | object)[], opId = newId()) {
  const { core, id } = await session.opened();
  const texts: string[] = [];
  const heads = edits.map((edit) => {
    if (!('items' in edit)) return edit;
    const { items, ...head } = edit as RawAppend;
    texts.push(items.join(','));
    return { origin: {}, ...head, bytes: encoder.encode(items.join(',')).length };
  });
  await core.call('session.apply', { session: id, conversationId, opId, edits: heads }, encoder.encode(texts.join('')));
}

let last = 0;
function newId(): string {
  last += 1;
  return `moving-${last}`;
}

async function build(session: AnySession, id: string, steps: readonly Step[]): Promise<void> {
  await session.setTitle(id, `Title of ${id}`);
  for (const one of steps) {
    if (one.type === 'say') {
      const origin = {
        ...(one.agent ? { agent: one.agent } : {}),
        ...(one.turn === undefined ? {} : { turn: one.turn }),
      };
      const items = one.items.map(({ text }) => text);
      await apply(session, id, [{ type: 'append', items, sdk: one.items.map((item) => item.sdk), origin }]);
    } else if (one.type === 'aside') {
      await apply(session, id, [{ type: 'append', shelf: one.shelf, items: [one.text] }]);
    } else {
      await shelve(session, id, one.type, one.chosen);
    }
  }
}

/** As compaction folds, and as a switch of the branch puts a tail aside. */
async function shelve(session: AnySession, id: string, kind: 'fold' | 'branch', chosen: readonly number[]) {
  const uids = ((await stateOf(session, id)).get('') ?? []).map(({ uid }) => uid as string);
  const some = kind === 'branch' ? uids.slice(-(chosen[0] as number) || uids.length) : picked(uids, chosen);
  if (some.length === 0) return;
  const opId = newId();
  const shelf = `${kind === 'fold' ? 'folded' : 'branch'}:${opId}`;
  const note = `{"kind":"${kind}","n":1.0,"uids":${JSON.stringify(some)}}`;
  const standIn = { type: 'standIn', shelf, items: [`{"role":"user","content":"instead of ${some.length}"}`] };
  await apply(
    session,
    id,
    [{ type: 'shelve', uids: some, shelf }, ...(kind === 'fold' ? [standIn] : []), { type: 'note', shelf, note }],
    opId,
  );
}

function picked(uids: readonly string[], chosen: readonly number[]): string[] {
  const indices = new Set(chosen.map((one) => uids.length - 1 - one));
  return uids.filter((_, index) => indices.has(index));
}

/** Everything back where it was, the newest first. */
async function takeBack(session: AnySession, id: string): Promise<void> {
  const shelves = (await shelvesOf(session, id)).filter(({ name }) => /^(folded|branch):/.test(name));
  for (const { name } of shelves.sort((one, other) => numberOf(other.name) - numberOf(one.name))) {
    const standIn = `${name.slice(name.indexOf(':') + 1)}.0`;
    await apply(session, id, [
      { type: 'remove', uids: [standIn] },
      { type: 'restore', shelf: name, inPlace: true },
    ]);
  }
}

function numberOf(name: string): number {
  return Number(name.slice(name.lastIndexOf('-') + 1));
}

async function exported(session: AnySession): Promise<string[]> {
  const pieces: Uint8Array[] = [];
  for await (const piece of session.exportConversations()) pieces.push(piece);
  return pieces.flatMap((piece) => decoder.decode(piece).trimEnd().split('\n'));
}

/** Without the times that are those of the copy, and in an order that does not depend on empty shelves. */
function comparable(lines: readonly string[]): string[] {
  return lines.map((line) => line.replace(/"(createdAt|exportedAt)":"[^"]*"/, '')).sort();
}

async function shelvesOf(session: AnySession, conversationId: string): Promise<{ name: string; note: string }[]> {
  const { core, id } = await session.opened();
  const { head } = await core.call('session.read', { session: id, conversationId, newest: 0, shelves: '' });
  return (head.shelves as { name: string; note: string }[] | undefined) ?? [];
}

/** The texts of all items with what is known of them, by their shelves, but for the runs that are open. */
async function stateOf(session: AnySession, conversationId: string): Promise<Map<string, Record<string, unknown>[]>> {
  const { core, id } = await session.opened();
  const state = new Map<string, Record<string, unknown>[]>();
  for (const shelf of ['', ...(await shelvesOf(session, conversationId)).map(({ name }) => name)]) {
    if (shelf.startsWith('run:')) continue;
    const query = { session: id, conversationId, shelf, origins: true };
    const { head, body } = await core.call('session.read', query);
    const origins = JSON.parse(`[${decoder.decode(body.subarray(head.itemBytes))}]`) as Record<string, unknown>[];
    const texts = cut(decoder.decode(body.subarray(0, head.itemBytes)), origins.length);
    state.set(
      shelf,
      origins.map(({ place: _, ...origin }, index) => ({ ...origin, text: texts[index] })),
    );
  }
  return state;
}

/** Elements of a list by trial: a text ends at the first comma up to which it is JSON. */
function cut(text: string, count: number): string[] {
  const texts: string[] = [];
  let from = 0;
  while (texts.length < count) {
    let end = from;
    do {
      const comma = text.indexOf('},', end);
      end = comma < 0 ? text.length : comma + 1;
    } while (!isJson(text.slice(from, end)));
    texts.push(text.slice(from, end));
    from = end + 1;
  }
  return texts;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
