import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Agent, MemoryProcessor, run } from 'agents-wasm';

import { checkLeaks, localApi, tick } from '../support/local-api.ts';
import { dataOf, treeOf } from '../support/span-tree.ts';
import { add, agent, sum, traced } from '../support/traced-runs.ts';

checkLeaks();

test('the trace of a run has its agent, turns, answers and tools, each inside what caused it', async () => {
  const { memory, runConfig } = traced([sum, 'three']);
  await run(agent, '1 + 2?', { runConfig });
  assert.deepEqual(treeOf(memory), [
    'task Agent workflow',
    '  agent A',
    '    turn 1',
    '      generation',
    '      function add',
    '    turn 2',
    '      generation',
  ]);
});

test('a trace and its spans are written as the SDK writes them', async () => {
  const { memory, runConfig } = traced([sum, 'three'], { workflowName: 'WF', groupId: 'thread_7' });
  await run(agent, '1 + 2?', { runConfig: { ...runConfig, traceMetadata: { cust: 'u1' } } });
  const [trace] = memory.traces;
  assert.match(trace!.traceId, /^trace_[0-9a-f]{32}$/);
  assert.deepEqual(trace!.toJSON(), {
    object: 'trace',
    id: trace!.traceId,
    workflow_name: 'WF',
    group_id: 'thread_7',
    metadata: { cust: 'u1' },
  });
  const [task, one, turn, , call] = memory.spans.map((span) => span.toJSON());
  for (const json of memory.spans.map((span) => span.toJSON())) {
    assert.match(json.id, /^span_[0-9a-f]{24}$/);
    for (const at of [json.started_at, json.ended_at]) assert.match(at!, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    assert.equal(json.trace_id, trace!.traceId);
    assert.equal(json.object, 'trace.span');
    assert.equal(json.error, null);
  }
  assert.equal(task!.parent_id, null);
  assert.equal(one!.parent_id, task!.id);
  assert.equal(turn!.parent_id, one!.id);
  assert.equal(call!.parent_id, turn!.id);
  // As in the record of the SDK for Python; its `mcp_data` is for servers that it calls itself.
  assert.deepEqual(call!.span_data, { type: 'function', name: 'add', input: '{"a":1,"b":2}', output: '3' });
  const usage = dataOf(memory, 'turn')[0]!.usage!;
  assert.deepEqual(Object.keys(usage), [
    'input_tokens',
    'output_tokens',
    'cached_input_tokens',
    'cache_write_input_tokens',
  ]);
  assert.ok(usage.input_tokens > 0 && usage.output_tokens > 0);
  const turnData = { sdk_span_type: 'turn', turn: 1, agent_name: 'A', usage };
  assert.deepEqual(turn!.span_data, { type: 'custom', name: 'turn', data: turnData });
  assert.deepEqual(one!.span_data, { type: 'agent', name: 'A', handoffs: [], tools: ['add'], output_type: 'text' });
});

test('the task has the tokens of all its turns', async () => {
  const { memory, runConfig } = traced([sum, 'three']);
  const { usage } = await run(agent, '1 + 2?', { runConfig });
  assert.deepEqual(dataOf(memory, 'task')[0]!.usage, {
    input_tokens: usage.inputTokens,
    output_tokens: usage.outputTokens,
    cached_input_tokens: usage.cachedTokens,
    cache_write_input_tokens: 0,
    requests: 2,
    total_tokens: usage.totalTokens,
  });
});

test('a generation has the model, what it was sent and said, the id of the response and its tokens', async () => {
  const { memory, runConfig } = traced(['hello']);
  const { lastResponseId, newItems } = await run(agent, 'hi', { runConfig });
  const [generation] = dataOf(memory, 'generation');
  const { usage, ...data } = generation!;
  assert.deepEqual(data, {
    type: 'generation',
    model: 'gpt-5.6-luna',
    input: [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'hi' },
    ],
    output: [newItems[0]!.rawItem],
    response_id: lastResponseId,
  });
  assert.deepEqual(Object.keys(usage!), ['input_tokens', 'output_tokens', 'details']);
});

test('a handoff ends one agent and begins the next', async () => {
  const next = new Agent({ name: 'B' });
  const first = new Agent({ name: 'A', handoffs: [next] });
  const { memory, runConfig } = traced([{ calls: [{ name: 'transfer_to_b' }] }, 'done']);
  const { lastAgent } = await run(first, 'go', { runConfig });
  assert.equal(lastAgent.name, 'B');
  assert.deepEqual(treeOf(memory), [
    'task Agent workflow',
    '  agent A',
    '    turn 1',
    '      generation',
    '      handoff A B',
    '  agent B',
    '    turn 2',
    '      generation',
  ]);
  assert.deepEqual(dataOf(memory, 'agent')[0]!.handoffs, ['B']);
});

test('a streamed run is traced as any other, whether or not somebody reads', async () => {
  for (const reads of [true, false]) {
    const { memory, runConfig } = traced([sum, 'three']);
    const streamed = await run(agent, '1 + 2?', { stream: true, runConfig });
    if (reads) for await (const _ of streamed) await tick();
    await streamed.completed;
    assert.deepEqual(treeOf(memory), [
      'task Agent workflow',
      '  agent A',
      '    turn 1',
      '      generation',
      '      function add',
      '    turn 2',
      '      generation',
    ]);
  }
});

test('runs at the same time have traces of their own', async () => {
  const memory = new MemoryProcessor();
  const names = ['a', 'b', 'c', 'd'];
  await Promise.all(
    names.map((name) => {
      const { runConfig } = localApi([sum, name]);
      const tracing = { processors: [memory], workflowName: name };
      return run(new Agent({ name, tools: [add] }), name, { runConfig: { ...runConfig, tracing } });
    }),
  );
  assert.deepEqual(memory.traces.map(({ name }) => name).sort(), names);
  for (const trace of memory.traces) {
    assert.deepEqual(treeOf(memory, trace), [
      `task ${trace.name}`,
      `  agent ${trace.name}`,
      '    turn 1',
      '      generation',
      '      function add',
      '    turn 2',
      '      generation',
    ]);
  }
});
