import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  Agent,
  type HandoffInputData,
  handoff,
  MemorySession,
  removeAllTools,
  run,
  type StreamedRun,
  tool,
} from 'agents-wasm';
import type { Turn } from 'agents-wasm/testing';
import { z } from 'zod';

import { checkLeaks, localApi } from '../support/local-api.ts';

checkLeaks();

const to = (name: string, callId = 'h1', args: unknown = {}): Turn => {
  return { calls: [{ name: `transfer_to_${name}`, callId, arguments: args }] };
};
const add = tool({ name: 'add', execute: () => 3 });
const billing = new Agent({
  name: 'Billing Desk',
  handoffDescription: 'Money.',
  instructions: 'Bill.',
  model: 'large',
});
const triage = new Agent({ name: 'triage', handoffs: [billing], tools: [add] });

test('the agent that a handoff leads to goes on with the conversation', async () => {
  await using session = new MemorySession();
  const { server, runConfig } = localApi([to('billing_desk'), 'By billing.']);
  const result = await run(triage, 'go', { runConfig, session, conversationId: 'c' });
  assert.equal(result.finalOutput, 'By billing.');
  assert.equal(result.lastAgent, billing);
  assert.deepEqual(
    result.newItems.map(({ type, agent }) => [type, agent]),
    [
      ['handoff_call_item', triage],
      ['handoff_output_item', triage],
      ['message_output_item', billing],
    ],
  );
  assert.deepEqual(result.output[1], {
    type: 'function_call_output',
    call_id: 'h1',
    output: '{"assistant":"Billing Desk"}',
  });
  const [first, second] = server.requests.map(({ body }) => body);
  assert.deepEqual(first.tools[1], {
    type: 'function',
    name: 'transfer_to_billing_desk',
    description: 'Handoff to the Billing Desk agent to handle the request. Money.',
    parameters: { type: 'object', properties: {}, required: [], additionalProperties: false },
    strict: true,
  });
  assert.deepEqual([second.model, second.instructions, second.input.length], ['large', 'Bill.', 3]);
  const stored = await session.loadItems('c');
  assert.deepEqual(
    stored.map(({ agent, turn }) => [agent?.name, turn]),
    [
      [undefined, 0],
      ['triage', 1],
      ['triage', 1],
      ['Billing Desk', 2],
    ],
  );
});

test('agents that hand over to each other are told of each other once both exist', async () => {
  const one = new Agent({ name: 'one' });
  const two = new Agent({ name: 'two', handoffs: [one] });
  one.handoffs.push(two);
  const result = await run(one, 'go', localApi([to('two', 'h1'), to('one', 'h2'), 'By one.']));
  assert.deepEqual([result.finalOutput, result.lastAgent], ['By one.', one]);
});

test('of several handoffs in one answer the first is taken, and the others are told so', async () => {
  const other = new Agent({ name: 'other' });
  const from = new Agent({ name: 'a', handoffs: [billing, other] });
  const calls = ['billing_desk', 'other'].map((name, n) => ({ name: `transfer_to_${name}`, callId: `h${n}` }));
  const { lastAgent, output } = await run(from, 'go', localApi([{ calls }, 'done']));
  assert.equal(lastAgent, billing);
  assert.deepEqual(
    output.slice(2, 4).map(({ call_id, output: text }) => [call_id, text]),
    [
      ['h1', 'Multiple handoffs detected, ignoring this one.'],
      ['h0', '{"assistant":"Billing Desk"}'],
    ],
  );
});

test('onHandoff gets what the model said with the handoff, as its schema reads it', async () => {
  const heard: unknown[] = [];
  const inputType = z.object({ amount: z.string().transform(Number) });
  const onHandoff = (context: unknown, input: unknown) => void heard.push(context, input);
  const from = new Agent({
    name: 'a',
    handoffs: [handoff(billing, { inputType, onHandoff, toolNameOverride: 'pay' })],
  });
  const call = (args: unknown) => localApi([{ calls: [{ name: 'pay', arguments: args }] }, 'done']);
  await run(from, 'go', { ...call({ amount: '5' }), context: 'mine' });
  assert.deepEqual(heard, [{ context: 'mine' }, { amount: 5 }]);
  await assert.rejects(run(from, 'go', call({ amount: true })), {
    name: 'ModelBehaviorError',
    message: "The arguments of the handoff 'pay' do not fit its inputType.",
  });
  const failing = () => {
    throw new Error('No.');
  };
  const bad = new Agent({ name: 'a', handoffs: [handoff(billing, { onHandoff: failing })] });
  await assert.rejects(run(bad, 'go', localApi([to('billing_desk')])), { message: 'onHandoff failed: No.' });
});

