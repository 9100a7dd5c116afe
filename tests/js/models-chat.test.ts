import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';

import { OpenAIChatCompletionsModel } from 'agents-wasm';
import { createOpenAIServer, scriptedModel, type Turn } from 'agents-wasm/testing';

import { eventStream, eventsIn, modelRequest } from '../support/model-request.ts';

const model = new OpenAIChatCompletionsModel();
const KEY = 'sk-local-5f1c';

function asked(turns: Iterable<Turn>) {
  return modelRequest(createOpenAIServer({ model: scriptedModel(turns) }).fetch);
}

/** What comes of these pieces, streamed; the last response of the events. */
async function streamed(pieces: (string | object)[]) {
  const { events, error } = await eventsIn(model.getStreamedResponse(modelRequest(async () => eventStream(pieces))));
  return { events, error, response: events.at(-1)?.response };
}

const piece = (delta: object, finish: string | null = null) => ({
  id: 'chatcmpl-1',
  choices: [{ index: 0, delta, finish_reason: finish }],
});
const calls = (...tool_calls: object[]) => piece({ tool_calls });

test('a whole answer gives its text, calls, refusal, thoughts and usage as items', async () => {
  const request = asked([
    [
      { type: 'reasoning', text: 'Hm.' },
      { type: 'text', text: 'I add.' },
      { type: 'function_call', name: 'add', arguments: { a: 1 }, callId: 'call_1' },
      { type: 'custom_tool_call', name: 'sql', input: 'select 1', callId: 'call_2' },
    ],
    { refusal: 'No.' },
  ]);
  const response = await model.getResponse(request);
  assert.match(response.id!, /^chatcmpl-/);
  assert.match(response.requestId!, /^req_/);
  assert.deepEqual(response.output, [
    { type: 'reasoning', summary: [], content: [{ type: 'reasoning_text', text: 'Hm.' }] },
    {
      type: 'message',
      role: 'assistant',
      status: 'completed',
      content: [{ type: 'output_text', text: 'I add.', annotations: [], logprobs: [] }],
    },
    { type: 'function_call', call_id: 'call_1', name: 'add', status: 'completed', arguments: '{"a":1}' },
    { type: 'custom_tool_call', call_id: 'call_2', name: 'sql', status: 'completed', input: 'select 1' },
  ]);
  const { input_tokens, output_tokens, total_tokens } = response.usage!;
  assert.ok(input_tokens! > 0 && output_tokens! > 0 && total_tokens === input_tokens! + output_tokens!);
  const refused = await model.getResponse(request);
  assert.deepEqual(refused.output[0]?.content, [{ type: 'refusal', refusal: 'No.' }]);
});

test('a stream gives the events of the Responses API, and the response that a whole answer gives', async () => {
  const turn: Turn = [
    { type: 'reasoning', text: 'Hm.' },
    { type: 'text', text: ['I ', 'add.'] },
    { type: 'function_call', name: 'add', arguments: '{"a":1}', callId: 'call_1' },
    { type: 'function_call', name: 'add', arguments: '{"a":2}', callId: 'call_2' },
  ];
  const request = asked([turn, turn]);
  const { events, error } = await eventsIn(model.getStreamedResponse(request));
  assert.equal(error, undefined);
  assert.deepEqual(
    events.map(({ sequence_number: number }) => number),
    events.map((_, index) => index),
  );
  const types = events.map(({ type }) => type.replace('response.', ''));
  assert.deepEqual(
    types.filter((type, index) => type !== types[index - 1]),
    [
      ...['created', 'in_progress', 'output_item.added', 'content_part.added', 'reasoning_text.delta'],
      ...['reasoning_text.done', 'content_part.done', 'output_item.done'],
      ...['output_item.added', 'content_part.added', 'output_text.delta'],
      ...['output_text.done', 'content_part.done', 'output_item.done'],
      ...['output_item.added', 'function_call_arguments.delta', 'output_item.added', 'function_call_arguments.delta'],
      ...['function_call_arguments.done', 'output_item.done', 'function_call_arguments.done', 'output_item.done'],
      'completed',
    ],
  );
  const deltas = events.filter(({ type }) => type === 'response.output_text.delta');
  assert.deepEqual(
    deltas.map(({ delta, output_index }) => [delta, output_index]),
    [
      ['I ', 1],
      ['add.', 1],
    ],
  );
  const added = events.find(({ type, output_index }) => type === 'response.output_item.added' && output_index === 1);
  assert.equal(added?.item.id, deltas[0]?.item_id);
  const whole = await model.getResponse(request);
  const { output, usage } = events.at(-1)!.response;
  assert.deepEqual(output, whole.output);
  assert.deepEqual(usage, whole.usage);
});

