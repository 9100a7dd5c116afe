import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';

import { Agent, type Item, MemorySession, Runner, RunState, run, type Session, tool } from 'agents-wasm';
import type { OpenAIServer, Turn } from 'agents-wasm/testing';

import { checkLeaks, localApi } from '../support/local-api.ts';
import { refused } from '../support/refusals.ts';

const opened: MemorySession[] = [];
afterEach(async () => {
  for (const session of opened.splice(0)) await session.close();
});
checkLeaks();

function openSession(): MemorySession {
  const session = new MemorySession();
  opened.push(session);
  return session;
}

/** An agent whose tool waits for an approval, and what the tool did. */
function careful(more: object = {}) {
  const done: string[] = [];
  const remove = tool({
    name: 'remove',
    needsApproval: true,
    execute: ({ file }) => {
      done.push(file);
      return `removed ${file}`;
    },
    ...more,
  });
  const look = tool({ name: 'look', execute: () => 'seen' });
  return { done, agent: new Agent({ name: 'a', tools: [remove, look] }) };
}

const removing = (...files: string[]): Turn => ({
  calls: files.map((file) => ({ name: 'remove', arguments: { file }, callId: `call_${file}` })),
});

/** A session of the caller's, which has no journal. */
class ListSession implements Session {
  readonly items: Record<string, unknown>[] = [];
  loadItems() {
    return [...this.items];
  }
  saveItems(_: string, items: Record<string, unknown>[]) {
    this.items.push(...items);
  }
}

const places: [string, () => { session?: Session; runConfig?: object }][] = [
  ['without a session', () => ({})],
  ['on a session with a journal', () => ({ session: openSession() })],
  [
    'on a session that is stored turn by turn',
    () => ({
      session: openSession(),
      runConfig: { persistence: 'per-turn' },
    }),
  ],
  ["on a session of the caller's", () => ({ session: new ListSession() })],
];

for (const [where, place] of places) {
  const start = (agent: Agent, turns: Turn[]) => {
    const { server, runConfig } = localApi(turns);
    const { session, runConfig: more } = place();
    const options = { ...(session && { session }), runConfig: { ...runConfig, ...more } };
    const interrupted = run(agent, 'go', options);
    return { server, options, interrupted };
  };
  const sent = (server: OpenAIServer) =>
    server.requests.at(-1)!.body.input.map((item: Item) => item.output ?? item.role ?? item.type);

  test(`${where}, a call waits for its approval and is made when it has got it`, async () => {
    const { agent, done } = careful();
    const { server, options, interrupted } = start(agent, [removing('x'), 'Done.']);
    const first = await interrupted;
    assert.equal(first.finalOutput, '');
    const [waiting, ...others] = first.interruptions;
    assert.deepEqual(others, []);
    assert.deepEqual([waiting!.name, waiting!.arguments, waiting!.agent], ['remove', '{"file":"x"}', agent]);
    assert.deepEqual(done, []);

    const state = await RunState.fromString(agent, first.state.toString());
    state.approve(state.getInterruptions()[0]!);
    const second = await Runner.run(agent, state, options);
    assert.deepEqual([second.finalOutput, second.interruptions, done], ['Done.', [], ['x']]);
    assert.deepEqual(sent(server), ['user', 'function_call', 'removed x']);
    assert.deepEqual([second.usage.requests, second.rawResponses.length], [2, 2]);
    assert.equal(second.runId, first.runId);
    assert.equal(second.conversationId, first.conversationId);
  });

  test(`${where}, the model is told of a rejected call, and of what was said meanwhile`, async () => {
    const { agent, done } = careful();
    const { server, options, interrupted } = start(agent, [removing('x', 'y'), 'Done.']);
    const { state, interruptions } = await interrupted;
    state.reject(interruptions[0]!);
    state.reject(interruptions[1]!, { message: 'Never y.' });
    state.addInput('late note');
    assert.equal((await run(agent, state, options)).finalOutput, 'Done.');
    const input = ['user', 'function_call', 'function_call', 'Tool execution was not approved.', 'Never y.', 'user'];
    assert.deepEqual(sent(server), input);
    assert.deepEqual(done, []);
  });

  test(`${where}, what was decided always holds for later calls too`, async () => {
    const { agent, done } = careful();
    const { options, interrupted } = start(agent, [removing('x'), removing('y'), 'Done.']);
    const { state, interruptions } = await interrupted;
    state.approve(interruptions[0]!, { always: true });
    assert.equal((await run(agent, state, options)).finalOutput, 'Done.');
    assert.deepEqual(done, ['x', 'y']);
  });

  test(`${where}, a call that nobody decided on waits on, and its siblings are made once`, async () => {
    const { agent, done } = careful();
    const { options, interrupted } = start(agent, [removing('x', 'y'), 'Done.']);
    const first = await interrupted;
    first.state.approve(first.interruptions[1]!);
    const second = await run(agent, first.state, options);
    assert.deepEqual(
      second.interruptions.map(({ arguments: text }) => text),
      ['{"file":"x"}'],
    );
    second.state.approve(second.interruptions[0]!);
    assert.equal((await run(agent, second.state, options)).finalOutput, 'Done.');
    assert.deepEqual(done, ['y', 'x']);
  });

  test(`${where}, a run cannot go on twice from one state`, async () => {
    const { agent, done } = careful();
    const { options, interrupted } = start(agent, [removing('x'), 'Done.', 'Done.']);
    const { state, interruptions } = await interrupted;
    state.approve(interruptions[0]!);
    await run(agent, state, options);
    const hasJournal = where.endsWith('a journal');
    const [name, code] = hasJournal ? ['SessionError', 'run_superseded'] : ['UserError', 'user_error'];
    await refused(() => run(agent, state, options), name!, code!);
    assert.deepEqual(done, ['x']);
  });
}

