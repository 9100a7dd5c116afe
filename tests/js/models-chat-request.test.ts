import assert from 'node:assert/strict';
import { test } from 'node:test';

import { type ModelRequest, OpenAIChatCompletionsModel } from 'agents-wasm';

import { modelRequest } from '../support/model-request.ts';
import { assertFits } from '../support/openai-schemas.ts';

const ANSWER = { id: 'chatcmpl-1', choices: [{ index: 0, message: { content: 'ok' }, finish_reason: 'stop' }] };

/** The request that goes to the server; it fits OpenAI's own document. */
async function sent(more: Partial<ModelRequest>, options = {}): Promise<{ url: string; init: RequestInit; body: any }> {
  const seen: { url: string; init: RequestInit; body: any }[] = [];
  const fetch = async (url: string, init: RequestInit) => {
    seen.push({ url, init, body: JSON.parse(init.body as string) });
    return Response.json(ANSWER);
  };
  await new OpenAIChatCompletionsModel(options).getResponse(modelRequest(fetch, more));
  assertFits('CreateChatCompletionRequest', seen[0]?.body);
  return seen[0]!;
}

async function messages(input: object[], instructions = ''): Promise<object[]> {
  return (await sent({ input, instructions })).body.messages;
}

const refusal = (name: RegExp) => ({ name: 'UserError', code: 'user_error', message: name });

test('a chat begins with the instructions and has the words of all who speak', async () => {
  const input = [
    { role: 'user', content: 'hi' },
    { type: 'message', role: 'developer', content: [{ type: 'input_text', text: 'Be kind.' }] },
    { role: 'assistant', content: 'Hello.' },
    {
      type: 'message',
      role: 'assistant',
      content: [
        { type: 'output_text', text: 'One.', annotations: [] },
        { type: 'output_text', text: ' Two.' },
        { type: 'refusal', refusal: 'Not three.' },
      ],
    },
  ];
  assert.deepEqual(await messages(input, 'Be brief.'), [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: 'hi' },
    { role: 'system', content: 'Be kind.' },
    { role: 'assistant', content: 'Hello.' },
    { role: 'assistant', content: 'One. Two.', refusal: 'Not three.' },
  ]);
});

test('images, files and sound go along with the words', async () => {
  const content = [
    { type: 'input_text', text: 'look' },
    { type: 'input_image', image_url: 'data:image/png;base64,AA==', detail: 'low' },
    { type: 'input_image', image_url: 'https://example.com/a.png', detail: null },
    { type: 'input_file', file_data: 'data:application/pdf;base64,AA==', filename: 'a.pdf' },
    { type: 'input_file', file_id: 'file-1' },
    { type: 'input_audio', input_audio: { data: 'AA==', format: 'wav' } },
  ];
  assert.deepEqual(await messages([{ role: 'user', content }]), [
    {
      role: 'user',
      content: [
        { type: 'text', text: 'look' },
        { type: 'image_url', image_url: { url: 'data:image/png;base64,AA==', detail: 'low' } },
        { type: 'image_url', image_url: { url: 'https://example.com/a.png' } },
        { type: 'file', file: { file_data: 'data:application/pdf;base64,AA==', filename: 'a.pdf' } },
        { type: 'file', file: { file_id: 'file-1' } },
        { type: 'input_audio', input_audio: { data: 'AA==', format: 'wav' } },
      ],
    },
  ]);
});

