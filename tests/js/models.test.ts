import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  Agent,
  MemorySession,
  type Model,
  type ModelAnswer,
  type ModelEvent,
  type ModelRequest,
  run,
} from 'agents-wasm';
import { createOpenAIServer, scriptedModel } from 'agents-wasm/testing';
import OpenAI from 'openai';

import { checkLeaks, localApi, tick } from '../support/local-api.ts';
import { add, answers, read, said } from '../support/own-models.ts';

checkLeaks();

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
