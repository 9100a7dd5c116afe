import assert from 'node:assert/strict';
import { test } from 'node:test';

import { type AgentInputItem, MemorySession as AgentsMemorySession } from '@openai/agents';
import type { SdkConversation, SdkItem } from 'agents-wasm';
import fc from 'fast-check';

/** The part of the SDK's contract that its own MemorySession has too. */
export type TransactedSession = Pick<
  SdkConversation,
  | 'getSessionId'
  | 'getItems'
  | 'addItems'
  | 'popItem'
  | 'clearSession'
  | 'applyHistoryTransaction'
  | 'applyHistoryMutations'
>;

export const user = (content: string): SdkItem => ({ type: 'message', role: 'user', content });
export const call = (callId: string, name = 'act'): SdkItem & { type: 'function_call' } => ({
  type: 'function_call',
  callId,
  name,
  arguments: '{}',
});
export const result = (callId: string, name = 'act'): SdkItem => ({
  type: 'function_call_result',
  callId,
  name,
  status: 'completed',
  output: { type: 'text', text: `did ${callId}` },
});

const append = (operationId: string, ...items: SdkItem[]) => ({
  operationId,
  transaction: { type: 'append_items' as const, items },
});
const replace = (operationId: string, expectedSuffix: SdkItem[], replacement: SdkItem[]) => ({
  operationId,
  transaction: { type: 'replace_suffix' as const, expectedSuffix, replacement },
});

/** Holds a session to what the SDK's tests ask of its own MemorySession. */
export function sdkSessionSuite(
  kind: string,
  open: () => { session: TransactedSession; close(): Promise<void> },
): void {
  const check = (name: string, body: (session: TransactedSession) => Promise<void>) =>
    test(`${kind}: ${name}`, async () => {
      const { session, close } = open();
      try {
        await body(session);
      } finally {
        await close();
      }
    });

  check('items come back in order, a limit gives the newest, and pop removes exactly one', async (session) => {
    const items = [user('go'), call('1'), result('1'), user('thanks')];
    await session.addItems(items);
    await session.addItems([]);
    assert.deepEqual(await session.getItems(), items);
    for (const limit of [0, -1, 1, 2, 3, 4, 5]) {
      assert.deepEqual(await session.getItems(limit), limit <= 0 ? [] : items.slice(-limit), String(limit));
    }
    assert.deepEqual(await session.popItem(), items[3]);
    assert.deepEqual(await session.popItem(), items[2], 'also when its call stays behind');
    assert.deepEqual(await session.getItems(), items.slice(0, 2));
    await session.clearSession();
    assert.deepEqual(await session.getItems(), []);
    assert.equal(await session.popItem(), undefined);
  });

  check('what is changed outside does not change what is stored', async (session) => {
    const item = { ...user('before'), providerData: { tags: ['a'] } };
    await session.addItems([item]);
    item.providerData.tags.push('b');
    const [stored] = await session.getItems();
    stored?.providerData?.tags.push('c');
    assert.deepEqual((await session.getItems())[0]?.providerData, { tags: ['a'] });
  });

  check('a call is replaced where it first is, and its doubles go', async (session) => {
    await session.addItems([user('go'), call('1'), call('2'), call('1'), result('1')]);
    const replacement = { ...call('1'), arguments: '{"b":2}' };
    await session.applyHistoryMutations({ mutations: [{ type: 'replace_function_call', callId: '1', replacement }] });
    assert.deepEqual(await session.getItems(), [user('go'), replacement, call('2'), result('1')]);
    await session.applyHistoryMutations({
      mutations: [{ type: 'replace_function_call', callId: 'none', replacement: call('x') }],
    });
    await session.applyHistoryMutations({
      mutations: [
        { type: 'replace_function_call', callId: '2', replacement: call('3') },
        { type: 'replace_function_call', callId: '3', replacement: call('1') },
        { type: 'replace_function_call', callId: '1', replacement: call('4') },
      ],
    });
    assert.deepEqual(await session.getItems(), [user('go'), call('4'), result('1')]);
  });

  check('a transaction that appends takes effect once, an empty one too', async (session) => {
    await session.applyHistoryTransaction(append('a', user('one'), call('1'), result('1')));
    await session.applyHistoryTransaction(append('a', user('one'), call('1'), result('1')));
    await session.applyHistoryTransaction(append('empty'));
    await session.applyHistoryTransaction(append('empty'));
    await refuses(async () => session.applyHistoryTransaction(append('empty', user('x'))));
    assert.deepEqual(await session.getItems(), [user('one'), call('1'), result('1')]);
  });

  check('a suffix is replaced once, although it is gone when the transaction is sent again', async (session) => {
    await session.addItems([user('go'), call('1'), result('1')]);
    const transaction = replace('r', [call('1'), result('1')], [call('2'), result('2'), user('more')]);
    for (let sent = 0; sent < 3; sent++) await session.applyHistoryTransaction(transaction);
    assert.deepEqual(await session.getItems(), [user('go'), call('2'), result('2'), user('more')]);
    await session.applyHistoryTransaction(replace('all', await session.getItems(), []));
    assert.deepEqual(await session.getItems(), []);
    await session.applyHistoryTransaction(transaction);
    assert.deepEqual(await session.getItems(), []);
  });

  check('a suffix that is not there changes nothing and does not use up the operation', async (session) => {
    await session.addItems([user('one'), user('two')]);
    for (const suffix of [
      [user('one')],
      [user('one'), user('two'), user('three')],
      [user('zero'), user('one'), user('two')],
    ]) {
      await refuses(async () => session.applyHistoryTransaction(replace('r', suffix, [user('x')])));
    }
    assert.deepEqual(await session.getItems(), [user('one'), user('two')]);
    await session.applyHistoryTransaction(replace('r', [user('two')], [user('2')]));
    assert.deepEqual(await session.getItems(), [user('one'), user('2')]);
  });

  check('an operation id cannot be used for another transaction until the conversation is cleared', async (session) => {
    await session.addItems([user('one')]);
    await session.applyHistoryTransaction(append('a', user('two')));
    for (const other of [append('a', user('2')), append('a'), replace('a', [user('two')], [user('three')])]) {
      await refuses(async () => session.applyHistoryTransaction(other));
    }
    assert.deepEqual(await session.getItems(), [user('one'), user('two')]);
    await session.clearSession();
    await session.applyHistoryTransaction(append('a', user('other')));
    assert.deepEqual(await session.getItems(), [user('other')]);
  });

  check('a transaction that cannot be is refused before anything changes', async (session) => {
    await session.addItems([user('one')]);
    const cycle: Record<string, unknown> = { type: 'unknown' };
    cycle.providerData = cycle;
    for (const bad of [
      undefined,
      {},
      append('', user('x')),
      append(' \n', user('x')),
      { operationId: 5, transaction: append('a').transaction },
      { operationId: 'a', transaction: { type: 'prepend_items', items: [] } },
      { operationId: 'a', transaction: { type: 'append_items' } },
      { operationId: 'a', transaction: { type: 'replace_suffix', expectedSuffix: [user('one')] } },
      append('a', 5 as never),
      append('a', cycle as never),
      append('a', { ...user('x'), providerData: { f: () => 1 } }),
    ]) {
      await refuses(async () => session.applyHistoryTransaction(bad as never));
    }
    assert.deepEqual(await session.getItems(), [user('one')]);
    await session.applyHistoryTransaction(append('a', user('two')));
    assert.deepEqual(await session.getItems(), [user('one'), user('two')]);
  });

  check('the order of members makes no other transaction, and their values do', async (session) => {
    const data = (fields: object) => ({ ...user('x'), providerData: fields }) as SdkItem;
    await session.applyHistoryTransaction(append('a', data({ a: 1, b: { c: 2, d: [3] } })));
    await session.applyHistoryTransaction(
      append('a', data(Object.assign(Object.create(null), { b: { d: [3], c: 2 }, a: 1 }))),
    );
    await refuses(async () => session.applyHistoryTransaction(append('a', data({ a: 1, b: { c: 2, d: [4] } }))));
    await session.applyHistoryTransaction(replace('b', [data({ b: { d: [3], c: 2 }, a: 1 })], []));
    assert.deepEqual(await session.getItems(), []);
  });

  // What the SDK's own session does is the model; it is the whole truth for sequences that are not refused.
  check('any sequence of calls leaves what it leaves in the session of the SDK', async (session) => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        await session.clearSession();
        const model = new AgentsMemorySession();
        for (const one of steps) {
          const [ours, theirs] = [
            await outcome(session, one),
            await outcome(model as unknown as TransactedSession, one),
          ];
          assert.deepEqual(ours, theirs, JSON.stringify(one));
          assert.deepEqual(await session.getItems(), (await model.getItems()) as AgentInputItem[], JSON.stringify(one));
        }
      }),
      { numRuns: 60 },
    );
  });
}

