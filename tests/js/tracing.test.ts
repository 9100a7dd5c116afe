import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';

import {
  Agent,
  MemoryProcessor,
  MemorySession,
  type RunConfig,
  type RunContext,
  run,
  setTracing,
  type Trace,
  tool,
  withTrace,
} from 'agents-wasm';

import { loadCore } from '../../dist/instance.js';
import { answeredBy, checkLeaks, KEY, localApi, tick } from '../support/local-api.ts';
import { dataOf, treeOf } from '../support/span-tree.ts';

checkLeaks();
afterEach(() => setTracing({}));

const add = tool({ name: 'add', execute: ({ a, b }: { a: number; b: number }) => String(a + b) });
const agent = new Agent({ name: 'A', instructions: 'Be brief.', tools: [add] });
const sum = { calls: [{ name: 'add', arguments: { a: 1, b: 2 }, callId: 'c1' }] };

/** A run's config, and where its trace goes. */
function traced(turns: Parameters<typeof localApi>[0], more: RunConfig['tracing'] = {}) {
  const memory = new MemoryProcessor();
  const { server, runConfig } = localApi(turns);
  return { memory, server, runConfig: { ...runConfig, tracing: { processors: [memory], ...more } } };
}

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

test('a failing tool is an error of its span, and the run goes on', async () => {
  const bad = tool({
    name: 'bad',
    execute: () => {
      throw new Error('The city is missing.');
    },
  });
  const { memory, runConfig } = traced([{ calls: [{ name: 'bad' }] }, 'sorry']);
  await run(new Agent({ name: 'A', tools: [bad] }), 'go', { runConfig });
  const [call] = memory.spans.filter(({ spanData }) => spanData.type === 'function');
  assert.deepEqual(call!.error, { message: 'Error running tool (non-fatal)', data: { error: 'The city is missing.' } });
  assert.ok(treeOf(memory).includes('      function bad !Error running tool (non-fatal)'));
  assert.equal(treeOf(memory).filter((line) => line.includes('!')).length, 1);
});

test('what fails a run is the error of all spans that were under way', async () => {
  const { memory, runConfig } = traced([{ failed: { message: 'No more.' } }]);
  const error = await run(agent, 'hi', { runConfig }).catch((error) => error);
  assert.deepEqual(treeOf(memory), [
    `task Agent workflow !${error.message}`,
    `  agent A !${error.message}`,
    `    turn 1 !${error.message}`,
    `      generation !${error.message}`,
  ]);
  assert.deepEqual(memory.spans[0]!.error?.data, { code: error.code });
});

test('a run that is cancelled ends all its spans, before its promise settles', async () => {
  const memory = new MemoryProcessor();
  const controller = new AbortController();
  const runConfig = answeredBy(() => new Promise(() => queueMicrotask(() => controller.abort())));
  const options = { signal: controller.signal, runConfig: { ...runConfig, tracing: { processors: [memory] } } };
  await assert.rejects(run(agent, 'hi', options), { code: 'aborted' });
  const stopped = 'The run was stopped.';
  assert.deepEqual(treeOf(memory), [
    `task Agent workflow !${stopped}`,
    `  agent A !${stopped}`,
    `    turn 1 !${stopped}`,
    `      generation !${stopped}`,
  ]);
});

