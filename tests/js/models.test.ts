import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  Agent,
  APIError,
  MemorySession,
  type Model,
  type ModelAnswer,
  type ModelEvent,
  type ModelRequest,
  run,
  setDefaultOpenAI,
  tool,
} from 'agents-wasm';
import { createOpenAIServer, scriptedModel } from 'agents-wasm/testing';
import OpenAI from 'openai';

import { checkLeaks, localApi, tick } from '../support/local-api.ts';

checkLeaks();

const said = (text: string) => ({ type: 'message', role: 'assistant', content: [{ type: 'output_text', text }] });
const answers = (response: unknown): Model => ({ getResponse: async () => response as ModelAnswer });
const streams = (...events: unknown[]): Model => ({
  ...answers({ output: [] }),
  async *getStreamedResponse() {
    yield* events as ModelEvent[];
  },
});
const completed = (...output: object[]) => ({ type: 'response.completed', response: { output } });
const add = tool({ name: 'add', parameters: { type: 'object', properties: {} }, execute: () => '3' });

/** The events of a streamed run, and how it ended. */
async function read(model: Model, options = {}) {
  const events: ModelEvent[] = [];
  const stream = await run(new Agent({ name: 'a', model }), 'hi', { stream: true, ...options });
  try {
    for await (const event of stream) if (event.type === 'raw_model_stream_event') events.push(event.data);
    return { events, result: await stream.completed, error: undefined };
  } catch (error) {
    return { events, result: undefined, error: error as Error & { code: string } };
  }
}

test("a model of the caller's is asked what the API would be asked, and its answer is the run's", async () => {
  const requests: ModelRequest[] = [];
  const model: Model = {
    async getResponse(request) {
      requests.push(request);
      if (requests.length > 1) return { output: [said('3 it is.')] };
      const call = { type: 'function_call', call_id: 'call_1', name: 'add', arguments: '{}' };
      return { id: 'r1', output: [call], usage: { input_tokens: 5, output_tokens: 2 } };
    },
  };
  const format = { type: 'json_schema', name: 'answer', schema: { type: 'object' } };
  const modelSettings = { temperature: 0.5, text: { format }, retry: { maxRetries: 1 }, timeoutMs: 10_000 };
  const agent = new Agent({ name: 'a', instructions: 'Be brief.', model, modelSettings, tools: [add] });
  const result = await run(agent, 'add', { runConfig: { openai: { apiKey: 'k', baseURL: 'http://local/v1' } } });
  assert.equal(result.finalOutput, '3 it is.');
  assert.equal(result.usage.requests, 2);
  assert.equal(result.usage.totalTokens, 7);
  const [{ signal, openai, tools, ...first }, second] = requests as [ModelRequest, ModelRequest];
  assert.deepEqual(first, {
    instructions: 'Be brief.',
    input: [{ role: 'user', content: 'add' }],
    settings: { temperature: 0.5, text: { format } },
    outputFormat: format,
  });
  assert.deepEqual(
    tools.map(({ type, name }) => [type, name]),
    [['function', 'add']],
  );
  assert.equal(signal.aborted, false);
  assert.equal(openai.baseURL, 'http://local/v1');
  assert.deepEqual(
    second.input.slice(1).map(({ type }) => type),
    ['function_call', 'function_call_output'],
  );
});

test("the run's model goes before the agent's, and a name before nothing", async () => {
  const agent = new Agent({ name: 'a', model: answers({ output: [said('mine')] }) });
  assert.equal((await run(agent, 'hi')).finalOutput, 'mine');
  const other = await run(agent, 'hi', { runConfig: { model: answers({ output: [said('other')] }) } });
  assert.equal(other.finalOutput, 'other');
  const { server, runConfig } = localApi(['named']);
  assert.equal((await run(agent, 'hi', { runConfig: { ...runConfig, model: 'm-1' } })).finalOutput, 'named');
  assert.equal(server.requests[0]?.body.model, 'm-1');
  for (const model of [7, {}, null]) {
    assert.throws(() => new Agent({ name: 'a', model: model as never }), { name: 'UserError' });
    await assert.rejects(run(agent, 'hi', { runConfig: { model: model as never } }), { name: 'UserError' });
  }
});

