import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Agent, type Item, MemorySession, RunState, run, SQLiteSession, tool } from 'agents-wasm';

import { checkLeaks, localApi } from '../support/local-api.ts';
import { RecordingSession, scenario, showItems } from '../support/traces.ts';

checkLeaks();

const danger = tool({ name: 'danger', needsApproval: true, execute: ({ x }: { x: string }) => `did ${x}` });
const agent = new Agent({ name: 'A', tools: [danger] });
const ask = (callId: string) => ({ calls: [{ name: 'danger', callId, arguments: { x: callId } }] });
const asked = (id: string) => `function_call:danger({"x":"${id}"})#${id}`;
const did = (id: string) => `function_call_output:did ${id}#${id}`;

scenario('a refusal fails the run, and is not stored', {
  turns: [{ refusal: 'no' }],
  play: async (world) => void (await world.run(agent, 'q')),
  perTurn: [
    'session.load() -> 0',
    'session.save([/user:q])',
    'model(input=[/user:q])',
    '!! ModelRefusalError model_refusal',
    'STORED [/user:q]',
  ],
  byRun: ['model(input=[/user:q])', '!! ModelRefusalError model_refusal', 'STORED []', 'OPEN failed: [/user:q]'],
});

const WITHHELD = 'function_call_output:Output withheld by an output guardrail.#c1';
const TRIPPED = '!! OutputGuardrailTripwireTriggered output_guardrail_tripwire';

scenario('a message beside a call whose output is withheld stays before the call', {
  turns: [{ text: 'hm', calls: [{ name: 'add', callId: 'c1' }] }],
  play: async (world) => {
    const tools = [tool({ name: 'add', execute: () => 3 })];
    const outputGuardrails = [{ name: 'g', execute: () => ({ tripwireTriggered: true }) }];
    await world.run(new Agent({ name: 'A', tools, toolUseBehavior: 'stop_on_first_tool', outputGuardrails }), 'q');
  },
  perTurn: [
    'session.load() -> 0',
    'session.save([/user:q])',
    'model(input=[/user:q])',
    `session.save([message/assistant:hm, function_call:add({})#c1, ${WITHHELD}])`,
    TRIPPED,
    `STORED [/user:q, message/assistant:hm, function_call:add({})#c1, ${WITHHELD}]`,
  ],
  byRun: [
    'model(input=[/user:q])',
    TRIPPED,
    'STORED []',
    `OPEN failed: [/user:q, message/assistant:hm, function_call:add({})#c1, ${WITHHELD}]`,
  ],
});

scenario('a filter that leaves nothing of the input changes nothing that is stored', {
  turns: ['ok'],
  play: async (world) =>
    void (await world.run(agent, 'q', { callModelInputFilter: () => ({ input: ['else'] as never }) })),
  perTurn: [
    'session.load() -> 0',
    'session.save([/user:q])',
    'model(input=[/user:else])',
    'session.save([message/assistant:ok])',
    'final=ok',
    'STORED [/user:q, message/assistant:ok]',
  ],
});

scenario('a callModelInputFilter that returns no input fails the run before the model is asked', {
  turns: [],
  play: async (world) => void (await world.run(agent, 'q', { callModelInputFilter: () => ({}) as never })),
  perTurn: ['session.load() -> 0', 'session.save([/user:q])', '!! UserError invalid_argument', 'STORED [/user:q]'],
  byRun: ['!! UserError invalid_argument', 'STORED []', 'OPEN failed: [/user:q]'],
});

const picture = (bytes: string): Item => ({
  role: 'user',
  content: [{ type: 'input_image', image_url: `data:image/png;base64,${'A'.repeat(10_000)}${bytes}` }],
});

