import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  Agent,
  ConsoleProcessor,
  MemoryProcessor,
  type OtelApi,
  openTelemetryProcessor,
  type RunConfig,
  run,
  type TracingProcessor,
  tool,
  withTrace,
} from 'agents-wasm';

import { checkLeaks, localApi } from '../support/local-api.ts';
import { treeOf } from '../support/span-tree.ts';

checkLeaks();

const add = tool({ name: 'add', execute: ({ a, b }: { a: number; b: number }) => String(a + b) });
const agent = new Agent({ name: 'A', tools: [add] });
const sum = { calls: [{ name: 'add', arguments: { a: 1, b: 2 }, callId: 'c1' }] };

async function runTraced(processors: TracingProcessor[], more: RunConfig['tracing'] = {}): Promise<string> {
  const { runConfig } = localApi([sum, 'three']);
  const tracing = { processors, ...more };
  return (await run(agent, '1 + 2?', { runConfig: { ...runConfig, tracing } })).finalOutput;
}

/** What was said in the console while this ran. */
async function warningsOf(work: () => Promise<unknown>): Promise<unknown[]> {
  const said: unknown[] = [];
  const { warn } = console;
  console.warn = (text) => said.push(text);
  try {
    await work();
  } finally {
    console.warn = warn;
  }
  return said;
}

test('a processor that throws or rejects harms neither the run nor the others, and is named once', async () => {
  const fails = () => {
    throw new Error('mine');
  };
  const rejects = () => Promise.reject(new Error('later'));
  const endless = () => new Promise<void>(() => {});
  const bad = (work: () => never | Promise<never> | Promise<void>): TracingProcessor => ({
    onTraceStart: work,
    onTraceEnd: work,
    onSpanStart: work,
    onSpanEnd: work,
    forceFlush: work,
    shutdown: work,
  });
  const memory = new MemoryProcessor();
  const said = await warningsOf(async () => {
    assert.equal(await runTraced([bad(fails), bad(rejects), bad(endless), memory]), 'three');
  });
  assert.equal(treeOf(memory).length, 7);
  assert.deepEqual(said, [
    'agents-wasm: a tracing processor failed: mine',
    'agents-wasm: a tracing processor failed: later',
  ]);
});

test('a processor that changes what it is told of a run does not change the run', async () => {
  const empty = ({ spanData }: { spanData: object }) => {
    for (const key of Object.keys(spanData)) delete (spanData as Record<string, unknown>)[key];
  };
  const meddler: TracingProcessor = {
    onTraceStart() {},
    onTraceEnd() {},
    onSpanStart: empty,
    onSpanEnd: empty,
    forceFlush() {},
    shutdown() {},
  };
  assert.equal(await runTraced([meddler]), 'three');
});

test('processors hear of a trace first and last, and of each span when it begins and ends', async () => {
  const heard: string[] = [];
  const listener: TracingProcessor = {
    onTraceStart: () => void heard.push('trace'),
    onTraceEnd: () => void heard.push('/trace'),
    onSpanStart: ({ spanData, endedAt }) => void heard.push(`${spanData.type}${endedAt === null ? '' : '!'}`),
    onSpanEnd: ({ spanData, endedAt }) => void heard.push(`/${spanData.type}${endedAt === null ? '!' : ''}`),
    forceFlush() {},
    shutdown() {},
  };
  await runTraced([listener]);
  assert.equal(
    heard.join(' '),
    'trace task agent turn generation /generation function /function /turn turn generation /generation /turn /agent /task /trace',
  );
});

test('the memory keeps the newest traces', async () => {
  const memory = new MemoryProcessor({ maxTraces: 2 });
  for (const name of ['a', 'b', 'c']) await withTrace(name, () => {}, { processors: [memory] });
  assert.deepEqual(
    memory.traces.map(({ name }) => name),
    ['b', 'c'],
  );
  memory.clear();
  assert.deepEqual(memory.traces, []);
  assert.throws(() => new MemoryProcessor({ maxTraces: 0 }), { code: 'invalid_argument' });
});

test('the console is told names, times and counts, and nothing that was said', async () => {
  const lines: string[] = [];
  await runTraced([new ConsoleProcessor({ write: (line) => lines.push(line) })], { groupId: 'g' });
  const shown = lines.map((line) => line.replace(/trace_\w+/, 'trace_…').replace(/\d+ (ms|tokens|\+)/g, '# $1'));
  assert.deepEqual(shown, [
    'trace_… "Agent workflow" of g began',
    '        generation gpt-5.6-luna, # + # tokens, # ms',
    '        function add, # ms',
    '      turn 1, # ms',
    '        generation gpt-5.6-luna, # + # tokens, # ms',
    '      turn 2, # ms',
    '    agent A, # ms',
    '  task Agent workflow, # + # tokens, # ms',
    'trace_… ended',
  ]);
  const failed: string[] = [];
  const { runConfig } = localApi([{ failed: { message: 'What a user said.' } }]);
  const tracing = { processors: [new ConsoleProcessor({ write: (line) => failed.push(line) })] };
  await assert.rejects(run(agent, 'x', { runConfig: { ...runConfig, tracing } }));
  assert.match(failed.at(-2) ?? '', /^ {2}task Agent workflow, .*, failed: model_failed$/);
  assert.doesNotMatch(failed.join(), /user said/);
});