test("answers and streams of the official client are a model's answers", async () => {
  const server = createOpenAIServer({ model: scriptedModel(['whole', 'streamed']) });
  const client = new OpenAI({ apiKey: 'k', baseURL: 'http://local/v1', fetch: server.fetch });
  const body = ({ input, signal }: ModelRequest) => [{ model: 'm', input: input as never }, { signal }] as const;
  const model: Model = {
    getResponse: (request) => client.responses.create(...body(request)) as Promise<ModelAnswer>,
    getStreamedResponse(request) {
      const [params, options] = body(request);
      return client.responses.create({ ...params, stream: true }, options) as Promise<AsyncIterable<ModelEvent>>;
    },
  };
  assert.equal((await run(new Agent({ name: 'a', model }), 'hi')).finalOutput, 'whole');
  const { events, result } = await read(model);
  assert.equal(result?.finalOutput, 'streamed');
  assert.equal(events.at(-1)?.type, 'response.completed');
  assert.ok(result.usage.inputTokens > 0);
});

test('a stream reaches its reader event by event, unknown ones too', async () => {
  let goOn = () => {};
  const model: Model = {
    ...answers({ output: [] }),
    async *getStreamedResponse() {
      yield { type: 'acme:probe', x: [1e5] };
      yield { type: 'response.output_text.delta', delta: 'Hel' };
      await new Promise<void>((resolve) => {
        goOn = resolve;
      });
      yield { type: 'response.output_text.delta', delta: 'lo' };
      yield completed(said('Hello'), { type: 'acme:item', y: null });
      throw new Error('Nobody reads on.');
    },
  };
  const stream = await run(new Agent({ name: 'a', model }), 'hi', { stream: true });
  const seen: unknown[] = [];
  for await (const event of stream) {
    if (event.type !== 'raw_model_stream_event') continue;
    seen.push(event.data.type, event.data.delta ?? event.data.x);
    if (event.data.delta === 'Hel') goOn();
  }
  assert.deepEqual(seen.slice(0, 6), [
    ...['acme:probe', [1e5], 'response.output_text.delta', 'Hel', 'response.output_text.delta', 'lo'],
  ]);
  const { finalOutput, newItems } = await stream.completed;
  assert.equal(finalOutput, 'Hello');
  assert.deepEqual(newItems.at(-1)?.rawItem, { type: 'acme:item', y: null });
});

test('a model that cannot stream gives its text at once', async () => {
  const stream = await run(new Agent({ name: 'a', model: answers({ output: [said('Hi'), said('there')] }) }), 'hi', {
    stream: true,
  });
  const texts: string[] = [];
  for await (const text of stream.toTextStream()) texts.push(text);
  assert.deepEqual(texts, ['Hi', 'there']);
  assert.equal((await stream.completed).finalOutput, 'there');
});

test('items of a stream count where its last event lists none', async () => {
  const done = { type: 'response.output_item.done', output_index: 0, item: said('Hi') };
  assert.equal((await read(streams(done, completed()))).result?.finalOutput, 'Hi');
});

