import assert from 'node:assert/strict';
import { test } from 'node:test';

import { scriptedModel } from 'agents-wasm/testing';

import { checkedServer } from '../../support/checked-server.ts';
import { assertFits } from '../../support/openai-schemas.ts';
import { call, respond } from '../../support/responses-api.ts';

test('a response carries every field of the live API, with the request echoed and defaults filled in', async () => {
  const server = checkedServer({ model: scriptedModel(['Hello!']), now: () => 1785456000_000 });
  const { id, output, ...rest } = await respond(server, { model: 'gpt-5.6-luna', input: 'hi' });

  assert.match(id, /^resp_[0-9a-f]{16}006a6be580[0-9a-f]{24}$/);
  assert.equal(output[0]?.id?.slice(4, 30), id.slice(5, 31));
  const content = [{ type: 'output_text', annotations: [], logprobs: [], text: 'Hello!' }];
  assert.deepEqual(output, [{ id: output[0]?.id, type: 'message', status: 'completed', content, role: 'assistant' }]);
  assert.deepEqual(rest, {
    object: 'response',
    created_at: 1785456000,
    status: 'completed',
    background: false,
    completed_at: 1785456000,
    error: null,
    frequency_penalty: 0,
    incomplete_details: null,
    instructions: null,
    max_output_tokens: null,
    max_tool_calls: null,
    model: 'gpt-5.6-luna',
    moderation: null,
    parallel_tool_calls: true,
    presence_penalty: 0,
    previous_response_id: null,
    prompt_cache_key: null,
    prompt_cache_retention: null,
    reasoning: { context: null, effort: null, summary: null },
    safety_identifier: null,
    service_tier: 'default',
    store: true,
    temperature: 1,
    text: { format: { type: 'text' }, verbosity: 'medium' },
    tool_choice: 'auto',
    tools: [],
    top_logprobs: 0,
    top_p: 1,
    truncation: 'disabled',
    usage: {
      input_tokens: 8,
      input_tokens_details: { cache_write_tokens: 0, cached_tokens: 0 },
      output_tokens: 2,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: 10,
    },
    user: null,
    metadata: {},
  });
});

test('a function without strict is echoed with the strict schema that is tried', async () => {
  const server = checkedServer({ model: scriptedModel(['a', 'b', 'c']) });
  const properties = { a: { type: 'string' }, b: { type: 'object', properties: { c: { type: 'number' } } } };
  const tool = { type: 'function', name: 'f', parameters: { type: 'object', properties, required: ['a'] } };
  const echoOf = async (fields: object) => {
    const response = await respond(server, { input: 'hi', tools: [{ ...tool, ...fields }] });
    return (response.tools as object[])[0];
  };

  const filled = { description: null, output_schema: null };
  const b = { ...properties.b, required: ['c'], additionalProperties: false };
  const strict = {
    type: 'object',
    properties: { ...properties, b },
    required: ['a', 'b'],
    additionalProperties: false,
  };
  assert.deepEqual(await echoOf({}), { ...tool, ...filled, parameters: strict, strict: true });
  assert.deepEqual(await echoOf({ strict: false }), { ...tool, ...filled, strict: false });
  const open = { type: 'object', additionalProperties: { type: 'string' } };
  assert.deepEqual(await echoOf({ parameters: open }), { ...tool, ...filled, parameters: open, strict: false });
});

test('every kind of answer fits the schemas of OpenAI', async () => {
  const turns = [
    { text: 'Hello' },
    { reasoning: 'Think', text: 'Hello' },
    { refusal: 'No.' },
    { calls: [{ name: 'f', arguments: { a: 1 } }, { name: 'g' }] },
    { text: 'Hel', incomplete: 'max_output_tokens' as const },
    { failed: { message: 'It broke.' } },
    [{ type: 'custom_tool_call' as const, name: 'run', input: 'print(1)' }],
    [{ type: 'reasoning' as const, text: 'hmm', encryptedContent: 'gAAA' }],
  ];
  const server = checkedServer({ model: scriptedModel(turns) });
  const text = { format: { type: 'json_schema', name: 'n', schema: { type: 'object' } }, verbosity: 'low' };
  const tool_choice = { type: 'function', name: 'f' };
  for (const _ of turns) {
    const request = { input: 'hi', text, tool_choice, reasoning: { effort: 'low' }, metadata: { a: 'b' } };
    assertFits('Response', await respond(server, request));
  }
});

