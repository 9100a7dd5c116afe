import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Agent, MemorySession, run, tool } from 'agents-wasm';
import type { ScriptedCall } from 'agents-wasm/testing';

import { checkLeaks, localApi, tick } from '../support/local-api.ts';

checkLeaks();

/** What the model is told when it calls a tool that does this. */
async function outputOf(execute: () => unknown): Promise<unknown> {
  const agent = new Agent({ name: 'a', tools: [tool({ name: 'act', execute })] });
  const { server, runConfig } = localApi([{ calls: [{ name: 'act' }] }, 'done']);
  await run(agent, 'go', { runConfig });
  return server.requests[1]?.body.input.at(-1).output;
}

const FAILED = 'An error occurred while running the tool. Please try again. Error: ';

test('a tool is called with its arguments, the context and the details of the call', async () => {
  await using session = new MemorySession();
  const seen: unknown[] = [];
  const weather = tool({
    name: 'get_weather',
    execute: ({ city }, { context }, { callId, signal }) => {
      seen.push(city, context, callId, signal.aborted);
      return `It is sunny in ${city}.`;
    },
  });
  const agent = new Agent<{ user: string }>({ name: 'assistant', tools: [weather] });
  const calls = [{ name: 'get_weather', arguments: { city: 'Zürich' }, callId: 'call_7' }];
  const { server, runConfig } = localApi([{ calls }, 'Sunny.']);
  const options = { session, conversationId: 'c', context: { user: 'John' }, runConfig };
  const { finalOutput, newItems } = await run(agent, 'Weather?', options);
  assert.equal(finalOutput, 'Sunny.');
  assert.deepEqual(seen, ['Zürich', { user: 'John' }, 'call_7', false]);
  const types = ['tool_call_item', 'tool_call_output_item', 'message_output_item'];
  assert.deepEqual(
    newItems.map(({ type }) => type),
    types,
  );
  const output = { type: 'function_call_output', call_id: 'call_7', output: 'It is sunny in Zürich.' };
  assert.deepEqual(server.requests[1]?.body.input.at(-1), output);
  assert.deepEqual(
    (await session.loadItems('c')).map(({ turn, agent }) => [turn, agent?.name]),
    [
      [0, undefined],
      [1, 'assistant'],
      [1, 'assistant'],
      [2, 'assistant'],
    ],
  );
});

test('the model is shown a tool as it was written, the order of its schema included', async () => {
  const parameters = { type: 'object', properties: { zeta: { type: 'string' }, alpha: { type: 'number' } } };
  const act = tool({ name: 'act', description: 'Acts.', parameters, strict: false, execute: () => '' });
  const agent = new Agent({ name: 'a', tools: [act], modelSettings: { top_p: 1, temperature: 0.5 } });
  const { server, runConfig } = localApi(['done']);
  await run(agent, 'go', { runConfig });
  const shown = JSON.stringify({ type: 'function', name: 'act', description: 'Acts.', parameters, strict: false });
  assert.ok(server.requests[0]?.text.includes(`"tools":[${shown}],"top_p":1,"temperature":0.5,"input"`));
});

test('the calls of one answer run at the same time, and are answered in their order', async () => {
  const log: string[] = [];
  const wait = tool({
    name: 'wait',
    execute: async ({ name, ms }) => {
      log.push(`${name} starts`);
      await tick(ms);
      log.push(`${name} ends`);
      return name;
    },
  });
  const call = (name: string, ms: number): ScriptedCall => ({ name: 'wait', arguments: { name, ms }, callId: name });
  const { server, runConfig } = localApi([{ calls: [call('slow', 40), call('fast', 1)] }, 'done']);
  await run(new Agent({ name: 'a', tools: [wait] }), 'go', { runConfig });
  assert.deepEqual(log, ['slow starts', 'fast starts', 'fast ends', 'slow ends']);
  const outputs = server.requests[1]?.body.input.slice(-2);
  assert.deepEqual(
    outputs.map(({ output }: { output: string }) => output),
    ['slow', 'fast'],
  );
});

test('a string goes to the model as it is, anything else as JSON, nothing as an empty text', async () => {
  assert.equal(await outputOf(() => '{"not": "touched"}'), '{"not": "touched"}');
  assert.equal(await outputOf(() => ({ a: [1, null, 'ä'] })), '{"a":[1,null,"ä"]}');
  assert.equal(await outputOf(() => 0), '0');
  assert.equal(await outputOf(() => null), 'null');
  assert.equal(await outputOf(() => undefined), '');
  assert.equal(await outputOf(() => Promise.resolve('later')), 'later');
  assert.equal(await outputOf(() => 'lone \ud800 surrogate'), 'lone \ufffd surrogate');
});

test('5 MB of output reach the model whole', async () => {
  const text = 'ä€😀 \n"'.repeat(500_000);
  assert.equal(await outputOf(() => text), text);
});

test('what cannot be written as JSON is a failure that the model is told of', async () => {
  const cycle: Record<string, unknown> = {};
  cycle.self = cycle;
  assert.equal(await outputOf(() => cycle), `${FAILED}The tool returned an object, which cannot be written as JSON.`);
  assert.equal(await outputOf(() => 1n), `${FAILED}The tool returned a bigint, which cannot be written as JSON.`);
  assert.equal(
    await outputOf(() => () => 1),
    `${FAILED}The tool returned a function, which cannot be written as JSON.`,
  );
});