test('a conversation has its calls and outputs once, however often its run was interrupted', async () => {
  for (const [, place] of places.slice(1)) {
    const { session, runConfig: more } = place();
    const { agent } = careful();
    const { runConfig } = localApi([removing('x'), removing('y'), 'Done.']);
    const options = { session: session!, conversationId: 'c', runConfig: { ...runConfig, ...more } };
    let result = await run(agent, 'go', options);
    while (result.interruptions.length > 0) {
      const { state } = result;
      for (const call of result.interruptions) state.approve(call);
      result = await run(agent, state, options);
    }
    const types = (await session!.loadItems('c')).map(({ type, role }) => role ?? type);
    const pair = ['function_call', 'function_call_output'];
    assert.deepEqual(types, ['user', ...pair, ...pair, 'assistant']);
  }
});

test('siblings that need no approval are made before the run waits', async () => {
  const { agent } = careful();
  const calls = [{ name: 'look', callId: 'c0' }, ...((removing('x') as { calls: object[] }).calls as never[])];
  const { runConfig } = localApi([{ calls }, 'Done.']);
  const { newItems, interruptions } = await run(agent, 'go', { runConfig });
  assert.deepEqual(
    newItems.map(({ type }) => type),
    ['tool_call_item', 'tool_call_item', 'tool_call_output_item'],
  );
  assert.equal(interruptions.length, 1);
});

test('needsApproval may be asked for each call, with its arguments', async () => {
  const asked: unknown[] = [];
  const needsApproval = (context: unknown, { file }: { file: string }, callId: string) => {
    asked.push(context, callId);
    return file === 'x';
  };
  const { agent, done } = careful({ needsApproval });
  const { interruptions } = await run(agent, 'go', { ...localApi([removing('x', 'y')]), context: 1 });
  assert.deepEqual(
    interruptions.map(({ rawItem }) => rawItem.call_id),
    ['call_x'],
  );
  assert.deepEqual(done, ['y']);
  assert.deepEqual(asked, [{ context: 1 }, 'call_x', { context: 1 }, 'call_y']);
});

