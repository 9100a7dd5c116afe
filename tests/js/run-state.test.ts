import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Agent, MemorySession, RunState, run, tool } from 'agents-wasm';
import fc from 'fast-check';

import { badArgument, badItem, refused } from '../support/refusals.ts';

const remove = tool({ name: 'remove', needsApproval: true, execute: () => 'gone' });
const helper = new Agent({ name: 'helper', tools: [remove] });
const agent = new Agent({ name: 'a', handoffs: [helper] });

const callOf = (id: string) => ({ type: 'function_call', call_id: id, name: 'remove', arguments: '{"file":"x"}' });
const usage = { requests: 1, inputTokens: 5, cachedTokens: 0, outputTokens: 2, reasoningTokens: 0, totalTokens: 7 };
const saved = {
  $schemaVersion: 'agents-wasm/1',
  runId: 'run_1',
  conversationId: 'c',
  sessionType: 'MemorySession',
  historyVersion: '3',
  agent: 'helper',
  turn: 1,
  batches: [
    { agent: '', turn: 0, items: [{ role: 'user', content: 'go' }] },
    { agent: 'helper', turn: 1, items: [callOf('call_1'), callOf('call_2')] },
  ],
  interruptions: ['call_1', 'call_2'].map((id) => ({ agent: 'helper', rawItem: callOf(id) })),
  decisions: [],
  addedInput: [],
  usage,
  responses: [{ responseId: 'resp_1', requestId: '', agent: 'helper', usage }],
};
const read = (state: object = saved) => RunState.fromString(agent, JSON.stringify(state));
const decisionsOf = (state: RunState) => JSON.parse(state.toString()).decisions;

test('a run state is the same after a trip through its text', async () => {
  const state = await read();
  assert.deepEqual(JSON.parse(state.toString()), saved);
  assert.deepEqual([state.runId, state.conversationId, state.sessionType], ['run_1', 'c', 'MemorySession']);
  assert.deepEqual(state.usage, usage);
  assert.equal(state.currentAgent, helper);
});

test('a run state names the calls that wait, with the agent that made them', async () => {
  const [first, second] = (await read()).getInterruptions();
  assert.deepEqual([first?.name, first?.arguments, first?.type], ['remove', '{"file":"x"}', 'tool_approval_item']);
  assert.equal(first?.agent, helper);
  assert.equal(second?.rawItem.call_id, 'call_2');
});

test('approvals and rejections are kept, the last one on a call or a tool wins', async () => {
  const state = await read();
  const [first, second] = state.getInterruptions();
  state.approve(first!);
  state.reject(second!, { message: 'Never.' });
  state.reject(first!);
  assert.deepEqual(decisionsOf(state), [
    { callId: 'call_2', approved: false, message: 'Never.' },
    { callId: 'call_1', approved: false },
  ]);
  state.approve(first!, { always: true });
  state.reject(second!, { alwaysReject: true });
  assert.deepEqual(decisionsOf(state), [{ tool: 'remove', approved: false }]);
  const again = await RunState.fromString(agent, state.toString());
  assert.deepEqual(decisionsOf(again), decisionsOf(state));
});

test('only calls that wait can be decided on', async () => {
  const state = await read();
  const other = { ...state.getInterruptions()[0]!, rawItem: callOf('call_9') };
  await refused(() => state.approve(other), 'UserError', 'user_error', 'no such interruption');
  await badArgument(() => state.approve(undefined as never), 'The interruption must be an object', 'undefined');
  await refused(() => state.reject({} as never), 'UserError', 'user_error', 'no such interruption');
  await badArgument(() => state.reject(state.getInterruptions()[0]!, { message: 5 as never }), 'message', 'a number');
  assert.deepEqual(decisionsOf(state), []);
});

test('added input is kept as items', async () => {
  const state = await read();
  state.addInput('late note');
  state.addInput(['one', { role: 'developer', content: 'two' }]);
  assert.deepEqual(state.pendingInput, [
    { role: 'user', content: 'late note' },
    { role: 'user', content: 'one' },
    { role: 'developer', content: 'two' },
  ]);
  await badItem(() => state.addInput([5] as never), 'input[0]', 'a number');
  await badItem(() => state.addInput({} as never), 'input must be an array of items', 'an object');
});