const items = fc.array(
  fc.oneof(
    fc.constantFrom('a', 'b').map(user),
    fc.constantFrom('1', '2').map((id) => call(id)),
    fc.constantFrom('1', '2').map((id) => result(id)),
  ),
  { maxLength: 3 },
);
type Step =
  | { do: 'add' | 'append' | 'replaceTail'; items: SdkItem[]; operationId: string; count: number }
  | { do: 'pop' | 'clear' | 'mutate'; count: number };
const step: fc.Arbitrary<Step> = fc.record({
  do: fc.constantFrom('add', 'add', 'append', 'append', 'replaceTail', 'replaceTail', 'pop', 'mutate', 'clear'),
  items,
  operationId: fc.constantFrom('x', 'y', 'z'),
  count: fc.nat(3),
}) as fc.Arbitrary<Step>;

async function outcome(session: TransactedSession, one: Step): Promise<unknown> {
  switch (one.do) {
    case 'add':
      return session.addItems(one.items);
    case 'pop':
      return session.popItem();
    case 'clear':
      return session.clearSession();
    case 'mutate': {
      const replacement = call('2', 'other');
      return session.applyHistoryMutations({
        mutations: [{ type: 'replace_function_call', callId: '1', replacement }],
      });
    }
    case 'append':
      return failed(session.applyHistoryTransaction(append(one.operationId, ...one.items)));
    case 'replaceTail': {
      const suffix = one.count === 3 ? one.items : await session.getItems(one.count);
      return failed(session.applyHistoryTransaction(replace(one.operationId, suffix, one.items)));
    }
  }
}

async function refuses(work: () => Promise<void>): Promise<void> {
  assert.ok(await failed(work()), 'It was not refused.');
}

async function failed(work: Promise<void>): Promise<boolean> {
  try {
    await work;
    return false;
  } catch {
    return true;
  }
}
