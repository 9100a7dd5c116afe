import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Agent, MemorySession, run, tool } from 'agents-wasm';

import { checkLeaks } from '../support/local-api.ts';
import { dataOf, treeOf } from '../support/span-tree.ts';
import { agent, sum, traced } from '../support/traced-runs.ts';

checkLeaks();

test('with a session the trace names conversation and session, and tells what was loaded and saved', async () => {
  await using session = new MemorySession();
  const { memory, runConfig } = traced([sum, 'three', 'again']);
  const options = { session, conversationId: 'c-1', runConfig: { ...runConfig, traceMetadata: { mine: 1 } } };
  const { trace } = await run(agent, '1 + 2?', options);
  const [exported] = memory.traces;
  assert.equal(exported!.groupId, 'c-1');
  assert.deepEqual(exported!.metadata, { conversation_id: 'c-1', session_type: 'MemorySession', mine: 1 });
  assert.deepEqual(exported!.metadata, trace.metadata);
  assert.deepEqual(treeOf(memory), [
    'task Agent workflow',
    '  session.load 0',
    '  session.save 1',
    '  agent A',
    '    turn 1',
    '      generation',
    '      function add',
    '    turn 2',
    '      generation',
    '  session.save 1',
    '  session.save 1',
    '  session.save 4',
  ]);
  memory.clear();
  await run(agent, 'again', options);
  const [load] = dataOf(memory, 'custom');
  assert.equal(load!.name, 'session.load');
  assert.equal(load!.data.items, 4);
  assert.ok((load!.data.bytes as number) > 100);
  assert.equal(typeof load!.data.ms, 'number');
});

test('a conversation that nobody named has the name in the trace that it gets', async () => {
  await using session = new MemorySession();
  const { memory, runConfig } = traced(['hello']);
  const { conversationId } = await run(agent, 'hi', { session, runConfig });
  assert.match(conversationId!, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.equal(memory.traces[0]!.groupId, conversationId);
  assert.equal(memory.traces[0]!.metadata.conversation_id, conversationId);
});

test("a custom session's loads and saves are traced, and their failures", async () => {
  const items: object[] = [];
  const session = {
    async loadItems() {
      return items;
    },
    async saveItems(_: string, more: object[]) {
      if (items.length > 0) throw new Error('The disk is full.');
      items.push(...more);
    },
  };
  const { memory, runConfig } = traced(['hello']);
  await assert.rejects(run(agent, 'hi', { session, conversationId: 'c', runConfig }));
  assert.deepEqual(treeOf(memory), [
    'task Agent workflow !The disk is full.',
    '  session.load 0',
    '  session.save 1',
    '  agent A',
    '    turn 1',
    '      generation',
    '  session.save ? !The disk is full.',
  ]);
});

test('a run that waits for an approval ends its trace, and goes on in another of the same group', async () => {
  await using session = new MemorySession();
  const ask = tool({ name: 'ask', needsApproval: true, execute: () => 'done' });
  const one = new Agent({ name: 'A', tools: [ask] });
  const { memory, runConfig } = traced([{ calls: [{ name: 'ask' }] }, 'ok']);
  const options = { session, conversationId: 'c', runConfig };
  const { state, interruptions } = await run(one, 'go', options);
  assert.ok(memory.spans.every(({ endedAt, error }) => endedAt !== null && error === null));
  state.approve(interruptions[0]!);
  await run(one, state, options);
  const [first, second] = memory.traces;
  assert.equal(first!.groupId, second!.groupId);
  assert.deepEqual(
    treeOf(memory, second).filter((line) => !line.includes('session')),
    ['task Agent workflow', '  agent A', '    turn 1', '      function ask', '    turn 2', '      generation'],
  );
});
