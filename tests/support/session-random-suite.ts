import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Item } from 'agents-wasm';
import fc from 'fast-check';

import { applyChange, type Change, type Edit, type Origin, readPage } from '../../dist/sessions/store-calls.js';
import { type Entry, Refusal, SessionModel } from './session-model.ts';
import type { AnySession } from './session-suite.ts';

const SHELVES = ['x', 'y'];
const CONVERSATIONS = ['a', 'b'];

/** A step before it meets a store: items are named by how far they are from the end, versions by whether they are the last. */
type LooseEdit =
  | Exclude<Edit, { type: 'remove' | 'shelve' | 'replace' }>
  | { type: 'remove'; picks: number[] }
  | { type: 'shelve'; picks: number[]; shelf: string }
  | { type: 'replace'; pick: number; item: Item; sdk?: string };
type Step =
  | { kind: 'change'; on: string; edits: LooseEdit[]; expect?: 'last' | 'older'; heldBy?: string }
  | { kind: 'again'; back: number; as: 'same' | 'other' }
  | { kind: 'walk'; on: string; shelf: string; size: number }
  | { kind: 'cursors'; on: string }
  | { kind: 'list'; size: number };

const pick = fc.nat(12);
const picks = fc.uniqueArray(pick, { minLength: 1, maxLength: 4 });
const shelf = fc.constantFrom(...SHELVES);
const holder = fc.constantFrom('h1', 'h2');
const item = fc.record({ role: fc.constant('user'), content: fc.string({ unit: 'grapheme', maxLength: 6 }) });
const object = fc.constantFrom('{}', '{"k":[1,"ä"]}', '{"deep":{"n":null}}');
const origin = fc.constantFrom({}, { agent: 'bot', run: 'r1', turn: 2 }, { run: 'r2', turn: 0 });
const append = (maxLength: number) =>
  fc
    .record({
      items: fc.array(item, { minLength: 1, maxLength }),
      origin,
      shelf: fc.option(shelf),
      hasSdk: fc.boolean(),
    })
    .map(
      ({ items, shelf: on, hasSdk, ...rest }): LooseEdit => ({
        type: 'append',
        items,
        ...rest,
        ...(on === null ? {} : { shelf: on }),
        ...(hasSdk ? { sdk: items.map((_, index) => (index % 2 ? '' : `{"index":${index}}`)) } : {}),
      }),
    );

const looseEdit: fc.Arbitrary<LooseEdit> = fc.oneof(
  { arbitrary: append(4), weight: 8 },
  { arbitrary: append(130), weight: 1 },
  { arbitrary: picks.map((some) => ({ type: 'remove' as const, picks: some })), weight: 6 },
  { arbitrary: fc.record({ type: fc.constant('shelve' as const), picks, shelf }), weight: 4 },
  { arbitrary: fc.record({ type: fc.constant('replace' as const), pick, item, sdk: object }), weight: 2 },
  { arbitrary: fc.record({ type: fc.constant('replace' as const), pick, item }), weight: 1 },
  { arbitrary: fc.record({ type: fc.constant('restore' as const), shelf, inPlace: fc.boolean() }), weight: 4 },
  {
    arbitrary: fc.record({ type: fc.constant('standIn' as const), shelf, item, origin, sdk: fc.tuple(object) }),
    weight: 3,
  },
  { arbitrary: shelf.map((on) => ({ type: 'discard' as const, shelf: on })), weight: 1 },
  { arbitrary: fc.record({ type: fc.constant('note' as const), shelf, note: object }), weight: 2 },
  {
    arbitrary: fc.record({
      type: fc.constant('hold' as const),
      holder,
      ms: fc.constantFrom(0, 600_000),
      force: fc.boolean(),
    }),
    weight: 2,
  },
  { arbitrary: holder.map((name) => ({ type: 'release' as const, holder: name })), weight: 1 },
  { arbitrary: fc.record({ type: fc.constant('describe' as const), title: fc.string({ maxLength: 3 }) }), weight: 1 },
  { arbitrary: fc.record({ type: fc.constant('describe' as const), metadata: object }), weight: 1 },
  { arbitrary: fc.constant({ type: 'clear' as const }), weight: 1 },
);

