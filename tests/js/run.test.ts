import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  Agent,
  type Item,
  MemorySession,
  Runner,
  run,
  runItemsToInputItems,
  SessionABC,
  SQLiteSession,
} from 'agents-wasm';

import { checkLeaks, localApi } from '../support/local-api.ts';

checkLeaks();

const agent = new Agent({ name: 'assistant', instructions: 'Be brief.' });
const user = (content: string) => ({ role: 'user', content });
const texts = (items: Item[]) => items.map(({ content }) => (typeof content === 'string' ? content : content[0].text));

test('a run gives the model instructions and input, and returns what it says', async () => {
  const { server, runConfig } = localApi(['Hello John.']);
  const result = await run(agent, "Hello, I'm John", { runConfig });
  assert.equal(result.finalOutput, 'Hello John.');
  assert.deepEqual(server.requests[0]?.body, {
    model: 'gpt-5.6-luna',
    instructions: 'Be brief.',
    input: [user("Hello, I'm John")],
  });
  assert.equal(result.lastAgent, agent);
  assert.match(result.lastResponseId!, /^resp_/);
  assert.equal(result.conversationId, undefined);
});

test('a second run is sent what was said in the first', async () => {
  await using session = new MemorySession();
  const { server, runConfig } = localApi(['Hello John.', 'Your name is John.']);
  const options = { session, conversationId: 'user-123', runConfig };
  await Runner.run(agent, "Hello, I'm John", options);
  const { finalOutput } = await Runner.run(agent, "What's my name?", options);
  assert.equal(finalOutput, 'Your name is John.');
  assert.deepEqual(texts(server.requests[1]?.body.input), ["Hello, I'm John", 'Hello John.', "What's my name?"]);
  assert.deepEqual(texts(await session.loadItems('user-123')), [
    "Hello, I'm John",
    'Hello John.',
    "What's my name?",
    'Your name is John.',
  ]);
});

test('the bytes of a request are those of the history, unknown fields and the order of members included', async () => {
  await using session = new MemorySession();
  const items = [
    { zeta: 1, role: 'user', content: 'ä€😀 "\\\u0001', alpha: [{ b: null, a: 1e21 }] },
    { type: 'of_the_future', payload: { z: 0.1, y: [] } },
  ];
  await session.saveItems('c', items);
  const { server, runConfig } = localApi([]);
  server.failNext({ status: 200, body: { object: 'response', id: 'resp_1', status: 'completed', output: [] } });
  await run(agent, 'next', { session, conversationId: 'c', runConfig });
  const input = JSON.stringify([...items, user('next')]);
  const head = '{"model":"gpt-5.6-luna","instructions":"Be brief.","prompt_cache_key":"agents-wasm:af63de4c8601eff2"';
  assert.equal(server.requests[0]?.text, `${head},"input":${input}}`);
});

test('input may be words, messages, items and the short form of a user message', async () => {
  const { server, runConfig } = localApi(['ok']);
  const input = ['one', user('two'), { type: 'user', content: 'three' }, { role: 'developer', content: 'four' }];
  await run(agent, input, { runConfig });
  assert.deepEqual(server.requests[0]?.body.input, [
    user('one'),
    user('two'),
    user('three'),
    { role: 'developer', content: 'four' },
  ]);
});