test('pictures that begin alike are different items', async () => {
  await using session = new MemorySession();
  await session.saveItems('c', [picture('AAAA')]);
  const { server, runConfig } = localApi(['ok']);
  // Copies have no identity: only what they say tells history and input apart.
  const sessionInputCallback = (history: Item[], input: Item[]) => structuredClone([...history, ...input]);
  await run(agent, [picture('BBBB')], { session, conversationId: 'c', sessionInputCallback, runConfig });
  assert.deepEqual(server.requests[0]?.body.input, [picture('AAAA'), picture('BBBB')]);
  assert.deepEqual((await session.loadItems('c')).slice(0, 2), [picture('AAAA'), picture('BBBB')]);
});

test('a request that is sent again leaves the input stored once', async () => {
  for (const stream of [false, true]) {
    const log: string[] = [];
    const session = new RecordingSession(log, []);
    const { server, runConfig } = localApi(['hi'], { maxRetries: 2 });
    for (let times = 0; times < 2; times++) server.failNext({ status: 500, headers: { 'retry-after-ms': '1' } });
    const options = { session, conversationId: 'c', runConfig };
    if (stream) await (await run(agent, 'q', { ...options, stream: true })).completed;
    else await run(agent, 'q', options);
    assert.deepEqual(log, ['session.load() -> 0', 'session.save([/user:q])', 'session.save([message/assistant:hi])']);
  }
});

test('runs at once on a session of two methods go on side by side, each with what was stored when it began', async () => {
  const log: string[] = [];
  const session = new RecordingSession(log, []);
  const answers = Promise.withResolvers<void>();
  let waiting = 0;
  const answer = async () => {
    if (++waiting === 2) answers.resolve();
    await answers.promise;
    return 'ok';
  };
  const { runConfig } = localApi([answer, answer]);
  const options = { session, conversationId: 'c', runConfig };
  await Promise.all([run(agent, 'q1', options), run(agent, 'q2', options)]);
  assert.deepEqual(log.toSorted(), [
    'session.load() -> 0',
    'session.load() -> 0',
    'session.save([/user:q1])',
    'session.save([/user:q2])',
    'session.save([message/assistant:ok])',
    'session.save([message/assistant:ok])',
  ]);
});

for (const [kind, open] of Object.entries({
  MemorySession: () => new MemorySession(),
  SQLiteSession: () => new SQLiteSession({ dbPath: ':memory:' }),
})) {
  test(`${kind}: three turns of approvals and a rejection, each in a state that was text, make one sound history`, async () => {
    await using session = open();
    const { runConfig } = localApi([ask('c1'), 'one', ask('c2'), 'two', ask('c3'), 'three']);
    const options = { session, conversationId: 'c', runConfig };
    for (const [said, approves] of Object.entries({ first: true, second: false, third: true })) {
      const { state } = await run(agent, said, options);
      const later = await RunState.fromString(agent, state.toString());
      for (const call of later.getInterruptions()) {
        if (approves) later.approve(call);
        else later.reject(call, { message: 'Not today.' });
      }
      await run(agent, later, options);
    }
    assert.equal(
      showItems(await session.loadItems('c')),
      `[/user:first, ${asked('c1')}, ${did('c1')}, message/assistant:one, ` +
        `/user:second, ${asked('c2')}, function_call_output:Not today.#c2, message/assistant:two, ` +
        `/user:third, ${asked('c3')}, ${did('c3')}, message/assistant:three]`,
    );
    assert.deepEqual(await session.openRuns('c'), []);
    assert.deepEqual((await session.doctor('c')).findings, []);
  });
}

test('a state stays as it was when a run goes on from it', async () => {
  await using session = new MemorySession();
  const { runConfig } = localApi([ask('c1'), 'ok']);
  const { state, newItems } = await run(agent, 'do', { session, conversationId: 'c', runConfig });
  for (const call of state.getInterruptions()) state.approve(call);
  const before = state.toString();
  const result = await run(agent, state, { session, conversationId: 'c', runConfig });
  assert.equal(state.toString(), before);
  assert.deepEqual([newItems.length, result.newItems.length], [1, 3]);
});
