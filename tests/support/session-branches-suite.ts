import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Item } from 'agents-wasm';
import fc from 'fast-check';

import type { AnySession } from './session-suite.ts';

const user = (content: string): Item => ({ role: 'user', content });
const said = (content: string): Item => ({ role: 'assistant', content });

/** Sums up in few words, without a server. */
const summaryModel = {
  getResponse: async () => ({
    output: [{ type: 'message' as const, role: 'assistant', content: [{ type: 'output_text', text: 'In short.' }] }],
    usage: { output_tokens: 4 },
  }),
};

type Step =
  | { kind: 'say'; count: number }
  | { kind: 'fork'; pick: number; side: 'before' | 'after' | 'end' }
  | { kind: 'switch' | 'delete'; pick: number }
  | { kind: 'remove'; pick: number }
  | { kind: 'pop' | 'compact' | 'undo' };

const pick = fc.nat(30);
const step: fc.Arbitrary<Step> = fc.oneof(
  { arbitrary: fc.record({ kind: fc.constant('say' as const), count: fc.integer({ min: 1, max: 8 }) }), weight: 4 },
  {
    arbitrary: fc.record({
      kind: fc.constant('fork' as const),
      pick,
      side: fc.constantFrom('before' as const, 'after' as const, 'end' as const),
    }),
    weight: 3,
  },
  { arbitrary: fc.record({ kind: fc.constantFrom('switch' as const), pick }), weight: 4 },
  { arbitrary: fc.record({ kind: fc.constant('delete' as const), pick }), weight: 1 },
  { arbitrary: fc.record({ kind: fc.constant('remove' as const), pick }), weight: 1 },
  {
    arbitrary: fc.record({
      kind: fc.constantFrom('pop' as const, 'pop' as const, 'compact' as const, 'undo' as const),
    }),
    weight: 4,
  },
);

/** Forks, and goes from branch to branch. */
export function sessionBranchesSuite(kind: string, open: () => AnySession, runs = 25): void {
  test(`${kind}: branches share what is before them, and each shows its own when it is the active one`, async () => {
    await using session = open();
    await session.saveItems('c', [user('1'), said('2'), user('3'), said('4')]);
    const items = await session.loadItems('c');
    const edited = await session.fork('c', { before: items[2]?.uid as string }, 'edited');
    assert.deepEqual(await contents(session), ['1', '2']);
    await session.saveItems('c', [user('5'), said('6'), user('7')]);
    const again = await session.fork('c', { after: (await session.loadItems('c'))[2]?.uid as string });
    await session.saveItems('c', [said('8')]);
    assert.deepEqual(await contents(session), ['1', '2', '5', '8']);
    const shown: Record<string, string[]> = {};
    for (const { id, name } of await session.listBranches('c')) {
      await session.switchBranch('c', id);
      shown[name] = await contents(session);
    }
    assert.deepEqual(shown, {
      main: ['1', '2', '3', '4'],
      edited: ['1', '2', '5', '6', '7'],
      'branch 3': ['1', '2', '5', '8'],
    });
    const [main, ...others] = await session.listBranches('c');
    assert.deepEqual(main, { id: 'main', name: 'main', active: false, items: 4 });
    assert.deepEqual(
      others.map(({ createdAt, ...rest }) => rest),
      [
        { id: edited.id, name: 'edited', active: false, items: 3, parentId: 'main', forkedAfter: items[1]?.uid },
        { id: again.id, name: 'branch 3', active: true, items: 1, parentId: edited.id, forkedAfter: again.forkedAfter },
      ],
    );
    assert.ok(others.every(({ createdAt }) => createdAt instanceof Date && createdAt.getTime() > 0));
    // What is shared is one item, whoever shows it.
    assert.deepEqual(
      (await session.loadItems('c')).slice(0, 2).map(({ uid }) => uid),
      [items[0]?.uid, items[1]?.uid],
    );
  });

  test(`${kind}: any sequence of what can be done to branches leaves each of them what it is`, async () => {
    await using session = open();
    let number = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 30, size: 'max' }), async (steps) => {
        number += 1;
        const garden = new Garden(session, `c${number}`);
        for (const one of steps) {
          await garden.perform(one);
          await garden.check();
        }
        await garden.checkAll();
        await session.delete(`c${number}`);
      }),
      { numRuns: runs, seed: 20261123 },
    );
  });
}