test('what a turn of the model said and called is one message, and outputs follow it', async () => {
  const call = (id: string) => ({ type: 'function_call', call_id: id, name: 'add', arguments: '{}' });
  const output = (id: string, value: unknown) => ({ type: 'function_call_output', call_id: id, output: value });
  const said = { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'I add.' }] };
  const custom = { type: 'custom_tool_call', call_id: 'd', name: 'sql', input: 'select 1' };
  const asCall = (id: string) => ({ id, type: 'function', function: { name: 'add', arguments: '{}' } });
  const history = [
    ...[{ role: 'user', content: 'hi' }, said, call('a'), call('b'), output('a', '1')],
    ...[output('b', [{ type: 'input_text', text: '2' }]), call('c'), said, custom, output('c', '3')],
    { type: 'custom_tool_call_output', call_id: 'd', output: '4' },
    said,
  ];
  assert.deepEqual(await messages(history), [
    { role: 'user', content: 'hi' },
    { role: 'assistant', content: 'I add.', tool_calls: [asCall('a'), asCall('b')] },
    { role: 'tool', tool_call_id: 'a', content: '1' },
    { role: 'tool', tool_call_id: 'b', content: '2' },
    {
      role: 'assistant',
      content: 'I add.',
      tool_calls: [asCall('c'), { id: 'd', type: 'custom', custom: { name: 'sql', input: 'select 1' } }],
    },
    { role: 'tool', tool_call_id: 'c', content: '3' },
    { role: 'tool', tool_call_id: 'd', content: '4' },
    { role: 'assistant', content: 'I add.' },
  ]);
});

test('reasoning goes back with the calls that it led to, and nowhere else', async () => {
  const reasoning = (text: string) => ({ type: 'reasoning', summary: [], content: [{ type: 'reasoning_text', text }] });
  const history = [
    { role: 'user', content: 'hi' },
    reasoning('first'),
    { role: 'assistant', content: 'Hello.' },
    { role: 'user', content: 'add' },
    { type: 'reasoning', summary: [], encrypted_content: 'gAAA' },
    reasoning('second'),
    { type: 'function_call', call_id: 'a', name: 'add', arguments: '{}' },
    { type: 'function_call_output', call_id: 'a', output: '1' },
  ];
  assert.deepEqual((await messages(history)).slice(1), [
    { role: 'assistant', content: 'Hello.' },
    { role: 'user', content: 'add' },
    {
      role: 'assistant',
      content: null,
      reasoning_content: 'second',
      tool_calls: [{ id: 'a', type: 'function', function: { name: 'add', arguments: '{}' } }],
    },
    { role: 'tool', tool_call_id: 'a', content: '1' },
  ]);
});

test('what the API did by itself earlier is left out, and what a chat cannot hold is refused by name', async () => {
  const hosted = ['web_search_call', 'file_search_call', 'code_interpreter_call', 'image_generation_call', 'mcp_call'];
  assert.deepEqual(await messages([...hosted.map((type) => ({ type })), { role: 'user', content: 'hi' }]), [
    { role: 'user', content: 'hi' },
  ]);
  for (const type of ['computer_call', 'shell_call', 'compaction', 'item_reference', 'acme:probe']) {
    await assert.rejects(messages([{ type }]), refusal(new RegExp(`no place for an item of the type '${type}'`)));
  }
  const image = { type: 'input_image', file_id: 'file-1' };
  await assert.rejects(messages([{ role: 'user', content: [image] }]), refusal(/images by image_url only/));
  const file = { type: 'input_file', file_url: 'https://example.com' };
  await assert.rejects(messages([{ role: 'user', content: [file] }]), refusal(/by file_data or file_id only/));
  await assert.rejects(messages([{ role: 'user', content: [{ type: 'hologram' }] }]), refusal(/the type 'hologram'/));
  await assert.rejects(messages([{ role: 'user', content: [7] }]), refusal(/an unknown type/));
  const output = { type: 'function_call_output', call_id: 'a', output: [image] };
  await assert.rejects(
    messages([output]),
    refusal(/text only as the output of a tool, but there is the type 'input_image'/),
  );
});