test('a run without a conversationId starts a conversation of its own', async () => {
  await using session = new MemorySession();
  const { runConfig } = localApi(['one', 'two']);
  const first = await run(agent, 'hi', { session, runConfig });
  const second = await run(agent, 'hi', { session, runConfig });
  assert.match(first.conversationId!, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.notEqual(first.conversationId, second.conversationId);
  assert.deepEqual(texts(await session.loadItems(first.conversationId!)), ['hi', 'one']);
});

test('stored items tell who produced them, without carrying it to the API', async () => {
  await using session = new MemorySession();
  const { runConfig } = localApi(['Hello.']);
  const before = Date.now();
  const { runId } = await run(agent, 'hi', { session, conversationId: 'c', runConfig });
  const [said, answer] = await session.loadItems('c');
  assert.deepEqual([said?.agent, said?.runId, said?.turn], [undefined, runId, 0]);
  assert.deepEqual([answer?.agent, answer?.runId, answer?.turn], [{ name: 'assistant' }, runId, 1]);
  assert.ok(answer!.createdAt!.getTime() >= before - 1 && answer!.createdAt!.getTime() <= Date.now() + 1);
  assert.deepEqual(Object.keys(said!), ['role', 'content']);
});

test('maxItems of the session limits what the model is sent, and that of the run wins', async () => {
  await using session = new MemorySession({ sessionSettings: { maxItems: 2 } });
  await session.saveItems('c', ['one', 'two', 'three']);
  const { server, runConfig } = localApi(['a', 'b', 'c']);
  const options = { session, conversationId: 'c', runConfig };
  await run(agent, 'four', options);
  assert.deepEqual(texts(server.requests[0]?.body.input), ['two', 'three', 'four']);
  await run(agent, 'five', { ...options, sessionSettings: { maxItems: 0 } });
  assert.deepEqual(texts(server.requests[1]?.body.input), ['five']);
  await run(agent, 'six', { ...options, sessionSettings: { maxItems: 100 } });
  assert.equal(server.requests[2]?.body.input.length, 8);
});

test('a limit never sends an output without its call', async () => {
  await using session = new MemorySession();
  await session.saveItems('c', [
    user('weather?'),
    { type: 'function_call', call_id: 'call_1', name: 'weather', arguments: '{}' },
    { type: 'function_call_output', call_id: 'call_1', output: 'sunny' },
    user('thanks'),
  ]);
  const { server, runConfig } = localApi(['ok']);
  await run(agent, 'more', { session, conversationId: 'c', sessionSettings: { maxItems: 2 }, runConfig });
  assert.deepEqual(texts(server.requests[0]?.body.input), ['thanks', 'more']);
});

test('a longer history than maxHistoryBytes is refused before the model is asked', async () => {
  await using session = new MemorySession();
  await session.saveItems('c', ['x'.repeat(1000)]);
  const { server, runConfig } = localApi(['never']);
  const limited = { ...runConfig, maxHistoryBytes: 1000 };
  await assert.rejects(run(agent, 'hi', { session, conversationId: 'c', runConfig: limited }), {
    name: 'SessionError',
    code: 'too_large',
  });
  assert.equal(server.requests.length, 0);
});

test('the trace names the conversation, the kind of session and what the caller adds', async () => {
  class TeamSession extends MemorySession {}
  await using session = new TeamSession();
  const { runConfig } = localApi(['one', 'two']);
  const options = { session, conversationId: 'user-123', runConfig: { ...runConfig, traceMetadata: { tenant: [1] } } };
  const { trace } = await run(agent, 'hi', options);
  assert.deepEqual(trace.metadata, { conversation_id: 'user-123', session_type: 'TeamSession', tenant: [1] });
  assert.deepEqual((await run(agent, 'hi', { runConfig })).trace.metadata, {});
});

test('usage adds up over the turns of a run', async () => {
  const usage = (input: number, cached: number, output: number, reasoning: number) => ({
    input_tokens: input,
    input_tokens_details: { cached_tokens: cached },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: reasoning },
    total_tokens: input + output,
  });
  const { server, runConfig } = localApi([]);
  const call = { type: 'function_call', call_id: 'call_1', name: 'none', arguments: '{bad' };
  server.failNext({ body: { object: 'response', status: 'completed', output: [call], usage: usage(10, 4, 5, 2) } });
  server.failNext({ body: { object: 'response', status: 'completed', output: [], usage: usage(20, 0, 1, 0) } });
  const { tool } = await import('agents-wasm');
  const withTool = new Agent({ name: 'a', tools: [tool({ name: 'none', execute: () => '' })] });
  assert.deepEqual((await run(withTool, 'hi', { runConfig })).usage, {
    requests: 2,
    inputTokens: 30,
    cachedTokens: 4,
    outputTokens: 6,
    reasoningTokens: 2,
    totalTokens: 36,
  });
});

test('newItems are the items behind the input, and become input again', async () => {
  await using session = new MemorySession();
  const { server, runConfig } = localApi([{ reasoning: 'Hm.', text: 'Hello.' }, 'Again.']);
  const { newItems } = await run(agent, 'hi', { runConfig });
  assert.deepEqual(
    newItems.map(({ type, agent: { name } }) => [type, name]),
    [
      ['reasoning_item', 'assistant'],
      ['message_output_item', 'assistant'],
    ],
  );
  await session.saveItems('c', runItemsToInputItems(newItems));
  await run(agent, 'more', { session, conversationId: 'c', runConfig });
  const sent = server.requests[1]?.body.input;
  assert.deepEqual(sent, [...newItems.map(({ rawItem }) => rawItem), user('more')]);
});

