import assert from 'node:assert/strict';
import { test } from 'node:test';

import { type OpenAIServer, scriptedModel } from 'agents-wasm/testing';
import OpenAI from 'openai';
import { zodTextFormat } from 'openai/helpers/zod';
import { z } from 'zod';

import { checkedServer } from '../../support/checked-server.ts';

function clientOf(server: OpenAIServer): OpenAI {
  return new OpenAI({ apiKey: 'sk-none', baseURL: 'http://local/v1', fetch: server.fetch });
}

const weather = {
  type: 'function' as const,
  name: 'get_weather',
  description: 'The weather in a city',
  parameters: {
    type: 'object',
    properties: { city: { type: 'string' } },
    required: ['city'],
    additionalProperties: false,
  },
  strict: true,
};

test('the official client gets an answer', async () => {
  const client = clientOf(checkedServer());
  const response = await client.responses.create({ model: 'gpt-5.6-luna', input: "Hello, I'm John" });
  assert.equal(response.output_text, 'Hello John, nice to meet you. I will remember that.');
  assert.match(response._request_id!, /^req_/);
  const next = { model: 'm', input: "What's my name?", previous_response_id: response.id };
  assert.equal((await client.responses.create(next)).output_text, 'Your name is John.');
  assert.equal((await client.responses.retrieve(response.id)).output_text, response.output_text);
  await client.responses.delete(response.id);
  await assert.rejects(client.responses.retrieve(response.id), OpenAI.NotFoundError);
});

test('the official client lists the models', async () => {
  const names = [];
  for await (const model of clientOf(checkedServer()).models.list()) names.push(model.id);
  assert.deepEqual(names, ['offline-1']);
});

test('the official client iterates over a stream', async () => {
  const stream = await clientOf(checkedServer({ done: true })).responses.create({
    model: 'm',
    input: 'tell me a story',
    stream: true,
  });
  let text = '';
  let whole: string | undefined;
  for await (const event of stream) {
    if (event.type === 'response.output_text.delta') text += event.delta;
    if (event.type === 'response.output_text.done') whole = event.text;
  }
  assert.match(text, /^Once there was a lighthouse keeper/);
  assert.equal(text, whole);
});

test("the official client's accumulator takes every kind of output", async () => {
  const action = { type: 'search', query: 'x', queries: ['x'] };
  const search = { type: 'web_search_call', id: 'ws_1', status: 'completed', action };
  const server = checkedServer({
    model: scriptedModel([
      { reasoning: 'Plan it', text: 'Hello', calls: [{ name: 'f', arguments: { a: 1 } }, { name: 'g' }] },
      { refusal: 'I cannot help with that.' },
      { text: 'Hel', incomplete: 'max_output_tokens' },
      [
        { type: 'reasoning', text: 'hmm' },
        { type: 'custom_tool_call', name: 'run', input: 'print(1)' },
      ],
      { text: 'Found', items: [search] },
    ]),
  });
  const finish = async () => {
    const response = await clientOf(server).responses.stream({ model: 'm', input: 'hi' }).finalResponse();
    return [response.status, ...response.output.map(({ type }) => type)];
  };
  assert.deepEqual(await finish(), ['completed', 'reasoning', 'message', 'function_call', 'function_call']);
  assert.deepEqual(await finish(), ['completed', 'message']);
  assert.deepEqual(await finish(), ['incomplete', 'message']);
  assert.deepEqual(await finish(), ['completed', 'reasoning', 'custom_tool_call']);
  assert.deepEqual(await finish(), ['completed', 'message', 'web_search_call']);
});

test('the official client makes a round through a tool', async () => {
  const client = clientOf(checkedServer());
  const input: OpenAI.Responses.ResponseInput = [{ role: 'user', content: "What's the weather in Paris?" }];
  const first = await client.responses.create({ model: 'm', input, tools: [weather] });
  for (const item of first.output) {
    assert.equal(item.type, 'function_call');
    assert.deepEqual(JSON.parse(item.arguments), { city: 'Paris' });
    input.push(item, { type: 'function_call_output', call_id: item.call_id, output: 'Sunny' });
  }
  const second = await client.responses.create({ model: 'm', input, tools: [weather] });
  assert.equal(second.output_text, 'get_weather says: Sunny');
});

test('the official client parses a structured answer', async () => {
  const Person = z.object({ name: z.string(), age: z.number().nullable() });
  const response = await clientOf(checkedServer()).responses.parse({
    model: 'm',
    input: "I'm John and 42",
    text: { format: zodTextFormat(Person, 'person') },
  });
  assert.deepEqual(response.output_parsed, { name: 'John', age: 42 });
});

test('errors arrive as the classes of the official client', async () => {
  const client = clientOf(checkedServer());
  const refused = client.responses.create({ model: 'm', input: 'hi', previous_response_id: 'resp_x' });
  await assert.rejects(refused, (error) => {
    assert.ok(error instanceof OpenAI.BadRequestError);
    assert.equal(error.code, 'previous_response_not_found');
    assert.equal(error.param, 'previous_response_id');
    assert.match(error.requestID!, /^req_/);
    return true;
  });
  const locked = new OpenAI({
    apiKey: 'sk-b',
    baseURL: 'http://local/v1',
    fetch: checkedServer({ requireKey: 'sk-a' }).fetch,
  });
  await assert.rejects(locked.models.list(), OpenAI.AuthenticationError);
});

test('the official client tries again after 429, as often as the server asks it to', async () => {
  const server = checkedServer();
  server.failNext({ status: 429, headers: { 'retry-after-ms': '1' }, times: 2 });
  const response = await clientOf(server).responses.create({ model: 'm', input: 'say hi' });
  assert.equal(response.output_text, 'hi');
  assert.deepEqual(
    server.requests.map(({ headers }) => headers['x-stainless-retry-count']),
    ['0', '1', '2'],
  );
});

test('the official client throws what an error event says, in both forms', async () => {
  for (const errorForm of ['nested', 'flat'] as const) {
    const server = checkedServer();
    server.failNext({ errorAfter: 3, errorForm, error: { code: 'rate_limit_exceeded', message: 'Too fast.' } });
    const stream = await clientOf(server).responses.create({ model: 'm', input: 'hi', stream: true });
    const read = async () => {
      for await (const _ of stream);
    };
    await assert.rejects(read(), (error) => error instanceof OpenAI.APIError && error.code === 'rate_limit_exceeded');
  }
});

test('a stream that is cut leaves the official client with a response in progress', async () => {
  const server = checkedServer();
  server.failNext({ cutAfter: 3 });
  const response = await clientOf(server).responses.stream({ model: 'm', input: 'hi' }).finalResponse();
  assert.equal(response.status, 'in_progress');
});

test('the official client can stop a stream', async () => {
  const server = checkedServer({ latency: 1 });
  const stream = await clientOf(server).responses.create({ model: 'm', input: 'count to 500', stream: true });
  for await (const event of stream) if (event.type === 'response.output_text.delta') break;
  await new Promise((resolve) => setTimeout(resolve, 5));
  assert.equal(server.inFlight, 0);
});