test('needsApproval is asked of calls without arguments too, and of none that cannot be made', async () => {
  const asked: unknown[] = [];
  const needsApproval = (_: unknown, args: unknown) => asked.push(args) > 0;
  const calls = ['', '{"file": ', '{}'].map((text, n) => ({ name: 'remove', arguments: text, callId: `call_${n}` }));
  const { agent, done } = careful({ needsApproval });
  const { interruptions } = await run(agent, 'go', localApi([{ calls }]));
  assert.deepEqual(
    interruptions.map(({ rawItem }) => rawItem.call_id),
    ['call_0', 'call_2'],
  );
  assert.deepEqual([asked, done], [[{}, {}], []]);
});

test('toolErrorFormatter words a rejection that has no message', async () => {
  const { agent } = careful();
  const { server, runConfig } = localApi([removing('x'), 'Done.']);
  const { state, interruptions } = await run(agent, 'go', { runConfig });
  state.reject(interruptions[0]!);
  const toolErrorFormatter = ({ kind, callId }: { kind: string; callId: string }) => `${kind} ${callId}`;
  await run(agent, state, { runConfig, toolErrorFormatter });
  assert.equal(server.requests.at(-1)!.body.input.at(-1).output, 'approval_rejected call_x');
});

test('a streamed run tells of the calls that wait, and can go on streamed', async () => {
  const { agent } = careful();
  const { runConfig } = localApi([removing('x'), 'Done.']);
  const names: string[] = [];
  const read = async (input: string | RunState) => {
    const streamed = await run(agent, input, { runConfig, stream: true });
    assert.deepEqual([streamed.interruptions, streamed.state, streamed.finalOutput], [[], undefined, undefined]);
    for await (const event of streamed) if (event.type === 'run_item_stream_event') names.push(event.name);
    return streamed;
  };
  const { state, interruptions } = await read('go');
  state!.approve(interruptions[0]!);
  assert.equal((await read(state!)).finalOutput, 'Done.');
  assert.deepEqual(names, ['tool_called', 'tool_approval_requested', 'tool_output', 'message_output_created']);
});

test('a run that waits is an open run of its conversation, and a new run answers its calls', async () => {
  await using session = new MemorySession();
  const { agent, done } = careful();
  const { runConfig } = localApi([removing('x'), 'Never mind.']);
  const options = { session, conversationId: 'c', runConfig };
  const { state, interruptions, runId } = await run(agent, 'go', options);
  const [open] = await session.openRuns('c');
  assert.deepEqual([open?.runId, open?.state], [runId, 'awaiting_approval']);
  assert.equal((await run(agent, 'Something else', options)).finalOutput, 'Never mind.');
  assert.deepEqual(done, []);
  state.approve(interruptions[0]!);
  await refused(() => run(agent, state, options), 'SessionError', 'run_superseded');
});

test('a call of the agent that a handoff led to waits with that agent', async () => {
  const { agent: helper, done } = careful();
  const first = new Agent({ name: 'first', handoffs: [helper] });
  const { runConfig } = localApi([{ calls: [{ name: 'transfer_to_a' }] }, removing('x'), 'Done.']);
  const { state, interruptions, lastAgent } = await run(first, 'go', { runConfig });
  assert.deepEqual([interruptions[0]!.agent, lastAgent, state.currentAgent], [helper, helper, helper]);
  const again = await RunState.fromString(first, state.toString());
  again.approve(again.getInterruptions()[0]!);
  const result = await run(first, again, { runConfig });
  assert.deepEqual([result.finalOutput, result.lastAgent, done], ['Done.', helper, ['x']]);
});

test('after a reload, a run that waits is found again without its state', async () => {
  await using session = new MemorySession();
  const { agent, done } = careful();
  const { runConfig } = localApi([removing('x'), 'Done.']);
  const options = { session, conversationId: 'c', runConfig };
  const { runId } = await run(agent, 'go', options);
  const found = await Runner.resume(agent, options);
  assert.deepEqual([found.runId, found.interruptions.length, found.finalOutput], [runId, 1, '']);
  found.state.approve(found.interruptions[0]!);
  assert.equal((await run(agent, found.state, options)).finalOutput, 'Done.');
  assert.deepEqual(done, ['x']);
});