test('an answer that is cut short is incomplete and says why, whole and streamed', async () => {
  const request = asked([
    { text: 'half', incomplete: 'content_filter' },
    { text: 'half', incomplete: 'content_filter' },
  ]);
  const whole = await model.getResponse(request);
  assert.equal(whole.status, 'incomplete');
  assert.deepEqual(whole.incomplete_details, { reason: 'content_filter' });
  assert.equal(whole.output[0]?.status, 'incomplete');
  const { events } = await eventsIn(model.getStreamedResponse(request));
  assert.equal(events.at(-1)?.type, 'response.incomplete');
  const { response } = await streamed([piece({ content: 'x' }, 'length')]);
  assert.deepEqual(response.incomplete_details, { reason: 'max_output_tokens' });
  assert.equal((await streamed([piece({ content: 'x' }, 'error')])).events.at(-1)?.type, 'response.failed');
});

test('the order and the pieces in which a server tells its calls do not matter', async () => {
  const named = (index: number | undefined, id: string | undefined, name: string | undefined, written: unknown) => ({
    ...(index !== undefined && { index }),
    ...(id !== undefined && { id }),
    type: 'function',
    function: { ...(name !== undefined && { name }), arguments: written },
  });
  const stories: Record<string, object[]> = {
    'side by side': [
      calls(named(0, 'a', 'add', ''), named(1, 'b', 'sub', '')),
      calls(named(1, undefined, undefined, '{"b"')),
      calls(named(0, undefined, undefined, '{"a"')),
      calls(named(0, undefined, undefined, ':1}'), named(1, undefined, undefined, ':2}')),
    ],
    'whole, with one index for all': [
      calls(named(0, 'a', 'add', '{"a":1}')),
      calls(named(0, 'b', 'sub', '{"b"')),
      calls(named(0, 'b', 'sub', ':2}')),
    ],
    'without an index': [
      calls(named(undefined, 'a', 'add', '{"a"')),
      calls(named(undefined, undefined, undefined, ':1}')),
      calls(named(undefined, 'b', 'sub', { b: 2 })),
    ],
    'the name behind the arguments': [
      calls(named(7, 'a', undefined, '{"a":1}')),
      calls(named(7, 'a', 'add', '')),
      calls(named(9, 'b', 'sub', '{"b":2}')),
    ],
  };
  for (const [story, pieces] of Object.entries(stories)) {
    const { response, error } = await streamed([...pieces, piece({}, 'tool_calls'), '[DONE]']);
    assert.equal(error, undefined, story);
    assert.deepEqual(
      response.output.map((item: Record<string, unknown>) => [
        item.call_id,
        item.name,
        JSON.parse(item.arguments as string),
      ]),
      [
        ['a', 'add', { a: 1 }],
        ['b', 'sub', { b: 2 }],
      ],
      story,
    );
  }
});

test('calls without an id get one, calls without arguments an empty object, and calls without a name are refused', async () => {
  const { response } = await streamed([
    calls({ function: { name: 'a' } }),
    calls({ function: { name: 'b', arguments: null } }),
    piece({}, 'stop'),
  ]);
  const [a, b] = response.output;
  assert.match(a.call_id, /^call_[0-9a-f]{32}$/);
  assert.notEqual(a.call_id, b.call_id);
  assert.deepEqual([a.name, a.arguments, b.name, b.arguments], ['a', '{}', 'b', '{}']);
  const { error } = await streamed([calls({ index: 0, id: 'a', function: { arguments: '{}' } }), piece({}, 'stop')]);
  assert.equal((error as Error).message, 'The model made a call without a name.');
});

test('text that goes on behind a call is a message of its own, and other answers than the first are ignored', async () => {
  const { response } = await streamed([
    piece({ content: 'one' }),
    { choices: [{ index: 1, delta: { content: 'other' } }] },
    calls({ index: 0, id: 'a', function: { name: 'add', arguments: '{}' } }),
    piece({ content: 'two' }, 'stop'),
  ]);
  assert.deepEqual(
    response.output.map((item: { type: string; content?: { text: string }[] }) => item.content?.[0]?.text ?? item.type),
    ['one', 'function_call', 'two'],
  );
});