test('an answer that is none is told to be one, by its flaw', async () => {
  const circular: Record<string, unknown> = { type: 'message' };
  circular.self = circular;
  let deep: unknown[] = [];
  for (let level = 0; level < 600; ++level) deep = [deep];
  const flaws: [unknown, RegExp][] = [
    [undefined, /output must be an array of items, but is undefined\.$/],
    [null, /output must be an array of items/],
    ['Hello', /output must be an array of items/],
    [{ output: said('x') }, /output must be an array of items, but is an object\.$/],
    [{ output: ['Hello'] }, /output\[0\] must be an object, but is a string\.$/],
    [{ output: [said('x'), null] }, /output\[1\] must be an object, but is null\.$/],
    [{ output: [[]] }, /output\[0\] must be an object, but is an array\.$/],
    [{ output: [circular] }, /must be JSON, but contains itself\.$/],
    [{ output: [{ type: 'message', x: Number.NaN }] }, /the value of "x" is NaN, which JSON has not\.$/],
    [{ output: [{ type: 'message', x: 1n }] }, /is a BigInt, which JSON has not\.$/],
    [{ output: [{ type: 'message', x: () => 1 }] }, /is a function, which JSON has not\.$/],
    [{ output: [{ type: 'x', deep }] }, /The model's response .*nested/],
  ];
  for (const [response, message] of flaws) {
    const failure = { name: 'ModelBehaviorError', code: 'model_behavior', message };
    await assert.rejects(run(new Agent({ name: 'a', model: answers(response) }), 'hi'), failure);
    const { error } = await read(answers(response));
    assert.equal(error?.code, 'model_behavior');
  }
});

test('an answer that failed or is incomplete fails the run as the API’s does', async () => {
  const failed = { status: 'failed', output: [], error: { code: 'server_error', message: 'Oh.' } };
  const failure = { code: 'model_failed', message: "The model's response failed: Oh." };
  await assert.rejects(run(new Agent({ name: 'a', model: answers(failed) }), 'hi'), failure);
  const { error } = await read(streams({ type: 'response.failed', response: failed }));
  assert.equal(error?.message, failure.message);
  const cut = { status: 'incomplete', output: [], incomplete_details: { reason: 'max_output_tokens' } };
  await assert.rejects(run(new Agent({ name: 'a', model: answers(cut) }), 'hi'), /incomplete \(max_output_tokens\)/);
});

test('a stream that is none is told to be one, by its flaw', async () => {
  const flaws: [Model, RegExp][] = [
    [streams(), /ended before its response was complete/],
    [streams({ type: 'response.created' }), /ended before its response was complete/],
    [streams('Hello'), /An event of the model's stream must be an object, but is a string\.$/],
    [streams(null), /must be an object, but is null\.$/],
    [streams({ x: 1 }), /The type of an event of the model's stream must be a string, but is undefined\.$/],
    [streams({ type: 'x', y: () => 1 }), /is a function, which JSON has not\.$/],
    [streams({ type: 'response.completed' }), /The event 'response\.completed' has no response/],
    [streams({ type: 'response.completed', response: { output: 'x' } }), /no list of output items/],
    [streams(completed(['x'])), /an output item that is not an object/],
    [streams({ type: 'response.output_item.done' }), /has no item/],
    [
      { ...answers({}), getStreamedResponse: (() => [1]) as never },
      /must give an async iterable, but gave an array\.$/,
    ],
    [{ ...answers({}), getStreamedResponse: (async () => undefined) as never }, /but gave undefined\.$/],
  ];
  for (const [model, message] of flaws) {
    const { error } = await read(model);
    assert.equal(error?.code, 'model_behavior', String(message));
    assert.match(error.message, message);
  }
});

test('an error event of a stream is the error of the API that it names', async () => {
  const { error, events } = await read(
    streams({ type: 'response.created' }, { type: 'error', code: 'c', message: 'Oh.' }, completed(said('x'))),
  );
  assert.equal(error?.message, 'The API ended the stream with an error: Oh.');
  assert.equal(events.length, 1);
});

test('what a model throws is the cause, and events that came before it are read', async () => {
  for (const thrown of [new Error('broken'), 'broken', undefined]) {
    const model: Model = {
      getResponse: () => Promise.reject(thrown),
      async *getStreamedResponse() {
        yield { type: 'response.created' };
        throw thrown;
      },
    };
    const failure = await run(new Agent({ name: 'a', model }), 'hi').catch((error) => error);
    assert.equal(failure.code, 'callback_failed');
    assert.equal(failure.cause, thrown);
    const { error, events } = await read(model);
    assert.equal(error?.cause, thrown);
    assert.deepEqual(events, [{ type: 'response.created' }]);
  }
});

test('an APIError that may pass is tried again as the agent says, until something was streamed', async () => {
  const busy = (detail: object = {}) => new APIError('api_error', 'Busy.', { status: 503, retryAfterMs: 1, ...detail });
  const failing = (times: number, error: unknown, first: ModelEvent[] = []) => {
    const model = {
      calls: 0,
      async getResponse() {
        if (++model.calls <= times) throw error;
        return { output: [said('fine')] };
      },
      async *getStreamedResponse() {
        ++model.calls;
        yield* first;
        if (model.calls <= times) throw error;
        yield completed(said('fine'));
      },
    };
    return model;
  };
  const settings = { modelSettings: { retry: { maxRetries: 2, initialDelayMs: 1 } } };
  const whole = (model: Model) => run(new Agent({ name: 'a', model, ...settings }), 'hi');

  assert.equal((await whole(failing(2, busy()))).finalOutput, 'fine');
  const thrice = failing(3, busy());
  const failure = await whole(thrice).catch((error) => error);
  assert.deepEqual([failure.name, failure.status, failure.message, thrice.calls], ['APIError', 503, 'Busy.', 3]);
  const refused: unknown[] = [
    busy({ status: 400 }),
    busy({ shouldRetry: false }),
    busy({ code: 'insufficient_quota' }),
  ];
  for (const error of [...refused, new Error('Busy.')]) {
    const model = failing(1, error);
    await assert.rejects(whole(model));
    assert.equal(model.calls, 1);
  }
  const begun = failing(1, busy(), [{ type: 'response.created' }]);
  const streamed = await read(begun);
  assert.deepEqual([streamed.error?.message, begun.calls, streamed.events.length], ['Busy.', 1, 1]);
  const silent = failing(1, busy());
  assert.equal((await read(silent)).result?.finalOutput, 'fine');
  assert.equal(silent.calls, 2);
});

test('a run that is stopped ends what the model is at, and what comes late finds nothing', async () => {
  let settle = (_: ModelAnswer) => {};
  let stopped = 0;
  const never: Model = {
    getResponse: ({ signal }) =>
      new Promise((resolve) => {
        settle = resolve;
        signal.addEventListener('abort', () => ++stopped);
      }),
    async *getStreamedResponse({ signal }) {
      signal.addEventListener('abort', () => ++stopped);
      try {
        yield { type: 'response.created' };
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        yield { type: 'late' };
      } finally {
        ++stopped;
      }
    },
  };
  const controller = new AbortController();
  const whole = run(new Agent({ name: 'a', model: never }), 'hi', { signal: controller.signal });
  await tick();
  controller.abort('enough');
  await assert.rejects(whole, { name: 'AbortError', cause: 'enough' });
  settle({ output: [said('late')] });
  await tick();
  assert.equal(stopped, 1);

  const stream = await run(new Agent({ name: 'a', model: never }), 'hi', { stream: true });
  for await (const event of stream) if (event.type === 'raw_model_stream_event') break;
  await stream.cancel();
  await assert.rejects(stream.completed, { name: 'AbortError' });
  await tick();
  assert.equal(stopped, 3);
});

test('a model may start a run of its own', async () => {
  const inner = new Agent({ name: 'inner', model: answers({ output: [said('deep')] }) });
  const outer: Model = {
    getResponse: async () => ({ output: [said(`It says ${(await run(inner, 'hi')).finalOutput}.`)] }),
  };
  assert.equal((await run(new Agent({ name: 'outer', model: outer }), 'hi')).finalOutput, 'It says deep.');
});

test('ten thousand events, five megabytes in one, and a thousand calls are taken', async () => {
  const delta = (text: string) => ({ type: 'response.output_text.delta', delta: text });
  const many = Array.from({ length: 10_000 }, (_, index) => delta(`${index} `));
  const long = 'x'.repeat(5 << 20);
  const { events, result } = await read(streams(...many, delta(long), completed(said('done'))));
  assert.equal(result?.finalOutput, 'done');
  assert.equal(events.length, 10_002);
  assert.equal(events[9999]?.delta, '9999 ');
  assert.equal(events[10_000]?.delta.length, long.length);
  const calls = Array.from({ length: 1000 }, (_, index) => ({ name: 'add', callId: `call_${index}` }));
  const model = scriptedModel([{ calls }, 'done']);
  const counted = await run(new Agent({ name: 'a', model, tools: [add] }), 'hi');
  assert.equal(counted.newItems.length, 2001);
});

test('a scripted model is a model that an agent can have, whole and streamed', async () => {
  await using session = new MemorySession();
  const model = scriptedModel([
    { calls: [{ name: 'add' }] },
    ({ input }) => `I know ${input.length} items.`,
    { text: ['a', 'b'] },
    { failed: { message: 'Oh.' } },
  ]);
  const agent = new Agent({ name: 'a', instructions: 'Be brief.', model, tools: [add] });
  const options = { session, conversationId: 'c' };
  assert.equal((await run(agent, 'one', options)).finalOutput, 'I know 3 items.');
  const stream = await run(agent, 'two', { ...options, stream: true });
  const texts: string[] = [];
  for await (const text of stream.toTextStream()) texts.push(text);
  assert.deepEqual(texts, ['a', 'b']);
  assert.ok((await stream.completed).usage.totalTokens > 0);
  await assert.rejects(run(agent, 'three', options), { code: 'model_failed' });
  await assert.rejects(run(agent, 'four', options), /The script has no turn left/);
  assert.deepEqual(
    model.requests.map(({ instructions, input }) => [instructions, input.length]),
    [1, 3, 5, 7, 7].map((count) => ['Be brief.', count]),
  );
});

test('Chat Completions serve all models that are given by name, when the defaults say so', async () => {
  await using session = new MemorySession();
  const turns = ['one', { calls: [{ name: 'add', callId: 'call_1' }] }, 'three', 'four'];
  const server = createOpenAIServer({ model: scriptedModel(turns) });
  const openai = { apiKey: 'k', baseURL: 'http://local/v1', fetch: server.fetch as typeof fetch, model: 'llama' };
  const agent = new Agent({ name: 'a', instructions: 'Be brief.', tools: [add] });
  const options = { session, conversationId: 'c' };
  setDefaultOpenAI({ ...openai, api: 'chat_completions' });
  try {
    assert.equal((await run(agent, 'hi', options)).finalOutput, 'one');
    const stream = await run(agent, 'add', { ...options, stream: true });
    const texts: string[] = [];
    for await (const text of stream.toTextStream()) texts.push(text);
    assert.equal(texts.join(''), 'three');
    assert.equal((await stream.completed).usage.requests, 2);
    assert.ok(server.requests.every(({ path }) => path === '/v1/chat/completions'));
    assert.deepEqual(
      server.requests.map(({ body }) => body.messages.length),
      [2, 4, 6],
    );
    assert.equal(server.requests[0]?.body.model, 'llama');
    assert.deepEqual(server.requests[2]?.body.messages.at(-1), { role: 'tool', tool_call_id: 'call_1', content: '3' });
    setDefaultOpenAI(openai);
    assert.equal((await run(agent, 'again', options)).finalOutput, 'four');
    assert.equal(server.requests[3]?.path, '/v1/responses');
  } finally {
    setDefaultOpenAI({});
  }
  assert.throws(() => setDefaultOpenAI({ api: 'soap' as never }), { name: 'UserError', message: /^api must be/ });
});

test('a request of a chat that fails is sent again as any other', async () => {
  const server = createOpenAIServer({ model: scriptedModel(['ok']) });
  const openai = { baseURL: 'http://local/v1', fetch: server.fetch as typeof fetch, maxRetries: 2 };
  server.failNext({ status: 503, headers: { 'retry-after-ms': '1' } });
  server.failNext({ network: true });
  setDefaultOpenAI({ ...openai, api: 'chat_completions' });
  try {
    const modelSettings = { retry: { initialDelayMs: 1 } };
    assert.equal((await run(new Agent({ name: 'a', modelSettings }), 'hi')).finalOutput, 'ok');
    assert.equal(server.requests.length, 3);
  } finally {
    setDefaultOpenAI({});
  }
});