test('a handoff that is not enabled is not shown to the model', async () => {
  const other = new Agent({ name: 'other' });
  const handoffs = [
    handoff(billing, { isEnabled: false }),
    handoff(other, { isEnabled: async ({ runContext }) => runContext.context === 'open' }),
  ];
  const { server, runConfig } = localApi(['one', 'two']);
  const from = new Agent({ name: 'a', handoffs });
  for (const context of ['open', 'shut']) await run(from, 'go', { runConfig, context });
  const shown = server.requests.map(({ body }) => body.tools?.map(({ name }: { name: string }) => name) ?? []);
  assert.deepEqual(shown, [['transfer_to_other'], []]);
});

test('an input filter decides what the next agent is sent, and nothing of what is stored', async () => {
  await using session = new MemorySession();
  await session.saveItems('c', ['before']);
  const seen: HandoffInputData[] = [];
  const inputFilter = (data: HandoffInputData) => {
    seen.push(data);
    return removeAllTools(data);
  };
  const from = new Agent({ name: 'a', tools: [add], handoffs: [handoff(billing, { inputFilter })] });
  const { server, runConfig } = localApi([
    { calls: [{ name: 'add', callId: 'c1' }] },
    to('billing_desk'),
    'By billing.',
  ]);
  await run(from, 'go', { runConfig, session, conversationId: 'c', context: 'mine' });
  const counts = (items: unknown) => (items as unknown[]).length;
  const [data] = seen;
  assert.deepEqual([data!.inputHistory, data!.preHandoffItems, data!.newItems].map(counts), [2, 2, 2]);
  assert.deepEqual(data!.runContext, { context: 'mine' });
  const sent = server.requests[2]!.body.input.map(({ role, content }: { role: string; content: string }) => [
    role,
    content,
  ]);
  assert.deepEqual(sent, [
    ['user', 'before'],
    ['user', 'go'],
  ]);
  assert.equal((await session.loadItems('c')).length, 7);
});

test("a run's handoffInputFilter is for handoffs that have none", async () => {
  const lengths = async (options: object, own: object) => {
    const from = new Agent({ name: 'a', handoffs: [handoff(billing, own)] });
    const { server, runConfig } = localApi([to('billing_desk'), 'done']);
    await run(from, 'go', { runConfig, ...options });
    return server.requests[1]!.body.input.length;
  };
  const keepAll = (data: HandoffInputData) => data;
  assert.equal(await lengths({ handoffInputFilter: removeAllTools }, {}), 1);
  assert.equal(await lengths({ handoffInputFilter: removeAllTools }, { inputFilter: keepAll }), 3);
  assert.equal(await lengths({}, { nestHistory: true }), 1);
});

test('a conversation may go on with the agent that spoke last', async () => {
  await using session = new MemorySession();
  const { server, runConfig } = localApi([to('billing_desk'), 'one', 'two', 'three']);
  const options = { runConfig, session, conversationId: 'c' };
  await run(triage, 'go', options);
  assert.equal((await run(triage, 'more', { ...options, continueWith: 'last-agent' })).lastAgent, billing);
  assert.equal((await run(triage, 'more', { ...options, continueWith: 'starting-agent' })).lastAgent, triage);
  assert.deepEqual(server.requests[2]!.body.instructions, 'Bill.');
});

test('a streamed run tells of handoffs, and of the agent that speaks from there on', async () => {
  const streamed: StreamedRun = await run(triage, 'go', { ...localApi([to('billing_desk'), 'done']), stream: true });
  const log: unknown[] = [];
  for await (const event of streamed) {
    if (event.type === 'agent_updated_stream_event') log.push(event.agent);
    if (event.type === 'run_item_stream_event') log.push(`${event.name}: ${event.item.agent.name}`);
  }
  assert.deepEqual(log, [
    triage,
    'handoff_requested: triage',
    'handoff_occurred: triage',
    billing,
    'message_output_created: Billing Desk',
  ]);
});

test('hooks hear of a handoff', async () => {
  const heard: unknown[] = [];
  const hooks = { onHandoff: (_: unknown, from: unknown, next: unknown) => void heard.push(from, next) };
  await run(triage, 'go', { ...localApi([to('billing_desk'), 'done']), hooks });
  assert.deepEqual(heard, [triage, billing]);
});