async function contents(session: AnySession): Promise<string[]> {
  return (await session.loadItems('c')).map(({ content }) => content as string);
}

/** A conversation, and its branches as lists that share nothing, which is what they are to whoever looks at them. */
class Garden {
  readonly #session: AnySession;
  readonly #id: string;
  readonly #branches = new Map<string, string[]>([['main', []]]);
  #active = 'main';
  #said = 0;

  constructor(session: AnySession, id: string) {
    this.#session = session;
    this.#id = id;
  }

  async perform(one: Step): Promise<void> {
    switch (one.kind) {
      case 'say':
        return this.#say(one.count);
      case 'fork':
        return this.#fork(one.pick, one.side);
      case 'switch':
        return this.#switch(this.#branch(one.pick));
      case 'delete':
        return this.#delete(this.#branch(one.pick));
      case 'remove':
        return this.#remove(one.pick);
      case 'pop':
        return this.#pop();
      case 'compact':
        await this.#session.runCompaction(this.#id, {
          force: true,
          strategy: 'summary',
          summaryModel,
          compactionArgs: { targetItems: 3 },
        });
        return;
      case 'undo':
        await this.#session.undoCompaction(this.#id);
    }
  }

  async check(): Promise<void> {
    const items = await this.#session.loadItems(this.#id, { includeCompacted: true });
    assert.deepEqual(
      items.map(({ content }) => content),
      this.#shown,
    );
    const branches = await this.#session.listBranches(this.#id);
    assert.deepEqual(new Set(branches.map(({ id }) => id)), new Set(this.#branches.keys()));
    assert.deepEqual(
      branches.filter(({ active }) => active).map(({ id }) => id),
      [this.#active],
    );
  }

  async checkAll(): Promise<void> {
    for (const id of this.#branches.keys()) {
      await this.#switch(id);
      await this.check();
      while (await this.#session.undoCompaction(this.#id));
      await this.check();
    }
  }

  get #shown(): string[] {
    return this.#branches.get(this.#active) as string[];
  }

  #branch(index: number): string {
    const ids = [...this.#branches.keys()];
    return ids[index % ids.length] as string;
  }

  async #say(count: number): Promise<void> {
    const texts = Array.from({ length: count }, () => `${++this.#said} ${'and so on '.repeat(20)}`);
    await this.#session.saveItems(
      this.#id,
      texts.map((text, index) => (index % 2 ? said(text) : user(text))),
    );
    this.#shown.push(...texts);
  }

  async #fork(index: number, side: 'before' | 'after' | 'end'): Promise<void> {
    const items = await this.#session.loadItems(this.#id, { includeCompacted: true });
    const at = items.length === 0 ? 0 : index % items.length;
    const uid = items[at]?.uid;
    const isEnd = side === 'end' || uid === undefined;
    const { id } = await this.#session.fork(
      this.#id,
      isEnd ? {} : side === 'before' ? { before: uid } : { after: uid },
    );
    this.#branches.set(id, this.#shown.slice(0, isEnd ? items.length : side === 'before' ? at : at + 1));
    this.#active = id;
  }

  async #switch(id: string): Promise<void> {
    await this.#session.switchBranch(this.#id, id);
    this.#active = id;
  }

  async #delete(id: string): Promise<void> {
    if (id === this.#active) {
      await assert.rejects(this.#session.deleteBranch(this.#id, id), { name: 'UserError' });
      return;
    }
    await this.#session.deleteBranch(this.#id, id);
    this.#branches.delete(id);
  }

  /** An item that branches share is one item, and gone from all. */
  async #remove(index: number): Promise<void> {
    const items = (await this.#session.loadItems(this.#id)).filter(({ content }) =>
      this.#shown.includes(content as string),
    );
    const item = items[index % Math.max(1, items.length)];
    if (!item) return;
    await this.#session.deleteItems(this.#id, [item.uid as string]);
    for (const [id, texts] of this.#branches) {
      this.#branches.set(
        id,
        texts.filter((text) => text !== item.content),
      );
    }
  }

  /** Of this branch alone. What stands for others is not in the lists. */
  async #pop(): Promise<void> {
    const newest = (await this.#session.loadItems(this.#id)).at(-1);
    if (newest === undefined || newest.content !== this.#shown.at(-1)) return;
    assert.equal((await this.#session.popItem(this.#id))?.content, this.#shown.pop());
  }
}