interface FakeSpan {
  name: string;
  parent: FakeSpan | undefined;
  kind: number;
  attributes: Record<string, unknown>;
  status?: { code: number; message?: string };
  ended: boolean;
}

const SPAN_KEY = Symbol.for('OpenTelemetry Context Key SPAN');

/** Stands in for `@opentelemetry/api`, with the parts of its interface that are documented as stable. */
function fakeApi(spans: FakeSpan[]): OtelApi {
  const contextWith = (span: unknown) => ({ getValue: (key: symbol) => (key === SPAN_KEY ? span : undefined) });
  const tracer = {
    startSpan(name: string, options: { kind: number; attributes: object; startTime: Date }, context?: unknown) {
      const { getValue } = (context ?? contextWith(undefined)) as { getValue(key: symbol): unknown };
      const parent = getValue.call(context, SPAN_KEY) as { fake: FakeSpan } | undefined;
      const attributes: Record<string, unknown> = { ...options.attributes };
      const fake: FakeSpan = { name, parent: parent?.fake, kind: options.kind, attributes, ended: false };
      assert.ok(options.startTime instanceof Date);
      spans.push(fake);
      return {
        fake,
        setAttribute(key: string, value: unknown) {
          attributes[key] = value;
        },
        setStatus(status: { code: number; message?: string }) {
          fake.status = status;
        },
        end(time?: Date) {
          assert.ok(time instanceof Date && !fake.ended);
          fake.ended = true;
        },
      };
    },
  };
  return {
    trace: { getTracer: () => tracer, setSpan: (_: unknown, span: unknown) => contextWith(span) },
    context: { active: () => contextWith(undefined) },
  };
}

function pathOf(span: FakeSpan | undefined): string {
  return span ? `${pathOf(span.parent)}/${span.name}` : '';
}

test('OpenTelemetry gets spans inside each other, given its module or a tracer', async () => {
  for (const given of ['module', 'tracer']) {
    const spans: FakeSpan[] = [];
    const api = fakeApi(spans);
    await runTraced([openTelemetryProcessor(given === 'module' ? api : api.trace.getTracer(''))]);
    assert.deepEqual(spans.map(pathOf), [
      '/Agent workflow',
      '/Agent workflow/task',
      '/Agent workflow/task/invoke_agent A',
      '/Agent workflow/task/invoke_agent A/turn',
      '/Agent workflow/task/invoke_agent A/turn/chat gpt-5.6-luna',
      '/Agent workflow/task/invoke_agent A/turn/execute_tool add',
      '/Agent workflow/task/invoke_agent A/turn',
      '/Agent workflow/task/invoke_agent A/turn/chat gpt-5.6-luna',
    ]);
    assert.ok(spans.every(({ ended, status }) => ended && status === undefined));
  }
});

test('OpenTelemetry spans have the names of its conventions', async () => {
  const spans: FakeSpan[] = [];
  await runTraced([openTelemetryProcessor(fakeApi(spans))]);
  const call = spans.find(({ name }) => name === 'execute_tool add');
  assert.deepEqual(call?.attributes, {
    'gen_ai.operation.name': 'execute_tool',
    'gen_ai.tool.name': 'add',
    'gen_ai.tool.call.id': 'c1',
    'gen_ai.tool.call.arguments': '{"a":1,"b":2}',
    'gen_ai.tool.call.result': '3',
  });
  const chat = spans.find(({ name }) => name.startsWith('chat'));
  assert.equal(chat?.kind, 2);
  assert.equal(chat?.attributes['gen_ai.request.model'], 'gpt-5.6-luna');
  assert.equal(typeof chat?.attributes['gen_ai.usage.input_tokens'], 'number');
  assert.match(String(chat?.attributes['gen_ai.response.id']), /^resp_/);
});

test('OpenTelemetry spans that fail have the status of an error, and nothing that was said without sensitive data', async () => {
  const spans: FakeSpan[] = [];
  const { runConfig } = localApi([{ failed: { message: 'SECRET' } }]);
  const tracing = { processors: [openTelemetryProcessor(fakeApi(spans))], includeSensitiveData: false };
  await assert.rejects(run(agent, 'SECRET', { runConfig: { ...runConfig, tracing } }));
  const chat = spans.at(-1);
  assert.deepEqual(chat?.status, { code: 2, message: 'model_failed' });
  assert.equal(chat?.attributes['error.type'], 'model_failed');
  assert.doesNotMatch(JSON.stringify(spans.map(({ attributes, status }) => [attributes, status])), /SECRET/);
});

test('what is neither the module nor a tracer is refused', () => {
  for (const given of [undefined, null, {}, { trace: {} }]) {
    assert.throws(() => openTelemetryProcessor(given as never), { code: 'invalid_argument' });
  }
});