test('settings go by the names that a chat has for them, and unknown ones stay', async () => {
  const settings = {
    temperature: 0.5,
    max_output_tokens: 100,
    reasoning: { effort: 'low', summary: 'auto' },
    text: { verbosity: 'low' },
    top_logprobs: 2,
    tool_choice: { type: 'function', name: 'add' },
    parallel_tool_calls: false,
    truncation: 'auto',
    include: ['reasoning.encrypted_content'],
    stream_options: { include_obfuscation: false },
    store: false,
    top_k: 5,
  };
  const schema = { type: 'object' };
  const { body } = await sent({
    settings,
    tools: [
      { type: 'function', name: 'add', description: 'adds', parameters: schema, strict: true },
      { type: 'function', name: 'sub', strict: null },
      { type: 'custom', name: 'sql', format: { type: 'grammar', syntax: 'lark', definition: 'start: "x"' } },
      { type: 'custom', name: 'free', format: { type: 'text' } },
    ],
    outputFormat: { type: 'json_schema', name: 'answer', schema, strict: true },
  });
  assert.deepEqual(body, {
    model: 'm',
    messages: [{ role: 'user', content: 'hi' }],
    tools: [
      { type: 'function', function: { name: 'add', description: 'adds', parameters: schema, strict: true } },
      { type: 'function', function: { name: 'sub' } },
      {
        type: 'custom',
        custom: { name: 'sql', format: { type: 'grammar', grammar: { syntax: 'lark', definition: 'start: "x"' } } },
      },
      { type: 'custom', custom: { name: 'free', format: { type: 'text' } } },
    ],
    parallel_tool_calls: false,
    tool_choice: { type: 'function', function: { name: 'add' } },
    max_completion_tokens: 100,
    response_format: { type: 'json_schema', json_schema: { name: 'answer', schema, strict: true } },
    verbosity: 'low',
    reasoning_effort: 'low',
    logprobs: true,
    top_logprobs: 2,
    temperature: 0.5,
    store: false,
    top_k: 5,
  });
});

test('without tools nothing is said about choosing them', async () => {
  const { body } = await sent({ settings: { tool_choice: 'auto', parallel_tool_calls: true } });
  assert.deepEqual(body, { model: 'm', messages: [{ role: 'user', content: 'hi' }] });
  const tools = [{ type: 'function', name: 'add' }];
  const allowed = { type: 'allowed_tools', mode: 'required', tools: [{ type: 'function', name: 'add' }] };
  const { body: choosing } = await sent({ tools, settings: { tool_choice: allowed } });
  assert.deepEqual(choosing.tool_choice, {
    type: 'allowed_tools',
    allowed_tools: { mode: 'required', tools: [{ type: 'function', function: { name: 'add' } }] },
  });
});

test('hosted tools and stored responses are refused by name', async () => {
  await assert.rejects(
    sent({ tools: [{ type: 'web_search' }] }),
    refusal(/no hosted tools, but the agent has 'web_search'/),
  );
  const tools = [{ type: 'function', name: 'add' }];
  const settings = { tool_choice: { type: 'file_search' } };
  await assert.rejects(sent({ tools, settings }), refusal(/tool_choice names 'file_search'/));
  await assert.rejects(sent({ previousResponseId: 'resp_1' }), refusal(/'previousResponseId' cannot be used/));
  for (const name of ['conversation', 'prompt', 'background', 'previous_response_id']) {
    await assert.rejects(sent({ settings: { [name]: 'x' } }), refusal(new RegExp(`'${name}' cannot be used`)));
  }
  assert.ok(await sent({ settings: { background: false, conversation: null } }));
});

test("a model goes where the run's requests go, or to a server of its own, which gets no key that is not for it", async () => {
  const { url, init, body } = await sent({ model: 'named' });
  assert.equal(url, 'http://local/v1/chat/completions');
  assert.equal((init.headers as Record<string, string>).authorization, 'Bearer sk-local-5f1c');
  assert.equal(body.model, 'named');
  const other = await sent({ model: 'named' }, { model: 'mine', openai: { baseURL: 'http://localhost:11434/v1/' } });
  assert.equal(other.url, 'http://localhost:11434/v1/chat/completions');
  assert.equal('authorization' in (other.init.headers as object), false);
  assert.equal(other.body.model, 'mine');
  const keyed = await sent({}, { openai: { baseURL: 'http://localhost:1/v1', apiKey: 'k' } });
  assert.equal((keyed.init.headers as Record<string, string>).authorization, 'Bearer k');
  assert.throws(() => new OpenAIChatCompletionsModel({ model: 7 as never }), { name: 'UserError' });
  assert.throws(() => new OpenAIChatCompletionsModel({ openai: { timeout: -1 } }), { name: 'UserError' });
});