test('thoughts under either name, texts as parts, citations and probabilities are understood', async () => {
  const cited = { url: 'https://example.com', title: 't', start_index: 0, end_index: 1 };
  const logprob = { token: 'a', logprob: -0.1, bytes: [97], top_logprobs: [] };
  const { response } = await streamed([
    piece({ reasoning: 'Hm' }),
    piece({ reasoning_content: '.' }),
    piece({
      content: [
        { type: 'text', text: 'a' },
        { type: 'thinking', thinking: [] },
      ],
    }),
    piece({ annotations: [{ type: 'url_citation', url_citation: cited }] }),
    { choices: [{ delta: { content: 'b' }, logprobs: { content: [logprob] }, finish_reason: 'stop' }] },
  ]);
  assert.deepEqual(response.output, [
    { type: 'reasoning', summary: [], content: [{ type: 'reasoning_text', text: 'Hm.' }] },
    {
      type: 'message',
      role: 'assistant',
      status: 'completed',
      content: [
        { type: 'output_text', text: 'ab', annotations: [{ type: 'url_citation', ...cited }], logprobs: [logprob] },
      ],
    },
  ]);
});

test('usage comes with the last piece, with each, or not at all', async () => {
  const usage = (prompt_tokens: number) => ({
    prompt_tokens,
    completion_tokens: 2,
    total_tokens: prompt_tokens + 2,
    prompt_tokens_details: { cached_tokens: 1 },
    completion_tokens_details: { reasoning_tokens: 1 },
  });
  const expected = {
    input_tokens: 7,
    input_tokens_details: { cached_tokens: 1 },
    output_tokens: 2,
    output_tokens_details: { reasoning_tokens: 1 },
    total_tokens: 9,
  };
  const said = piece({ content: 'a' }, 'stop');
  assert.deepEqual((await streamed([said, { choices: [], usage: usage(7) }])).response.usage, expected);
  assert.deepEqual((await streamed([{ ...said, usage: usage(3) }, { usage: usage(7) }])).response.usage, expected);
  assert.equal((await streamed([said])).response.usage, null);
  const odd = await streamed([{ ...said, usage: { prompt_tokens: 'x', completion_tokens: null } }]);
  assert.equal(odd.response.usage.total_tokens, 0);
});

test('a server that cannot stream may answer with the whole completion', async () => {
  const whole = { choices: [{ message: { content: 'ok', tool_calls: [{ id: 'a', function: { name: 'add' } }] } }] };
  const { events } = await eventsIn(model.getStreamedResponse(modelRequest(async () => Response.json(whole))));
  assert.deepEqual(
    events.at(-1)?.response.output.map((item: { type: string }) => item.type),
    ['message', 'function_call'],
  );
});

test('a stream is read in any chunking, with any line ends, comments and a mark at its beginning', async () => {
  const text = [
    ': hi',
    'event: x',
    `data: ${JSON.stringify(piece({ content: 'äöü🙂' }))}`,
    '',
    'data: {"choices":',
    'data: []}',
    '',
  ].concat(`data:${JSON.stringify(piece({ content: '!' }, 'stop'))}`, '', 'data: [DONE]', '', 'data: {oops', '');
  for (const end of ['\n', '\r\n', '\r']) {
    const bytes = new TextEncoder().encode(`\uFEFF${text.join(end)}`);
    for (const size of [1, 2, 3, 7, bytes.length]) {
      const body = new ReadableStream({
        start(controller) {
          for (let at = 0; at < bytes.length; at += size) controller.enqueue(bytes.slice(at, at + size));
          controller.close();
        },
      });
      const answer = new Response(body, { headers: { 'content-type': 'text/event-stream' } });
      const { events, error } = await eventsIn(model.getStreamedResponse(modelRequest(async () => answer)));
      assert.equal(error, undefined);
      assert.equal(events.at(-1)?.response.output[0].content[0].text, 'äöü🙂!');
    }
  }
});

test('a stream that ends too early is a lost connection, and one with garbage the fault of the server', async () => {
  const code = async (pieces: (string | object)[]) =>
    ((await streamed(pieces)).error as { code?: string } | undefined)?.code;
  assert.equal(await code([piece({ content: 'a' })]), 'api_connection');
  assert.equal(await code([]), 'api_connection');
  assert.equal(await code([piece({ content: 'a' }), '[DONE]']), undefined);
  for (const garbage of ['{oops', '5', '[]', 'null']) assert.equal(await code([garbage]), 'model_behavior');
  assert.equal(await code([{ choices: [] }, '[DONE]']), 'model_behavior');
  assert.equal(
    await code([{ choices: 'x' }, { choices: [7] }, piece({ content: 5, tool_calls: [1] }, 'stop')]),
    'model_behavior',
  );
  assert.equal(await code([piece({ content: 'a' }), { error: { message: 'Oh.', code: 503 } }]), 'api_error');
});

