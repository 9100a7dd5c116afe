import assert from 'node:assert/strict';
import { test } from 'node:test';

import { MemorySession as AgentsMemorySession, type Session as AgentsSession } from '@openai/agents';
import { Agent, fromSdkSession, type Item, MemorySession, type RunConfig, run, type Session, tool } from 'agents-wasm';
import type { Turn } from 'agents-wasm/testing';

import { checkLeaks, localApi } from '../support/local-api.ts';
import { answered, written } from '../support/wire-samples.ts';

checkLeaks();

const clock = tool({
  name: 'clock',
  parameters: { type: 'object', properties: {}, required: [], additionalProperties: false },
  execute: () => 'noon',
});
const agent = new Agent({ name: 'a', tools: [clock] });
const turns = (): Turn[] => [{ reasoning: 'Hm.', calls: [{ name: 'clock', callId: 'call_1' }] }, 'It is noon.', 'Bye.'];
const plain = <T>(value: T): T => JSON.parse(JSON.stringify(value));
const withoutIds = (items: Item[]) => plain(items).map(({ id: _, ...item }) => item);

async function chat(session: Session, runConfig: RunConfig): Promise<unknown[]> {
  const said: unknown[] = [];
  for (const input of ['What time is it?', 'Thanks']) {
    said.push((await run(agent, input, { session, conversationId: 'c', runConfig })).finalOutput);
  }
  return said;
}

const sources: Record<string, () => { source: AgentsSession; close(): Promise<void> }> = {
  "the SDK's MemorySession": () => ({ source: new AgentsMemorySession(), close: async () => {} }),
  'a conversation of ours, as the SDK sees it': () => {
    const session = new MemorySession();
    return { source: session.conversation('c'), close: () => session.close() };
  },
};

for (const [kind, open] of Object.entries(sources)) {
  test(`${kind}: our runs read and continue it`, async () => {
    const { source, close } = open();
    await using own = new MemorySession();
    const expected = localApi(turns());
    const said = await chat(own, expected.runConfig);
    const actual = localApi(turns());
    assert.deepEqual(await chat(fromSdkSession(source), actual.runConfig), said);
    const asked = (api: typeof actual) => api.server.requests.map(({ body }) => withoutIds(body.input));
    // The SDK has a status for each output of a tool.
    const settled = (lists: Item[][]) =>
      lists.map((items) =>
        items.map((item) => (item.type === 'function_call_output' ? { ...item, status: 'completed' } : item)),
      );
    assert.deepEqual(settled(asked(actual)), settled(asked(expected)));
    const names = (await source.getItems()).map((item) => ('name' in item ? item.name : item.type));
    assert.deepEqual(names.slice(1, 4), ['reasoning', 'clock', 'clock']);
    await close();
  });

  test(`${kind}: items come back, and those of an operation that is sent twice once`, async () => {
    const { source, close } = open();
    const session = fromSdkSession(source);
    const items = Object.values({ ...answered, ...written });
    const options = { operationId: 'run-1', origins: items.map(() => ({ runId: 'run-1' })) };
    await session.saveItems('c', items, options);
    await session.saveItems('c', items, options);
    await session.saveItems('c', []);
    const expected = items.map((item) => (item === written['an output'] ? { ...item, status: 'completed' } : item));
    assert.deepEqual(await session.loadItems('c'), expected);
    await close();
  });

  test(`${kind}: maxItems never leaves an output without its call, or words without their reasoning`, async () => {
    const { source, close } = open();
    const session = fromSdkSession(source);
    const user = (content: string) => ({ role: 'user', content });
    const call = { type: 'function_call', call_id: '1', name: 'act', arguments: '{}' };
    const output = { type: 'function_call_output', call_id: '1', output: 'ok', status: 'completed' };
    const reasoning = { type: 'reasoning', id: 'rs_1', summary: [] };
    const items = [user('a'), reasoning, call, output, user('b')];
    await session.saveItems('c', items);
    for (const [maxItems, kept] of [
      [0, 0],
      [1, 1],
      [2, 1],
      [3, 1],
      [4, 4],
      [5, 5],
      [9, 5],
    ] as const) {
      const loaded = await session.loadItems('c', { maxItems });
      assert.deepEqual(loaded, kept === 0 ? [] : items.slice(-kept), String(maxItems));
    }
    await close();
  });
}

test("the SDK's session is for one conversation, and a function gives one for each", async () => {
  const one = fromSdkSession(new AgentsMemorySession());
  await one.saveItems('first', [{ role: 'user', content: 'x' }]);
  assert.equal((await one.loadItems('first')).length, 1);
  await assert.rejects(async () => one.loadItems('second'), {
    name: 'UserError',
    code: 'user_error',
    message: /function/,
  });
  const known = new Map<string, AgentsMemorySession>();
  const many = fromSdkSession((id) => {
    const session = known.get(id) ?? new AgentsMemorySession({ sessionId: id });
    known.set(id, session);
    return session;
  });
  await many.saveItems('first', [{ role: 'user', content: 'x' }]);
  assert.deepEqual([(await many.loadItems('first')).length, (await many.loadItems('second')).length], [1, 0]);
});

test('what is no session of the SDK is refused', async () => {
  for (const bad of [undefined, null, 5, 'session', {}, [], { getItems() {} }]) {
    assert.throws(() => fromSdkSession(bad as never), { code: 'invalid_argument', message: /sdkSession must/ });
  }
  await assert.rejects(async () => fromSdkSession(() => 5 as never).loadItems('c'), {
    code: 'invalid_argument',
    message: /What the function of fromSdkSession gave.*a number/,
  });
});
