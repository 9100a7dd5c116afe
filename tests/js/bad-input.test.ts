import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { inspect } from 'node:util';

import {
  Agent,
  AgentsError,
  init,
  MemorySession,
  Runner,
  run,
  runItemsToInputItems,
  SessionSettings,
  SQLiteSession,
  setDefaultOpenAI,
  tool,
} from 'agents-wasm';
import fc from 'fast-check';

import { checkLeaks, localApi } from '../support/local-api.ts';
import { badArgument, badItem, refused, values } from '../support/refusals.ts';

checkLeaks();

const agent = new Agent({ name: 'assistant' });
const deep = (levels: number) => JSON.parse(`${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`);
const cycle: Record<string, unknown> = { role: 'user' };
cycle.content = [cycle];

test('items that are no items are refused, by their place, and the history is as before', async () => {
  await using memory = new MemorySession();
  await using sqlite = new SQLiteSession({ dbPath: ':memory:' });
  const user = { role: 'user', content: 'fine' };
  for (const session of [memory, sqlite]) {
    await session.saveItems('c', ['before']);
    const save = (items: unknown) => session.saveItems('c', items as never);
    for (const [value, kind] of values) {
      const isObject = kind.startsWith('an object');
      if (!Array.isArray(value)) await badItem(() => save(value), 'items must be an array of items', kind);
      if (!isObject) await badItem(() => save([user, value]), 'items[1] must be an object or a string', kind);
    }
    await badItem(() => save([user, cycle]), 'items[1]', 'contains itself');
    await badItem(() => save([{ a: { b: Number.NaN } }]), 'items[0]', 'the value of "b" is NaN');
    await badItem(() => save([{ a: -Infinity }]), '"a" is -Infinity');
    await badItem(() => save([{ a: [1n] }]), 'BigInt');
    await badItem(() => save([{ a: () => 1 }]), 'a function');
    await badItem(() => save([{ a: Symbol('x') }]), 'a symbol');
    await badItem(() => save([{ a: 'half \ud83d' }]), '"a" contains a lone surrogate');
    await badItem(() => save(['half \ud83d']), 'items[0] contains a lone surrogate');
    await badItem(() => save([{ '\udc00': 1 }]), 'lone surrogate');
    await badItem(() => save([deep(501)]), 'nested');
    await badItem(() => save([user, deep(10_000)]), 'nested');
    await badItem(() => save([{ toJSON: () => 5 }]), 'items[0] must be an object in JSON too');
    await badItem(() => save([{ toJSON: () => undefined }]), 'items[0]');
    await badItem(() => save([{ toJSON: () => assert.fail('own reason') }]), 'own reason');
    await badItem(() => save(new Array(2)), 'items[0]', 'undefined');
    assert.deepEqual(await session.loadItems('c'), [{ role: 'user', content: 'before' }]);
    await save([deep(400)]);
    assert.deepEqual(await session.loadItems('c', { maxItems: 1 }), [deep(400)]);
  }
});

test('conversation ids that are none are refused by every method and by runs', async () => {
  await using session = new MemorySession();
  const ids: [unknown, string][] = [
    ['', 'is empty'],
    ['x'.repeat(10_000), 'longer than 1000 bytes'],
    ['😀'.repeat(251), 'longer than 1000 bytes'],
    ['a\0b', 'NUL'],
    ['\udc00', 'lone surrogate'],
    ...values.filter(([value]) => value !== undefined).map(([value, kind]): [unknown, string] => [value, `is ${kind}`]),
  ];
  for (const [id, flaw] of ids) {
    const calls = [
      () => session.saveItems(id as string, ['x']),
      () => session.loadItems(id as string),
      () => session.popItem(id as string),
      () => session.clear(id as string),
      () => session.delete(id as string),
      () => session.setTitle(id as string, 't'),
      () => run(agent, 'x', { session, conversationId: id as string }),
    ];
    for (const call of calls) await badArgument(call, 'conversationId must be', flaw);
  }
  assert.deepEqual(await session.listConversations(), { conversations: [] });
  const longest = '😀'.repeat(250);
  await session.saveItems(longest, ['x']);
  assert.equal((await session.loadItems(longest)).length, 1);
});

test('options that are no object are refused, and so are run items that are none', async () => {
  await using session = new MemorySession();
  for (const [value, kind] of values) {
    if (value === undefined || (kind.startsWith('an object') && kind !== 'an object of class Map')) continue;
    const bad = value as never;
    if (!Array.isArray(value)) await badArgument(() => runItemsToInputItems(bad), 'runItems must be an array', kind);
    await badArgument(() => runItemsToInputItems([bad]), 'runItems[0] must be', kind);
    if (kind.startsWith('an object')) continue;
    await badArgument(() => session.loadItems('c', bad), 'options must be an object', kind);
    await badArgument(() => session.listConversations(bad), 'options must be an object', kind);
    await badArgument(() => new MemorySession(bad), 'options must be an object', kind);
  }
});