test('whole answers that are none are errors of the right kind', async () => {
  const failure = (answer: () => Response) =>
    model.getResponse(modelRequest(async () => answer())).then(
      () => assert.fail('It must fail.'),
      (error) => error,
    );
  for (const body of ['oops', '[]', '5', '{}', '{"choices":[]}', '{"choices":null}']) {
    const error = await failure(() => new Response(body, { headers: { 'content-type': 'application/json' } }));
    assert.equal(error.code, 'model_behavior', body);
  }
  const page = await failure(() => new Response('<html>', { headers: { 'content-type': 'text/html' } }));
  assert.equal(page.message, 'The server answered a web page; the base URL may be wrong.');
  const said = await failure(() => Response.json({ error: { message: 'Oh.', code: 502, type: null } }));
  assert.deepEqual(
    [said.name, said.apiCode, said.message],
    ['APIError', '502', 'The API ended its answer with an error: Oh.'],
  );
});

test('an error status tells what the server said, and when to come back', async () => {
  const headers = { 'retry-after': '2', 'x-should-retry': 'true', 'x-request-id': 'req_1' };
  const body = { error: { message: `Bad key ${KEY}.`, code: 'invalid_api_key', type: 't', param: null } };
  const answers = [() => Response.json(body, { status: 401, headers }), () => new Response('<p>', { status: 503 })];
  const errors: any[] = [];
  for (const answer of answers) {
    await model.getResponse(modelRequest(async () => answer())).catch((error) => errors.push(error));
  }
  const [told, silent] = errors;
  assert.equal(told.message, 'The API answered with status 401: Bad key ….');
  assert.deepEqual(
    [told.status, told.apiCode, told.type, told.param, told.requestId, told.retryAfterMs, told.shouldRetry],
    [401, 'invalid_api_key', 't', undefined, 'req_1', 2000, true],
  );
  assert.deepEqual([silent.status, silent.message], [503, 'The API answered with status 503.']);
  assert.equal(silent.retryAfterMs, undefined);
});

test('the key is in no error', async () => {
  const broken = () => new ReadableStream({ pull: (stream) => stream.error(new Error(`lost ${KEY}`)) });
  const answers: (() => Promise<Response>)[] = [
    () => Promise.reject(new Error('fetch failed', { cause: new Error(KEY) })),
    async () => new Response(broken()),
    async () => new Response(broken(), { headers: { 'content-type': 'text/event-stream' } }),
    async () => new Response(KEY, { status: 500 }),
  ];
  for (const answer of answers) {
    const { error } = await eventsIn(model.getStreamedResponse(modelRequest(answer)));
    assert.ok(error && !inspect(error, { depth: 9, showHidden: true }).includes(KEY), inspect(error));
  }
});

test('a caller that is gone ends the request, whatever it waits for', async () => {
  for (const fault of [{ hang: true }, { hangAfter: 3 }]) {
    const server = createOpenAIServer({ model: scriptedModel(['a b c']) });
    server.failNext(fault);
    const controller = new AbortController();
    const request = modelRequest(server.fetch, { signal: controller.signal });
    const reading = eventsIn(model.getStreamedResponse(request));
    while (server.inFlight === 0) await new Promise((resolve) => setImmediate(resolve));
    controller.abort(new Error('gone'));
    assert.equal(((await reading).error as { code: string }).code, 'api_connection');
    while (server.inFlight > 0) await new Promise((resolve) => setImmediate(resolve));
  }
});

test('a server that is silent for longer than timeout allows is given up', async () => {
  for (const fault of [{ hang: true }, { hangAfter: 4 }]) {
    const server = createOpenAIServer({ model: scriptedModel(['a b c']) });
    server.failNext(fault);
    const request = modelRequest(server.fetch);
    request.openai = { ...request.openai, timeout: 20 };
    const { error } = await eventsIn(model.getStreamedResponse(request));
    assert.equal((error as { code: string }).code, 'api_connection_timeout');
    assert.equal(server.inFlight, 0);
  }
});

test('a thousand calls and five megabytes in one piece are taken', async () => {
  const many = Array.from({ length: 1000 }, (_, index) =>
    calls({ index, id: `call_${index}`, function: { name: 'add' } }),
  );
  const { response } = await streamed([...many, piece({}, 'tool_calls')]);
  assert.equal(response.output.length, 1000);
  const text = 'x'.repeat(5 << 20);
  assert.equal((await streamed([piece({ content: text }, 'stop')])).response.output[0].content[0].text, text);
});