test('a stored response can be read and deleted, one with store false cannot', async () => {
  const server = checkedServer({ model: scriptedModel(['one', 'two']) });
  const stored = await respond(server, { input: 'hi' });
  const unstored = await respond(server, { input: 'hi', store: false });

  assert.deepEqual((await call(server, 'GET', `/responses/${stored.id}`)).body, stored);
  const gone = {
    message: `Response with id '${unstored.id}' not found.`,
    type: 'invalid_request_error',
    param: null,
    code: null,
  };
  const reply = await call(server, 'GET', `/responses/${unstored.id}`);
  assert.deepEqual([reply.status, reply.body], [404, { error: gone }]);

  const deleted = { id: stored.id, object: 'response', deleted: true };
  assert.deepEqual((await call(server, 'DELETE', `/responses/${stored.id}`)).body, deleted);
  assert.equal((await call(server, 'GET', `/responses/${stored.id}`)).status, 404);
  assert.equal((await call(server, 'DELETE', `/responses/${stored.id}`)).status, 404);
});

test('only the newest responses are kept', async () => {
  const server = checkedServer({ model: scriptedModel(['one', 'two', 'three']), maxResponses: 2 });
  const ids: string[] = [];
  for (let i = 0; i < 3; ++i) ids.push((await respond(server, { input: 'hi' })).id);
  const statuses = await Promise.all(ids.map(async (id) => (await call(server, 'GET', `/responses/${id}`)).status));
  assert.deepEqual(statuses, [404, 200, 200]);
});

test('the chain of previous responses is put before the input, and its instructions are not', async () => {
  const seen: unknown[] = [];
  const look = (answer: string) => (request: { input: any[]; instructions: string | null }) => {
    seen.push([request.instructions, ...request.input.map(({ role, content }) => `${role}: ${content[0].text}`)]);
    return answer;
  };
  const server = checkedServer({ model: scriptedModel([look('one'), look('two'), look('three'), look('fork')]) });
  const first = await respond(server, { input: 'a', instructions: 'Be brief.' });
  const second = await respond(server, { input: 'b', previous_response_id: first.id });
  await respond(server, { previous_response_id: second.id, input: [{ role: 'developer', content: 'c' }] });
  await respond(server, { input: 'd', previous_response_id: first.id });

  assert.equal(second.previous_response_id, first.id);
  assert.deepEqual(seen, [
    ['Be brief.', 'user: a'],
    [null, 'user: a', 'assistant: one', 'user: b'],
    [null, 'user: a', 'assistant: one', 'user: b', 'assistant: two', 'developer: c'],
    [null, 'user: a', 'assistant: one', 'user: d'],
  ]);
});

test('a reference to a stored item stands for the item', async () => {
  let seen: unknown;
  const server = checkedServer({
    model: scriptedModel([
      'one',
      (request) => {
        seen = request.input[0];
        return 'two';
      },
    ]),
  });
  const first = await respond(server, { input: 'a' });
  await respond(server, {
    input: [
      { type: 'item_reference', id: first.output[0]!.id },
      { role: 'user', content: 'b' },
    ],
  });
  assert.deepEqual(seen, first.output[0]);
});

test('the models are listed, and one can be asked for by name', async () => {
  const server = checkedServer();
  const { body } = await call(server, 'GET', '/models');
  assert.deepEqual(
    body.data.map((model: { id: string }) => model.id),
    ['offline-1'],
  );
  assert.deepEqual((await call(server, 'GET', '/models/offline-1')).body, body.data[0]);
  const missing = await call(server, 'GET', '/models/gpt-9');
  assert.deepEqual([missing.status, missing.body.error.code], [404, 'model_not_found']);
});

test('a model without intelligence says so in the response, whatever model was asked for', async () => {
  assert.equal((await respond(checkedServer(), { model: 'gpt-5.6-luna', input: 'hi' })).model, 'offline-1');
});

test('an answer stops where the output tokens are used up', async () => {
  const server = checkedServer({ model: scriptedModel([{ text: 'x'.repeat(65), calls: [{ name: 'never' }] }]) });
  const response = await respond(server, { input: 'hi', max_output_tokens: 16 });
  assert.equal(response.status, 'incomplete');
  assert.deepEqual(response.incomplete_details, { reason: 'max_output_tokens' });
  assert.equal(response.output.length, 1);
  assert.equal(response.output[0]?.status, 'incomplete');
  assert.equal(response.usage?.output_tokens, 16);
});