test('counts that are none are refused', async () => {
  await using session = new MemorySession();
  for (const [value, kind] of [
    [-1, '-1'],
    [1.5, '1.5'],
    [Infinity, 'Infinity'],
    [Number.NaN, 'NaN'],
    ['5', 'a string'],
    [null, 'null'],
  ] as const) {
    const bad = value as number;
    await badArgument(
      () => session.loadItems('c', { maxItems: bad }),
      'maxItems must be an integer of at least 0',
      kind,
    );
    await badArgument(() => session.listConversations({ limit: bad }), 'limit must be an integer of at least 1', kind);
    await badArgument(() => new SessionSettings({ maxItems: bad }), 'sessionSettings.maxItems', kind);
    await badArgument(
      () => new MemorySession({ sessionSettings: { maxItems: bad } }),
      'sessionSettings.maxItems',
      kind,
    );
    await badArgument(
      () => run(agent, 'x', { session, sessionSettings: { maxItems: bad } }),
      'sessionSettings.maxItems',
    );
    await badArgument(() => run(agent, 'x', { runConfig: { maxHistoryBytes: bad } }), 'maxHistoryBytes', kind);
    if (value !== null) await badArgument(() => run(agent, 'x', { maxTurns: bad }), 'maxTurns', kind);
  }
  await badArgument(() => run(agent, 'x', { maxTurns: 0 }), 'maxTurns', '0');
  await badArgument(() => session.listConversations({ limit: 0 }), 'limit', '0');
  await badArgument(() => session.listConversations({ after: 'not a cursor' }), 'cursor');
  await badArgument(() => session.setTitle('c', 5 as never), 'title must be a string', 'a number');
  await badArgument(() => session.setTitle('c', '\ud800'), 'title', 'lone surrogate');
});

test('runs name the argument that is wrong, whatever it is', async () => {
  await using session = new MemorySession();
  for (const [value, kind] of values) {
    await badArgument(() => run(value as never, 'x'), 'agent must be an Agent', kind);
    if (!Array.isArray(value))
      await badArgument(
        () => run(agent, value as never),
        'input must be a string, an array of items or a RunState',
        kind,
      );
    if (!kind.startsWith('an object')) await badItem(() => run(agent, [value] as never), 'input[0]', kind);
    if (value === undefined) continue;
    await badArgument(() => run(agent, 'x', { session: value as never }), 'session must be a session', kind);
    await badArgument(() => run(agent, 'x', { signal: value as never }), 'signal must be an AbortSignal', kind);
    if (typeof value !== 'boolean')
      await badArgument(() => run(agent, 'x', { stream: value as never }), 'stream', kind);
    if (typeof value !== 'function') {
      const options = { session, sessionInputCallback: value as never };
      await badArgument(() => run(agent, 'x', options), 'sessionInputCallback must be a function', kind);
    }
    if (kind.startsWith('an object')) continue;
    if (!Array.isArray(value)) {
      await badArgument(() => run(agent, 'x', value as never), 'options', kind);
      await badArgument(() => new Runner().run(agent, 'x', value as never), 'options', kind);
      await badArgument(() => run(agent, 'x', { runConfig: value as never }), 'runConfig must be an object', kind);
      await badArgument(() => new Runner(value as never), 'runConfig must be an object', kind);
      await badArgument(() => run(agent, 'x', { runConfig: { openai: value as never } }), 'OpenAI options', kind);
    }
    await badArgument(() => run(agent, 'x', { runConfig: { traceMetadata: value as never } }), 'traceMetadata', kind);
  }
  await badArgument(() => run(agent, 'x', { runConfig: { traceMetadata: cycle } }), 'traceMetadata', 'contains itself');
  await badArgument(() => run(agent, 'x', { runConfig: { traceMetadata: { a: 1n } } }), 'traceMetadata', 'BigInt');
  await refused(() => run(agent, 'x', { conversationId: 'c' }), 'UserError', 'user_error', 'conversationId', 'session');
});

test('the way to the API is checked when it is given', async () => {
  const set = (options: object) => () => setDefaultOpenAI(options);
  await badArgument(set({ apiKey: 5 }), 'apiKey must be a string', 'a number');
  await badArgument(set({ baseURL: {} }), 'baseURL must be a string', 'an object');
  await badArgument(set({ model: null }), 'model must be a string', 'null');
  await badArgument(set({ fetch: 'fetch' }), 'fetch must be a function', 'a string');
  await badArgument(set({ maxRetries: -1 }), 'maxRetries', '-1');
  await badArgument(set({ timeout: 0 }), 'timeout', '0');
  await badArgument(set({ headers: new Headers() }), 'headers', 'an object of class Headers');
  await badArgument(set({ headers: { 'x-a': 5 } }), 'headers["x-a"] must be a string', 'a number');
  await badArgument(set(null as never), 'OpenAI options', 'null');
  await badArgument(() => run(agent, 'x', { runConfig: { openai: { baseURL: 'no url' } } }), 'baseURL must be a URL');
});

