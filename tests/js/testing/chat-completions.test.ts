import assert from 'node:assert/strict';
import { test } from 'node:test';

import { createOpenAIServer, type OpenAIServer, scriptedModel, type Turn } from 'agents-wasm/testing';
import OpenAI from 'openai';
import { zodResponseFormat } from 'openai/helpers/zod';
import { z } from 'zod';

import { assertFits } from '../../support/openai-schemas.ts';
import { call } from '../../support/responses-api.ts';

function clientOf(server: OpenAIServer): OpenAI {
  return new OpenAI({ apiKey: 'sk-none', baseURL: 'http://local/v1', fetch: server.fetch, maxRetries: 0 });
}

function scripted(turns: Iterable<Turn>): OpenAI {
  return clientOf(createOpenAIServer({ model: scriptedModel(turns) }));
}

const messages = [{ role: 'user' as const, content: 'hi' }];
const tools = [
  { type: 'function' as const, function: { name: 'add', parameters: { type: 'object', properties: {} } } },
  { type: 'custom' as const, custom: { name: 'sql' } },
];

test('the official client gets a chat completion', async () => {
  const completion = await clientOf(createOpenAIServer()).chat.completions.create({
    model: 'gpt-5.6-luna',
    messages: [{ role: 'user', content: "Hello, I'm John" }],
  });
  assert.match(completion.id, /^chatcmpl-/);
  assert.equal(completion.object, 'chat.completion');
  const [choice] = completion.choices;
  assert.equal(choice?.message.content, 'Hello John, nice to meet you. I will remember that.');
  assert.equal(choice?.finish_reason, 'stop');
  assert.ok(completion.usage && completion.usage.total_tokens > completion.usage.completion_tokens);
  assert.match(completion._request_id!, /^req_/);
});

test('the model sees the whole chat, its calls and what they gave', async () => {
  const seen: unknown[] = [];
  const client = scripted([
    ({ input }) => {
      seen.push(...input.map(({ id, status, ...rest }) => rest));
      return 'ok';
    },
  ]);
  await client.chat.completions.create({
    model: 'm',
    tools,
    messages: [
      { role: 'system', content: 'Be brief.' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'look' },
          { type: 'image_url', image_url: { url: 'data:image/png;base64,AA==', detail: 'low' } },
          { type: 'file', file: { file_id: 'file-1' } },
        ],
      },
      {
        role: 'assistant',
        content: 'I add.',
        tool_calls: [
          { id: 'call_1', type: 'function', function: { name: 'add', arguments: '{}' } },
          { id: 'call_2', type: 'custom', custom: { name: 'sql', input: 'select 1' } },
        ],
      },
      { role: 'tool', tool_call_id: 'call_1', content: '3' },
      { role: 'tool', tool_call_id: 'call_2', content: [{ type: 'text', text: '1' }] },
    ],
  });
  assert.deepEqual(seen, [
    { type: 'message', role: 'system', content: [{ type: 'input_text', text: 'Be brief.' }] },
    {
      type: 'message',
      role: 'user',
      content: [
        { type: 'input_text', text: 'look' },
        { type: 'input_image', image_url: 'data:image/png;base64,AA==', detail: 'low' },
        { type: 'input_file', file_id: 'file-1' },
      ],
    },
    {
      type: 'message',
      role: 'assistant',
      content: [{ type: 'output_text', text: 'I add.', annotations: [], logprobs: [] }],
    },
    { type: 'function_call', call_id: 'call_1', name: 'add', arguments: '{}' },
    { type: 'custom_tool_call', call_id: 'call_2', name: 'sql', input: 'select 1' },
    { type: 'function_call_output', call_id: 'call_1', output: '3' },
    { type: 'custom_tool_call_output', call_id: 'call_2', output: '1' },
  ]);
});

test("the official client's accumulator takes texts, refusals and calls that are streamed", async () => {
  const client = scripted([
    { text: ['Let me', ' add.'], calls: [{ name: 'add', arguments: { a: 1 }, callId: 'call_1' }, { name: 'add' }] },
    { refusal: 'No, thank you.' },
    [{ type: 'item', item: { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'whole' }] } }],
  ]);
  const stream = client.chat.completions.stream({
    model: 'm',
    messages,
    tools: tools.slice(0, 1) as never,
    stream_options: { include_usage: true },
  });
  const deltas: string[] = [];
  stream.on('content', (delta) => deltas.push(delta));
  const { choices, usage } = await stream.finalChatCompletion();
  assert.deepEqual(deltas, ['Let me', ' add.']);
  assert.equal(choices[0]?.finish_reason, 'tool_calls');
  assert.deepEqual(
    choices[0]?.message.tool_calls?.map((one) => 'function' in one && one.function.arguments),
    ['{"a":1}', '{}'],
  );
  assert.equal(choices[0]?.message.tool_calls?.[0]?.id, 'call_1');
  assert.ok(usage && usage.completion_tokens > 0);
  const refused = await client.chat.completions.stream({ model: 'm', messages }).finalChatCompletion();
  assert.equal(refused.choices[0]?.message.refusal, 'No, thank you.');
  assert.equal(refused.usage, undefined);
  assert.equal(await client.chat.completions.stream({ model: 'm', messages }).finalContent(), 'whole');
});