const on = fc.constantFrom(...CONVERSATIONS);
const change = fc
  .record({
    on,
    edits: fc.oneof(
      { arbitrary: fc.array(looseEdit, { minLength: 1, maxLength: 4 }), weight: 15 },
      { arbitrary: fc.constant<LooseEdit[]>([{ type: 'delete' }]), weight: 1 },
    ),
    expect: fc.option(fc.constantFrom('last' as const, 'older' as const), { freq: 4 }),
    heldBy: fc.option(holder, { freq: 8 }),
  })
  .map(
    ({ expect, heldBy, ...rest }): Step => ({
      kind: 'change',
      ...rest,
      ...(expect === null ? {} : { expect }),
      ...(heldBy === null ? {} : { heldBy }),
    }),
  );
const step: fc.Arbitrary<Step> = fc.oneof(
  { arbitrary: change, weight: 10 },
  {
    arbitrary: fc.record({
      kind: fc.constant('again' as const),
      back: fc.nat(5),
      as: fc.constantFrom('same', 'other'),
    }),
    weight: 2,
  },
  {
    arbitrary: fc.record({
      kind: fc.constant('walk' as const),
      on,
      shelf: fc.constantFrom('', ...SHELVES),
      size: fc.integer({ min: 1, max: 9 }),
    }),
    weight: 2,
  },
  { arbitrary: fc.record({ kind: fc.constant('cursors' as const), on }), weight: 1 },
  { arbitrary: fc.record({ kind: fc.constant('list' as const), size: fc.integer({ min: 1, max: 3 }) }), weight: 1 },
);

/** Compares a kind of session with the model, over sequences that are the same in every run; a failure prints its own. */
export function sessionRandomSuite(kind: string, open: () => AnySession, runs = 60): void {
  test(`${kind}: any sequence of changes and reads has the outcome that the model has`, async () => {
    await using session = open();
    let number = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 30, size: 'max' }), async (steps) => {
        const pair = new Pair(session, `run-${++number}`);
        try {
          for (const one of steps) await pair.perform(one);
        } finally {
          await pair.end();
        }
      }),
      { numRuns: runs, seed: 20261122 },
    );
  });
}

/** A store and the model, which are told the same. */
class Pair {
  readonly #session: AnySession;
  readonly #name: string;
  readonly #model = new SessionModel();
  readonly #sent: { id: string; store: Change; model: Change }[] = [];
  /** What the store called each state of a conversation, with the model's number of it. */
  /** Cursors of active histories that pages gave, with the model's positions of what they name. */
  readonly #seen: { id: string; cursor: string; position: number }[] = [];
  readonly #versions = new Map<string, { store: string; model: number }[]>();

  constructor(session: AnySession, name: string) {
    this.#session = session;
    this.#name = name;
  }

  async perform(one: Step): Promise<void> {
    if (one.kind === 'change') return this.#change(one);
    if (one.kind === 'again') return this.#again(one.back, one.as);
    if (one.kind === 'cursors') return this.#cursors(one.on);
    return one.kind === 'walk' ? this.#walk(one.on, one.shelf, one.size) : this.#list(one.size);
  }

  /** Leaves a store for the next sequence. */
  async end(): Promise<void> {
    for (const id of CONVERSATIONS) await this.#session.delete(id);
  }