test('whatever a tool throws, the model is told of it and the run goes on', async () => {
  const thrown: [unknown, string][] = [
    [new Error('The city is unknown.'), 'The city is unknown.'],
    ['a text', 'a text'],
    [undefined, 'undefined was thrown'],
    [{ status: 500 }, 'an object was thrown'],
    [Object.create(null), 'an object was thrown'],
    [Symbol('x'), 'a symbol was thrown'],
    [new TypeError(), 'an object of class TypeError was thrown'],
    [new DOMException('stopped', 'AbortError'), 'stopped'],
    [new Proxy({}, { get: () => assert.fail() }), 'object was thrown'],
  ];
  for (const [value, told] of thrown) {
    const throws = () => {
      throw value;
    };
    assert.equal(await outputOf(throws), FAILED + told);
    assert.equal(await outputOf(() => Promise.reject(value)), FAILED + told);
  }
});

test('a failure of this package inside a tool is told to the model like any other', async () => {
  await using session = new MemorySession();
  assert.match(String(await outputOf(() => session.loadItems(''))), /Error: conversationId must be .* but is empty\.$/);
  const failing = localApi([]);
  failing.server.failNext({ status: 400, error: { message: 'No.' } });
  const nested = () => run(new Agent({ name: 'inner' }), 'hi', { runConfig: failing.runConfig });
  assert.equal(await outputOf(nested), `${FAILED}The API answered with status 400: No.`);
});

test('a tool may run agents and use the session of its run', async () => {
  await using session = new MemorySession();
  const inner = localApi(['inner answer']);
  const ask = tool({
    name: 'ask',
    execute: async () => {
      await session.saveItems('notes', ['asked']);
      const { finalOutput } = await run(new Agent({ name: 'inner' }), 'q', { session, runConfig: inner.runConfig });
      return finalOutput;
    },
  });
  const { server, runConfig } = localApi([{ calls: [{ name: 'ask' }] }, 'done']);
  await run(new Agent({ name: 'a', tools: [ask] }), 'go', { session, conversationId: 'c', runConfig });
  assert.equal(server.requests[1]?.body.input.at(-1).output, 'inner answer');
  assert.equal((await session.loadItems('notes')).length, 1);
});

test('arguments that are no JSON are answered in the place of the tool', async () => {
  let calls = 0;
  const agent = new Agent({ name: 'a', tools: [tool({ name: 'act', execute: () => ++calls })] });
  const { server, runConfig } = localApi([{ calls: [{ name: 'act', arguments: '{"city": "Zür' }] }, 'done']);
  await run(agent, 'go', { runConfig });
  assert.equal(calls, 0);
  const { output } = server.requests[1]!.body.input.at(-1);
  assert.equal(output, "The arguments' text is not valid JSON at byte 14. Please try again.");
});

test('a call without arguments calls the tool with an empty object', async () => {
  const seen: unknown[] = [];
  const act = tool({ name: 'act', execute: (args) => void seen.push(args) });
  const { runConfig } = localApi([{ calls: [{ name: 'act', arguments: '' }] }, 'done']);
  await run(new Agent({ name: 'a', tools: [act] }), 'go', { runConfig });
  assert.deepEqual(seen, [{}]);
});

test('a call of a tool that the agent does not have fails the run, and no other tool of that answer starts', async () => {
  await using session = new MemorySession();
  let calls = 0;
  const agent = new Agent({ name: 'a', tools: [tool({ name: 'act', execute: () => ++calls })] });
  const { runConfig } = localApi([{ calls: [{ name: 'act' }, { name: 'fly' }] }]);
  await assert.rejects(run(agent, 'go', { session, conversationId: 'c', runConfig }), {
    name: 'ModelBehaviorError',
    code: 'model_behavior',
    message: "The model called the tool 'fly', which the agent 'a' does not have.",
  });
  assert.equal(calls, 0);
  assert.deepEqual(await session.loadItems('c'), []);
});

test('maxTurns counts the answers of the model, and null is no limit', async () => {
  const agent = new Agent({ name: 'a', tools: [tool({ name: 'act', execute: () => '' })] });
  const turns = (count: number) => [...Array.from({ length: count }, () => ({ calls: [{ name: 'act' }] })), 'done'];
  const of = async (count: number, options: object) => run(agent, 'go', { ...localApi(turns(count)), ...options });
  assert.equal((await of(2, { maxTurns: 3 })).finalOutput, 'done');
  assert.equal((await of(9, {})).finalOutput, 'done');
  assert.equal((await of(25, { maxTurns: null })).finalOutput, 'done');
  assert.equal((await of(2, { maxTurns: 2 ** 40 })).finalOutput, 'done');
  for (const [count, options, limit] of [
    [10, {}, 10],
    [3, { maxTurns: 3 }, 3],
    [1, { maxTurns: 1 }, 1],
  ] as const) {
    await assert.rejects(of(count, options), {
      name: 'MaxTurnsExceededError',
      code: 'max_turns_exceeded',
      message: `The run used all of its turns (${limit}).`,
    });
  }
});