test('structured output is parsed by the official client', async () => {
  const answer = z.object({ city: z.string() });
  const client = scripted([({ textFormat }) => JSON.stringify({ city: textFormat.name })]);
  const completion = await client.chat.completions.parse({
    model: 'm',
    messages,
    response_format: zodResponseFormat(answer, 'answer'),
  });
  assert.deepEqual(completion.choices[0]?.message.parsed, { city: 'answer' });
});

test('what is cut short says why, and what fails is an error', async () => {
  const client = scripted([
    { text: 'half', incomplete: 'content_filter' },
    'far too long for one token',
    { failed: { message: 'Oh.' } },
    { text: 'well', failed: { message: 'Oh.' } },
  ]);
  const create = (more: object) => client.chat.completions.create({ model: 'm', messages, ...more });
  const filtered = (await create({})) as OpenAI.ChatCompletion;
  assert.equal(filtered.choices[0]?.finish_reason, 'content_filter');
  const cut = (await create({ max_tokens: 1 })) as OpenAI.ChatCompletion;
  assert.equal(cut.choices[0]?.finish_reason, 'length');
  await assert.rejects(create({}), { status: 500, message: /Oh\./ });
  const stream = await client.chat.completions.create({ model: 'm', messages, stream: true });
  await assert.rejects(async () => {
    for await (const _ of stream);
  }, /Oh\./);
});

test('faults reach chat completions too', async () => {
  const server = createOpenAIServer({ model: scriptedModel(['a b c d e f', 'fine']) });
  const client = clientOf(server);
  server.failNext({ status: 429 });
  await assert.rejects(client.chat.completions.create({ model: 'm', messages }), OpenAI.RateLimitError);
  server.failNext({ errorAfter: 6, error: { message: 'Broken.' } });
  await assert.rejects(client.chat.completions.stream({ model: 'm', messages }).finalContent(), /Broken\./);
  server.failNext({ chunkBytes: 7 });
  assert.equal(await client.chat.completions.stream({ model: 'm', messages }).finalContent(), 'fine');
});

test('requests that the live API refuses are refused', async () => {
  const server = createOpenAIServer();
  const calls = [{ id: 'call_1', type: 'function', function: { name: 'add', arguments: '{}' } }];
  const refused: [object, RegExp][] = [
    [{ messages: undefined }, /Missing required parameter: 'messages'/],
    [{ messages: [] }, /empty array/],
    [{ model: undefined }, /you must provide a model parameter/],
    [{ input: 'hi' }, /Unrecognized request argument supplied: input/],
    [{ messages: [{ role: 'robot', content: 'hi' }] }, /Invalid value: 'robot'/],
    [{ messages: [{ role: 'user' }] }, /Invalid type for 'messages\[0\]\.content'/],
    [{ messages: [{ role: 'assistant', content: null }] }, /Invalid type for 'messages\[0\]\.content'/],
    [{ messages: [{ role: 'user', content: [{ type: 'input_text', text: 'hi' }] }] }, /Invalid value: 'input_text'/],
    [{ tools: [{ type: 'web_search' }] }, /Invalid value: 'web_search'/],
    [{ tools: [{ type: 'function', name: 'add' }] }, /Missing required parameter: 'tools\[0\]\.function'/],
    [{ tool_choice: 'auto' }, /only allowed when 'tools' are specified/],
    [{ parallel_tool_calls: true }, /only allowed when 'tools' are specified/],
    [{ tools, tool_choice: { type: 'function', name: 'add' } }, /'tool_choice\.function'/],
    [{ stream_options: { include_usage: true } }, /only allowed when 'stream' is enabled/],
    [{ response_format: { type: 'json_schema', name: 'x' } }, /'response_format\.json_schema'/],
    [
      { messages: [{ role: 'tool', tool_call_id: 'call_1', content: '3' }] },
      /must be a response to a preceeding message/,
    ],
    [{ messages: [{ role: 'assistant', tool_calls: calls }] }, /did not have response messages: call_1/],
    [
      { messages: [{ role: 'assistant', tool_calls: calls }, ...messages] },
      /must be followed by tool messages responding to each/,
    ],
  ];
  for (const [more, message] of refused) {
    const { status, body } = await call(server, 'POST', '/chat/completions', { model: 'm', messages, ...more });
    assert.equal(status, 400, JSON.stringify(more));
    assert.match(body.error.message, message);
  }
});

test("answers and pieces of answers fit OpenAI's own document", async () => {
  const turn: Turn = { text: 'I add.', calls: [{ name: 'add', arguments: { a: 1 } }] };
  const server = createOpenAIServer({ model: scriptedModel([turn, turn, { refusal: 'No.' }]) });
  const request = { model: 'm', messages, tools: tools.slice(0, 1) };
  for (const _ of ['calls', 'refusal']) {
    const { body } = await call(server, 'POST', '/chat/completions', request);
    assertFits('CreateChatCompletionResponse', body);
    if (body.choices[0].message.refusal) continue;
    const response = await server.fetch('http://local/v1/chat/completions', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...request, stream: true, stream_options: { include_usage: true } }),
    });
    const pieces = (await response.text()).split('\n\n').slice(0, -1);
    assert.equal(pieces.pop(), 'data: [DONE]');
    for (const piece of pieces) assertFits('CreateChatCompletionStreamResponse', JSON.parse(piece.slice(6)));
  }
});
