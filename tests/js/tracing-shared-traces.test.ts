import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';

import { Agent, MemoryProcessor, type RunContext, run, setTracing, type Trace, tool, withTrace } from 'agents-wasm';

import { checkLeaks, localApi } from '../support/local-api.ts';
import { treeOf } from '../support/span-tree.ts';
import { add, agent, sum, traced } from '../support/traced-runs.ts';

checkLeaks();
afterEach(() => setTracing({}));

test('an agent that is a tool is traced inside the call of it', async () => {
  const { memory, runConfig } = traced([{ calls: [{ name: 'b', arguments: { input: 'x' } }] }, 'inner', 'outer']);
  const inner = new Agent({ name: 'b' });
  const { finalOutput } = await run(new Agent({ name: 'A', tools: [inner.asTool()] }), 'go', { runConfig });
  assert.equal(finalOutput, 'outer');
  assert.deepEqual(treeOf(memory), [
    'task Agent workflow',
    '  agent A',
    '    turn 1',
    '      generation',
    '      function b',
    '        task Agent workflow',
    '          agent b',
    '            turn 1',
    '              generation',
    '    turn 2',
    '      generation',
  ]);
});

test('a run inside a tool is part of the trace around it, inside the call that started it', async () => {
  const inner = new Agent({ name: 'B', tools: [add] });
  const { runConfig: innerConfig } = localApi([sum, 'three', sum, 'six']);
  const ask = tool({
    name: 'ask',
    execute: async (_: unknown, parent: RunContext) =>
      (await run(inner, 'sum', { parent, runConfig: innerConfig })).finalOutput,
  });
  const calls = [{ name: 'ask' }, { name: 'ask' }];
  const { memory, runConfig } = traced([{ calls }, 'done']);
  await run(new Agent({ name: 'A', tools: [ask] }), 'go', { runConfig });
  assert.equal(memory.traces.length, 1);
  const nested = [
    '        task Agent workflow',
    '          agent B',
    '            turn 1',
    '              generation',
    '              function add',
    '            turn 2',
    '              generation',
  ];
  const tree = treeOf(memory);
  assert.deepEqual(tree.slice(0, 4), ['task Agent workflow', '  agent A', '    turn 1', '      generation']);
  const first = tree.indexOf('      function ask');
  const second = tree.indexOf('      function ask', first + 1);
  // Which of them is answered first is for the network to say; each has its own run.
  for (const at of [first, second]) assert.equal(tree[at + 1], nested[0]);
  assert.equal(tree.filter((line) => line === nested[1]).length, 2);
  assert.deepEqual(tree.slice(-2), ['    turn 2', '      generation']);
});

test('a run inside the tool of a run that is not traced on purpose is not traced either', async () => {
  const memory = new MemoryProcessor();
  setTracing({ processors: [memory] });
  const { runConfig: innerConfig } = localApi(['inner']);
  const ask = tool({
    name: 'ask',
    execute: async (_: unknown, parent: RunContext) =>
      (await run(agent, 'x', { parent, runConfig: innerConfig })).finalOutput,
  });
  const { runConfig } = localApi([{ calls: [{ name: 'ask' }] }, 'done']);
  await run(new Agent({ name: 'A', tools: [ask] }), 'go', { runConfig: { ...runConfig, tracing: { disabled: true } } });
  assert.deepEqual(memory.traces, []);
});

test('runs that are given one trace become parts of it', async () => {
  const memory = new MemoryProcessor();
  setTracing({ processors: [memory] });
  const { runConfig } = localApi(['one', 'two']);
  const result = await withTrace(
    'Two jokes',
    async (trace) => {
      const config = { ...runConfig, tracing: { trace } };
      await run(agent, 'a joke', { runConfig: config });
      return (await run(agent, 'a better one', { runConfig: config })).finalOutput;
    },
    { groupId: 'g', metadata: { a: 1 } },
  );
  assert.equal(result, 'two');
  assert.equal(memory.traces.length, 1);
  const { traceId: _, ...trace } = memory.traces[0]!;
  assert.deepEqual({ ...trace }, { type: 'trace', name: 'Two jokes', groupId: 'g', metadata: { a: 1 } });
  const one = ['task Two jokes', '  agent A', '    turn 1', '      generation'];
  assert.deepEqual(treeOf(memory), [...one, ...one]);
});

test('a trace ends with its function, also when that fails, and takes no run afterwards', async () => {
  const heard: string[] = [];
  const memory = new MemoryProcessor();
  memory.onTraceEnd = () => void heard.push('ended');
  let kept: Trace | undefined;
  const fails = withTrace(
    'w',
    (trace) => {
      kept = trace;
      throw new Error('mine');
    },
    { processors: [memory] },
  );
  await assert.rejects(fails, /^Error: mine$/);
  assert.deepEqual(heard, ['ended']);
  const { runConfig } = localApi(['x']);
  await assert.rejects(run(agent, 'x', { runConfig: { ...runConfig, tracing: { trace: kept! } } }), {
    code: 'user_error',
    message: /tracing\.trace has ended/,
  });
});