test('a tool that was at work when its run was cancelled was aborted', async () => {
  const controller = new AbortController();
  const slow = tool({ name: 'slow', execute: () => new Promise(() => controller.abort()) });
  const { memory, runConfig } = traced([{ calls: [{ name: 'slow' }] }]);
  const one = new Agent({ name: 'A', tools: [slow] });
  await assert.rejects(run(one, 'hi', { signal: controller.signal, runConfig }));
  assert.equal(treeOf(memory).at(-1), '      function slow !aborted');
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

test('guardrails are spans of their agent, with what they found', async () => {
  const guardrail = (name: string, tripwireTriggered: boolean, runInParallel = true) => ({
    name,
    runInParallel,
    execute: async () => ({ tripwireTriggered, outputInfo: 'SECRET' }),
  });
  const inputGuardrails = [guardrail('first', false, false), guardrail('beside', false)];
  const one = new Agent({ name: 'A', inputGuardrails, outputGuardrails: [guardrail('last', true)] });
  const { memory, runConfig } = traced(['hello'], { includeSensitiveData: false });
  await assert.rejects(run(one, 'hi', { runConfig }), { code: 'output_guardrail_tripwire' });
  assert.deepEqual(treeOf(memory), [
    'task Agent workflow !output_guardrail_tripwire',
    '  agent A !output_guardrail_tripwire',
    '    turn 1 !output_guardrail_tripwire',
    '      generation',
    '    guardrail first false',
    '    guardrail beside false',
    '    guardrail last true',
  ]);
  assert.doesNotMatch(JSON.stringify(memory.spans), /SECRET/);
});

test('an input guardrail that stops a run ends the answer that was under way beside it', async () => {
  const execute = async () => ({ tripwireTriggered: true });
  const one = new Agent({ name: 'A', inputGuardrails: [{ name: 'no', execute }] });
  const memory = new MemoryProcessor();
  const runConfig = { ...answeredBy(() => new Promise(() => {})), tracing: { processors: [memory] } };
  await assert.rejects(run(one, 'hi', { runConfig }), { code: 'input_guardrail_tripwire' });
  assert.ok(memory.spans.every(({ endedAt }) => endedAt !== null));
  assert.ok(treeOf(memory).includes('    guardrail no true'));
});

test("a tool's guardrails are spans of its call", async () => {
  const reject = { name: 'reject', run: () => ({ behavior: { type: 'rejectContent' as const, message: 'No.' } }) };
  const allow = { name: 'allow', run: () => ({ behavior: { type: 'allow' as const } }) };
  const guarded = tool({ name: 'act', execute: () => 'done', inputGuardrails: [allow], outputGuardrails: [reject] });
  const { memory, runConfig } = traced([{ calls: [{ name: 'act' }] }, 'ok']);
  await run(new Agent({ name: 'A', tools: [guarded] }), 'go', { runConfig });
  const tree = treeOf(memory);
  const at = tree.indexOf('      function act');
  assert.deepEqual(tree.slice(at, at + 3), [
    '      function act',
    '        guardrail allow false',
    '        guardrail reject true',
  ]);
});

test('an error that a tool puts in words of its own is an error of its span', async () => {
  const bad = tool({
    name: 'bad',
    errorFunction: () => 'Try tomorrow.',
    execute: () => {
      throw new Error('The city is missing.');
    },
  });
  const fatal = tool({
    name: 'fatal',
    errorFunction: null,
    execute: () => {
      throw new Error('Stop.');
    },
  });
  const { memory, runConfig } = traced([{ calls: [{ name: 'bad' }] }, { calls: [{ name: 'fatal' }] }]);
  const one = new Agent({ name: 'A', tools: [bad, fatal] });
  await assert.rejects(run(one, 'go', { runConfig }), { code: 'tool_call_error' });
  const calls = memory.spans.filter(({ spanData }) => spanData.type === 'function').map(({ error }) => error);
  assert.deepEqual(calls, [
    { message: 'Error running tool (non-fatal)', data: { error: 'The city is missing.' } },
    { message: "The tool 'fatal' failed: Stop.", data: { code: 'tool_call_error' } },
  ]);
  assert.equal(dataOf(memory, 'function')[0]!.output, 'Try tomorrow.');
});

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

test('without sensitive data a trace holds nothing that was said', async () => {
  await using session = new MemorySession();
  const secret = tool({ name: 'tell', execute: () => 'SECRET of the tool' });
  const bad = tool({
    name: 'bad',
    execute: () => {
      throw new Error('SECRET in an error');
    },
  });
  const one = new Agent({ name: 'A', instructions: 'SECRET instructions', tools: [secret, bad] });
  const calls = [
    { name: 'tell', arguments: { text: 'SECRET' } },
    { name: 'bad', arguments: { text: 'SECRET' } },
  ];
  const { memory, runConfig } = traced([{ calls }, 'SECRET answer', { failed: { message: 'SECRET' } }], {
    includeSensitiveData: false,
  });
  await run(one, 'SECRET question', { session, conversationId: 'c', runConfig });
  await assert.rejects(run(one, 'SECRET question', { session, conversationId: 'c', runConfig }));
  const text = JSON.stringify([...memory.traces, ...memory.spans, memory.spans.map(({ spanData }) => spanData)]);
  assert.doesNotMatch(text, /SECRET/);
  assert.match(text, /"error":\{"message":"model_failed","data":\{"code":"model_failed"\}\}/);
  assert.ok(dataOf(memory, 'generation').every(({ response_id }) => response_id !== ''));
});

test('a key never appears in a trace, not even where somebody throws it', async () => {
  const bad = tool({
    name: 'bad',
    execute: () => {
      throw new Error(`401 for Bearer ${KEY}`);
    },
  });
  const { memory, runConfig } = traced([{ calls: [{ name: 'bad' }] }, () => Promise.reject(new Error(KEY))]);
  await assert.rejects(run(new Agent({ name: 'A', tools: [bad] }), 'go', { runConfig }));
  const errors = JSON.stringify(memory.spans.map(({ error }) => error));
  assert.match(errors, /401 for Bearer …/);
  assert.doesNotMatch(errors, new RegExp(KEY));
  assert.doesNotMatch(JSON.stringify(memory.traces), new RegExp(KEY));
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

test("a run's own tracing wins over what was set for all", async () => {
  const [all, own] = [new MemoryProcessor(), new MemoryProcessor()];
  setTracing({ processors: [all], includeSensitiveData: false });
  const { runConfig } = localApi(['1', '2', '3']);
  await run(agent, 'x', { runConfig });
  await run(agent, 'x', { runConfig: { ...runConfig, tracing: { processors: [own], includeSensitiveData: true } } });
  await run(agent, 'x', { runConfig: { ...runConfig, tracing: { disabled: true } } });
  assert.equal(all.traces.length, 1);
  assert.equal(dataOf(all, 'generation')[0]!.input, undefined);
  assert.equal(own.traces.length, 1);
  assert.ok(dataOf(own, 'generation')[0]!.input);
});

test('nothing is traced by default, or without processors: the core is not asked for spans', async () => {
  const core = await loadCore();
  const asked: unknown[] = [];
  const { settled } = core;
  core.settled = (operation, head, ...more) => {
    if (operation === 'run') asked.push((head as { tracing?: string }).tracing);
    return settled.call(core, operation, head, ...more);
  };
  try {
    const { runConfig } = localApi(['1', '2', '3', '4', '5']);
    await run(agent, 'x', { runConfig });
    await run(agent, 'x', { runConfig: { ...runConfig, tracing: { processors: [] } } });
    await run(agent, 'x', { runConfig: { ...runConfig, tracing: { disabled: true } } });
    await withTrace('w', (trace) => run(agent, 'x', { runConfig: { ...runConfig, tracing: { trace } } }));
    await run(agent, 'x', { runConfig: { ...runConfig, tracing: { processors: [new MemoryProcessor()] } } });
  } finally {
    core.settled = settled;
  }
  assert.deepEqual(asked, [undefined, undefined, undefined, undefined, 'sensitive']);
});

test('options of tracing that cannot work are refused', async () => {
  const { runConfig } = localApi([]);
  const refusals: [unknown, RegExp][] = [
    [{ processors: {} }, /^processors must be an array of tracing processors, but is an object\.$/],
    [{ processors: [null] }, /^processors\[0\] must be a tracing processor, but is null\.$/],
    [{ processors: [{}] }, /^processors\[0\]\.onTraceStart must be a function, but is undefined\.$/],
    [{ traceId: 'trace_1' }, /^traceId must be 'trace_' and 32 letters and digits\.$/],
    [{ includeSensitiveData: 1 }, /^includeSensitiveData must be a boolean, but is a number\.$/],
    [{ trace: {} }, /^trace must be the trace of a withTrace, but is an object\.$/],
    [null, /^tracing must be an object, but is null\.$/],
  ];
  for (const [tracing, message] of refusals) {
    const config = { ...runConfig, tracing: tracing as RunConfig['tracing'] } as RunConfig;
    await assert.rejects(async () => run(agent, 'x', { runConfig: config }), { code: 'invalid_argument', message });
  }
});