test('agents and tools are checked when they are made', async () => {
  const make = (options: unknown) => () => new Agent(options as never);
  const makeTool = (options: unknown) => () => tool(options as never);
  const execute = () => '';
  for (const [value, kind] of values) {
    if (typeof value !== 'string') await badArgument(make({ name: value }), "The agent's name must be a string", kind);
    await badArgument(makeTool({ name: value, execute }), "The tool's name must be a string", kind);
    if (typeof value !== 'function') await badArgument(makeTool({ name: 'a', execute: value }), 'execute', kind);
    if (value === undefined) continue;
    if (typeof value !== 'function') {
      await badArgument(make({ name: 'a', instructions: value }), "instructions of the agent 'a'", kind);
    }
    if (!Array.isArray(value)) await badArgument(make({ name: 'a', tools: value }), "tools of the agent 'a'", kind);
    if (!kind.startsWith('an object')) {
      await badArgument(make({ name: 'a', modelSettings: value }), "modelSettings of the agent 'a'", kind);
      await badArgument(makeTool({ name: 'a', parameters: value, execute }), "parameters of the tool 'a'", kind);
    }
  }
  await badArgument(make({ name: '' }), "agent's name must not be empty");
  await badArgument(make(undefined), 'The agent must be an object', 'undefined');
  await badArgument(make({ name: 'a', tools: [{ name: 'x' }] }), "tools[0] of the agent 'a'", 'tool()');
  await badArgument(make({ name: 'a', modelSettings: { input: [] } }), "'input'");
  await badArgument(make({ name: 'a', modelSettings: { temperature: Number.NaN } }), '"temperature" is NaN');
  await badArgument(make({ name: 'a', modelSettings: cycle }), 'contains itself');
  await badArgument(makeTool({ name: 'no spaces', execute }), "The tool's name");
  await badArgument(makeTool({ name: 'a', parameters: { type: 1n }, execute }), 'BigInt');
  const one = tool({ name: 'same', execute });
  await refused(make({ name: 'a', tools: [one, one] }), 'UserError', 'user_error', "two tools named 'same'");
});

test('settings that are changed or nested beyond reason fail the run, and nothing else', async () => {
  await using session = new MemorySession();
  await session.saveItems('c', ['before']);
  const settings: Record<string, unknown> = {};
  const changed = new Agent({ name: 'a', modelSettings: settings });
  settings.late = 1n;
  await badArgument(() => run(changed, 'x', { session, conversationId: 'c', ...localApi([]) }), 'BigInt');
  for (const levels of [600, 3000, 10_000]) {
    settings.late = deep(levels);
    await badArgument(() => run(changed, 'x', { session, conversationId: 'c', ...localApi([]) }));
  }
  assert.equal((await session.loadItems('c')).length, 1);
});

test('init says what it takes, and what it found instead of the core', async () => {
  await badArgument(() => init({ wasm: 5 as never }), 'wasm must be', 'a number');
  const page = new Response('<html>', { headers: { 'content-type': 'text/html' } });
  await refused(() => init({ wasm: page }), 'WasmError', 'wasm_not_found', 'status 200', 'text/html');
  await init({ wasm: readFileSync(new URL(import.meta.resolve('agents-wasm/core.wasm'))) });
});

test('no value in the place of any argument hangs, breaks the instance or fails without a type', async () => {
  await using session = new MemorySession();
  await session.saveItems('c', ['before']);
  const runConfig = () => localApi(['ok']).runConfig;
  const anything = fc.anything({
    withBigInt: true,
    withNullPrototype: true,
    withSparseArray: true,
    withDate: true,
    withMap: true,
  });
  const places: ((value: never) => unknown)[] = [
    (value) => run(agent, value, { runConfig: runConfig() }),
    (value) => run(agent, [value], { runConfig: runConfig() }),
    (value) => run(agent, [{ role: 'user', content: value }], { runConfig: runConfig() }),
    (value) => run(new Agent({ name: 'a', modelSettings: { extra: value } }), 'x', { runConfig: runConfig() }),
    (value) => run(agent, 'x', { runConfig: { ...runConfig(), traceMetadata: { value } } }),
    (value) => run(agent, 'x', { session, sessionInputCallback: () => value, runConfig: runConfig() }),
    (value) => run(agent, 'x', { session: { loadItems: () => value, saveItems: () => {} }, runConfig: runConfig() }),
    (value) => session.loadItems(value, value),
    (value) => session.listConversations(value),
  ];
  await fc.assert(
    fc.asyncProperty(anything, fc.nat(places.length - 1), async (value, place) => {
      try {
        await places[place]!(value as never);
      } catch (error) {
        assert.ok(error instanceof AgentsError, inspect(error));
        assert.notEqual(error.code, 'internal', inspect(error));
      }
    }),
    { numRuns: 400 },
  );
  assert.equal((await session.loadItems('c')).length, 1);
});