test('a session of two methods receives the input, then each turn, who produced them, and ids of the operations', async () => {
  const saved: unknown[] = [];
  const session = {
    loadItems: (id: string) => [user(`before ${id}`)],
    saveItems: (...args: unknown[]) => void saved.push(args),
  };
  const { server, runConfig } = localApi(['Hello.']);
  const { runId, newItems } = await run(agent, 'hi', { session, conversationId: 'c', runConfig });
  assert.deepEqual(texts(server.requests[0]?.body.input), ['before c', 'hi']);
  const origin = { agent: { name: 'assistant' }, runId, turn: 1 };
  assert.deepEqual(saved, [
    ['c', [user('hi')], { operationId: runId, origins: [{ runId, turn: 0 }] }],
    ['c', [newItems[0]?.rawItem], { operationId: `${runId}.1`, origins: [origin] }],
  ]);
  saved.length = 0;
  const whole = { ...localApi(['Hello.']).runConfig, persistence: 'run' } as const;
  await run(agent, 'hi', { session, conversationId: 'c', runConfig: whole });
  const [, items = []] = saved[0] as [string, Item[]?];
  assert.deepEqual(texts(items), ['hi', 'Hello.']);
  assert.equal(saved.length, 1);
});

test('a subclass of SessionABC is a session', async () => {
  class MapSession extends SessionABC {
    readonly conversations = new Map<string, Item[]>();
    readonly limits: unknown[] = [];
    async loadItems(id: string, { maxItems }: { maxItems?: number } = {}) {
      this.limits.push(maxItems);
      return this.conversations.get(id) ?? [];
    }
    async saveItems(id: string, items: Item[]) {
      this.conversations.set(id, [...(this.conversations.get(id) ?? []), ...items]);
    }
  }
  const session = new MapSession({ sessionSettings: { maxItems: 7 } });
  const { runConfig } = localApi(['one', 'two']);
  await run(agent, 'hi', { session, conversationId: 'c', runConfig });
  await run(agent, 'more', { session, conversationId: 'c', runConfig });
  assert.deepEqual(texts(session.conversations.get('c')!), ['hi', 'one', 'more', 'two']);
  assert.deepEqual(session.limits, [7, 7]);
});

test('a subclass of one of our sessions is asked through the methods that it overrides', async () => {
  class Loud extends MemorySession {
    override async loadItems(id: string, options = {}) {
      return (await super.loadItems(id, options)).map((item) => ({
        ...item,
        content: String(item.content).toUpperCase(),
      }));
    }
  }
  await using session = new Loud();
  await session.saveItems('c', ['quiet']);
  const { server, runConfig } = localApi(['ok']);
  await run(agent, 'hi', { session, conversationId: 'c', runConfig });
  assert.deepEqual(texts(server.requests[0]?.body.input), ['QUIET', 'hi']);
});

test('what a session of the caller throws is the cause of the failure', async () => {
  const { runConfig } = localApi(['never', 'lost']);
  const cause = new RangeError('the disk is on fire');
  const fails = () => Promise.reject(cause);
  for (const session of [
    { loadItems: fails, saveItems: () => {} },
    { loadItems: () => [], saveItems: fails },
  ]) {
    await assert.rejects(run(agent, 'hi', { session, conversationId: 'c', runConfig }), {
      name: 'UserError',
      code: 'callback_failed',
      message: 'the disk is on fire',
      cause,
    });
  }
});

test('many runs at once on many conversations keep them apart', async () => {
  await using session = new SQLiteSession({ dbPath: ':memory:' });
  const { runConfig } = localApi(
    Array.from(
      { length: 40 },
      () =>
        ({ input }) =>
          `echo ${input.length} ${texts(input).at(-1)}`,
    ),
  );
  await Promise.all(
    Array.from({ length: 20 }, async (_, index) => {
      const options = { session, conversationId: `c${index}`, runConfig };
      await run(agent, `a${index}`, options);
      await run(agent, `b${index}`, options);
    }),
  );
  for (let index = 0; index < 20; ++index) {
    assert.deepEqual(texts(await session.loadItems(`c${index}`)), [
      `a${index}`,
      `echo 1 a${index}`,
      `b${index}`,
      `echo 3 b${index}`,
    ]);
  }
});

test('a runner brings settings to its runs, which may override them', async () => {
  const { server, runConfig } = localApi(['one', 'two']);
  const runner = new Runner({ ...runConfig, traceMetadata: { from: 'runner' } });
  assert.deepEqual((await runner.run(agent, 'hi')).trace.metadata, { from: 'runner' });
  const { trace } = await runner.run(agent, 'hi', { runConfig: { traceMetadata: { from: 'run' } } });
  assert.deepEqual(trace.metadata, { from: 'run' });
  assert.equal(server.requests.length, 2);
});