test('a text with anything that this version does not know is refused, without a word of what it holds', async () => {
  const refuse = (text: string, words: string) =>
    refused(() => RunState.fromString(agent, text), 'UserError', 'invalid_run_state', words);
  const refuseState = (changes: object, words: string) => refuse(JSON.stringify({ ...saved, ...changes }), words);
  await refuse('{"secret"', 'is not JSON');
  await refuse('"secret"', 'is not an object');
  await refuse('[]', 'is not an object');
  await refuseState({ $schemaVersion: undefined }, 'of a version');
  await refuseState({ $schemaVersion: 'agents-wasm/2' }, 'of a version');
  await refuseState({ $schemaVersion: '1.22' }, 'of a version');
  await refuseState({ agent: 'secret' }, 'an agent that is none of the given ones');
  const flaws = [
    { secret: 1 },
    { runId: 5 },
    { turn: -1 },
    { turn: 1.5 },
    { batches: {} },
    { batches: [{ agent: 'a', turn: 1 }] },
    { batches: [{ agent: 'a', turn: 1, items: ['secret'] }] },
    { interruptions: [{ agent: 'a', rawItem: 'secret' }] },
    { decisions: [{ callId: 'x', approved: 'yes' }] },
    { decisions: [{ approved: true, secret: 1 }] },
    { usage: { ...usage, secret: 1 } },
    { usage: undefined },
  ];
  for (const flaw of flaws) await refuseState(flaw, 'missing, unknown or of the wrong kind');
  const polluting = JSON.stringify(saved).replace('{', '{"__proto__":{"polluted":true},');
  await refuse(polluting, 'missing, unknown or of the wrong kind');
  assert.equal(({} as { polluted?: boolean }).polluted, undefined);
  await badArgument(() => RunState.fromString({} as never, '{}'), 'agent must be an Agent');
  await badArgument(() => RunState.fromString(agent, 5 as never), 'The text of the run state must be a string');
});

test('what an item holds survives, whatever its names are', async () => {
  const item = JSON.parse('{"type":"new","__proto__":{"a":1},"constructor":null,"toString":5}');
  const state = await read({ ...saved, batches: [{ agent: 'gone', turn: 1, items: [item] }] });
  assert.ok(state.toString().includes('"__proto__":{"a":1},"constructor":null,"toString":5'));
});

test('no text in the place of a run state fails without a type', async () => {
  const members = Object.keys(saved);
  const changed = fc
    .tuple(fc.constantFrom(...members), fc.jsonValue())
    .map(([name, value]) => ({ ...saved, [name]: value }));
  const text = fc.oneof(
    fc.string(),
    fc.json(),
    changed.map((state) => JSON.stringify(state)),
  );
  await fc.assert(
    fc.asyncProperty(text, async (one) => {
      const error = await RunState.fromString(agent, one).then(
        () => undefined,
        (failure) => failure,
      );
      assert.ok(error === undefined || error.code === 'invalid_run_state');
    }),
    { numRuns: 300 },
  );
});

test('a run that is complete cannot go on', async () => {
  const complete = await read({ ...saved, interruptions: [], batches: [] });
  await refused(() => complete.addInput('more'), 'UserError', 'user_error', 'complete');
  await refused(() => run(agent, complete, { session: new MemorySession() }), 'UserError', 'user_error', 'complete');
});

test('a run state goes on where it was, in its conversation', async () => {
  const state = await read();
  await using session = new MemorySession();
  const refuse = (options: object, words: string) =>
    refused(() => run(agent, state, options), 'UserError', 'user_error', words);
  await refuse({}, 'pass the session too');
  await refuse({ session, conversationId: 'other' }, 'conversationId is not that of the run state');
  const homeless = await read({ ...saved, conversationId: '', sessionType: '' });
  await refused(() => run(agent, homeless, { session }), 'UserError', 'user_error', 'resume it without a session');
  await refused(() => run(agent, state, { session }), 'SessionError', 'run_superseded');
  const stranger = new Agent({ name: 'stranger' });
  await refused(() => run(stranger, state, { session }), 'UserError', 'user_error', "The run state's agent is none");
});