  async #change({ on: id, edits, expect, heldBy }: Extract<Step, { kind: 'change' }>): Promise<void> {
    const change: Change = {
      opId: `${this.#name}.${this.#sent.length}`,
      edits: edits.flatMap((edit) => this.#named(id, edit)),
      ...(heldBy ? { heldBy } : {}),
    };
    const known = this.#versions.get(id) ?? [];
    // A conversation that is not there may have one version, or one for each time that it was deleted.
    const older = known.filter(({ model }) => model !== 0);
    const states = { last: known.at(-1), older: older[older.length >> 1] };
    const expected = expect && states[expect];
    const sent = {
      id,
      store: { ...change, ...(expected ? { expectVersion: expected.store } : {}) },
      model: { ...change, ...(expected ? { expectVersion: String(expected.model) } : {}) },
    };
    this.#sent.push(sent);
    await this.#send(sent);
  }

  async #again(back: number, as: 'same' | 'other'): Promise<void> {
    const before = this.#sent.at(-1 - back);
    if (!before) return;
    const more: Edit[] = as === 'other' ? [{ type: 'clear' }] : [];
    const changed = (change: Change): Change => ({ ...change, edits: [...change.edits, ...more] });
    await this.#send({ ...before, store: changed(before.store), model: changed(before.model) });
  }

  async #send({ id, store, model }: { id: string; store: Change; model: Change }): Promise<void> {
    const expected = this.#expected(id, model);
    if (expected instanceof Refusal) {
      await assert.rejects(applyChange(this.#session, id, store), { code: expected.message });
    } else {
      const { repeated } = await applyChange(this.#session, id, store);
      assert.equal(repeated, expected.repeated);
    }
    for (const one of CONVERSATIONS) await this.#compare(one);
  }

  #expected(id: string, change: Change): { repeated: boolean } | Refusal {
    try {
      return this.#model.apply(id, structuredClone(change));
    } catch (error) {
      if (error instanceof Refusal) return error;
      throw error;
    }
  }

  /** The edit with uids for what it picked; nothing if that is nothing. */
  #named(id: string, edit: LooseEdit): Edit[] {
    const entries = this.#model.entries(id);
    const uidOf = (index: number) => entries.at(-1 - index)?.uid;
    if (edit.type === 'replace') {
      const { pick: picked, ...rest } = edit;
      const uid = uidOf(picked);
      return uid === undefined ? [] : [{ ...rest, uid }];
    }
    if (edit.type !== 'remove' && edit.type !== 'shelve') return [edit];
    const { picks: picked, ...rest } = edit;
    const uids = picked.map(uidOf).filter((uid) => uid !== undefined);
    return uids.length === 0 ? [] : [{ ...rest, uids } as Edit];
  }

  /** Compares all that there is of a conversation. */
  async #compare(id: string): Promise<void> {
    const model = this.#model.conversations.get(id);
    const page = await readPage(this.#session, { conversationId: id, origins: true, shelves: '' });
    sameEntries(page, this.#model.entries(id));
    const shelves = [...(model?.shelves ?? [])].filter(([name]) => name !== '');
    assert.deepEqual(
      (page.shelves ?? []).map(({ name, note, count }) => ({ name, note, count })).sort(byName),
      shelves.map(([name, { note, entries }]) => ({ name, note, count: entries.length })).sort(byName),
    );
    assert.deepEqual(
      page.lease && { holder: page.lease.holder, isOver: page.lease.msLeft === 0 },
      model?.lease && { ...model.lease },
    );
    for (const [name, { entries }] of shelves) {
      sameEntries(await readPage(this.#session, { conversationId: id, shelf: name, origins: true }), entries);
    }
    this.#compareVersion(id, page.version);
  }

  #compareVersion(id: string, store: string): void {
    const known = this.#versions.get(id) ?? [];
    const model = this.#model.version(id);
    const last = known.at(-1);
    if (last?.model === model && model !== 0) {
      assert.equal(store, last.store, 'the version stays while nothing changes');
      return;
    }
    const isRepeated = known.some((one) => one.store === store && one.model !== model && model !== 0);
    assert.ok(!isRepeated, 'the version differs after every change');
    this.#versions.set(id, [...known, { store, model }]);
  }

  /** From the end to the beginning, page by page, and then forward from each page's last item. */
  async #walk(id: string, name: string, size: number): Promise<void> {
    const expected = this.#model.entries(id, name).map((entry) => entry.item);
    const query = { conversationId: id, shelf: name };
    let before: string | undefined;
    let end = expected.length;
    do {
      const page = await readPage(this.#session, { ...query, newest: size, before });
      const start = Math.max(0, end - size);
      assert.deepEqual(page.items, expected.slice(start, end), 'a page back');
      assert.equal(page.older !== undefined, start > 0, 'whether there is an older one');
      if (page.newest) {
        const since = await readPage(this.#session, { ...query, since: page.newest });
        assert.deepEqual(since.items, expected.slice(end), 'all behind a page');
        const few = await readPage(this.#session, { ...query, since: page.newest, newest: 2 });
        assert.deepEqual(few.items, expected.slice(end).slice(-2), 'the newest behind a page');
      }
      this.#see(id, name, page.newest, end - 1);
      this.#see(id, name, page.older, start);
      before = page.older;
      end = start;
    } while (before !== undefined);
    assert.equal(end, 0);
  }

  #see(id: string, shelf: string, cursor: string | undefined, index: number): void {
    const position = this.#model.entries(id, shelf)[index]?.position;
    if (shelf === '' && cursor !== undefined && position !== undefined) this.#seen.push({ id, cursor, position });
  }

  /** Whatever was folded, moved or put back since: what is before a cursor stays before it, what is behind it behind. */
  async #cursors(id: string): Promise<void> {
    const entries = this.#model.entries(id);
    const itemsWhere = (isMeant: (position: number) => boolean) =>
      entries.filter(({ position }) => isMeant(position)).map((entry) => entry.item);
    for (const { cursor, position } of this.#seen.filter((one) => one.id === id).slice(-8)) {
      const before = await readPage(this.#session, { conversationId: id, before: cursor });
      assert.deepEqual(
        before.items,
        itemsWhere((one) => one < position),
        'all before a cursor',
      );
      const since = await readPage(this.#session, { conversationId: id, since: cursor });
      assert.deepEqual(
        since.items,
        itemsWhere((one) => one > position),
        'all behind a cursor',
      );
      const few = await readPage(this.#session, { conversationId: id, before: cursor, newest: 2 });
      assert.deepEqual(few.items, before.items.slice(-2), 'the newest before a cursor');
    }
  }

  async #list(size: number): Promise<void> {
    const found: unknown[] = [];
    let after: string | undefined;
    do {
      const page = await this.#session.listConversations({ limit: size, after });
      assert.ok(page.conversations.length <= size);
      found.push(...page.conversations.map(({ id, title, metadata }) => ({ id, title, metadata })));
      after = page.next;
    } while (after !== undefined);
    const expected = this.#model.listed().map((id) => {
      const { title = '', metadata = '' } = this.#model.conversations.get(id) ?? {};
      return { id, title, metadata: JSON.parse(metadata || '{}') };
    });
    assert.deepEqual(found, expected);
  }
}

const byName = (one: { name: string }, other: { name: string }) => (one.name < other.name ? -1 : 1);

function sameEntries({ items, origins }: { items: Item[]; origins: Origin[] }, entries: Entry[]): void {
  assert.deepEqual(
    items,
    entries.map(({ item: one }) => one),
  );
  assert.deepEqual(
    origins.map(({ agent, run, turn, sdk }) => ({ agent, run, turn, sdk })),
    entries.map(({ agent, run, turn, sdk }) => ({ agent, run, turn, sdk })),
  );
  origins.forEach(({ uid }, index) => {
    const entry = entries[index] as Entry;
    entry.uid ??= uid;
    assert.equal(uid, entry.uid, 'an item keeps its uid');
  });
  assert.equal(new Set(origins.map(({ uid }) => uid)).size, origins.length, 'no two items share a uid');
}
