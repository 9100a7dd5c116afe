import assert from 'node:assert/strict';
import { test } from 'node:test';

import { type Model, type StreamEvent, scriptedModel, type Turn } from 'agents-wasm/testing';

import { checkedServer } from '../../support/checked-server.ts';
import { assertFits } from '../../support/openai-schemas.ts';
import { call, eventsOf, respond, stream } from '../../support/responses-api.ts';

async function streamed(turn: Turn, request: object = {}): Promise<StreamEvent[]> {
  const server = checkedServer({ model: scriptedModel([turn]) });
  return eventsOf(await stream(server, { input: 'hi', ...request }));
}

/** The types in their order; deltas that follow each other count as one. */
function typesOf(events: StreamEvent[]): string[] {
  const types = events.map(({ type }) => type.replace('response.', ''));
  return types.filter((type, index) => !type.endsWith('.delta') || types[index - 1] !== type);
}

test('a text is streamed in the order of the live API, numbered from 0', async () => {
  const events = await streamed({ text: ['Hello', '!'] });
  assert.deepEqual(typesOf(events), [
    'created',
    'in_progress',
    'output_item.added',
    'content_part.added',
    'output_text.delta',
    'output_text.done',
    'content_part.done',
    'output_item.done',
    'completed',
  ]);
  assert.deepEqual(
    events.map(({ sequence_number }) => sequence_number),
    [...events.keys()],
  );
  const { obfuscation, ...delta } = events[4]!;
  assert.match(String(obfuscation), /^\w+$/);
  const item_id = (events[2] as any).item.id;
  assert.deepEqual(delta, {
    type: 'response.output_text.delta',
    sequence_number: 4,
    item_id,
    output_index: 0,
    content_index: 0,
    delta: 'Hello',
    logprobs: [],
  });
});

test('the first events show a response that is in progress and empty, the last one shows it whole', async () => {
  const events = (await streamed('Hello')) as any[];
  for (const { response } of events.slice(0, 2)) {
    assert.deepEqual([response.status, response.output, response.usage], ['in_progress', [], null]);
    assert.equal(response.service_tier, 'auto');
  }
  const { response } = events.at(-1);
  assert.deepEqual([response.status, response.service_tier], ['completed', 'default']);
  assert.deepEqual(response.output, [events.at(-2).item]);
});

test('several calls are streamed one after the other', async () => {
  const calls = [
    { name: 'get_weather', arguments: { city: 'Paris' }, callId: 'call_1' },
    { name: 'get_weather', arguments: { city: 'Rome' } },
  ];
  const events = (await streamed({ calls })) as any[];
  const one = [
    'output_item.added',
    'function_call_arguments.delta',
    'function_call_arguments.done',
    'output_item.done',
  ];
  assert.deepEqual(typesOf(events), ['created', 'in_progress', ...one, ...one, 'completed']);
  const [first, second] = events.at(-1).response.output;
  assert.deepEqual(first, {
    id: first.id,
    type: 'function_call',
    status: 'completed',
    arguments: '{"city":"Paris"}',
    call_id: 'call_1',
    name: 'get_weather',
  });
  assert.match(first.id, /^fc_[0-9a-f]{50}$/);
  assert.match(second.call_id, /^call_[A-Za-z0-9]{24}$/);
});

test('reasoning comes before the text that it led to', async () => {
  assert.deepEqual(
    typesOf(
      await streamed([
        { type: 'reasoning', summary: ['Plan'] },
        { type: 'text', text: ['Hi'] },
      ]),
    ),
    [
      ...['created', 'in_progress', 'output_item.added'],
      ...['reasoning_summary_part.added', 'reasoning_summary_text.delta'],
      ...['reasoning_summary_text.done', 'reasoning_summary_part.done', 'output_item.done'],
      ...['output_item.added', 'content_part.added', 'output_text.delta', 'output_text.done', 'content_part.done'],
      ...['output_item.done', 'completed'],
    ],
  );
});

test('every event fits the schemas of OpenAI', async () => {
  const turns: Turn[] = [
    { reasoning: 'Plan', text: 'Hello there' },
    { refusal: 'I cannot help with that.' },
    { calls: [{ name: 'f', arguments: '{}' }] },
    [{ type: 'custom_tool_call', name: 'run', input: 'print(1)' }],
    [{ type: 'reasoning', text: 'hmm' }],
    { text: 'Hel', incomplete: 'content_filter' },
    { text: 'Hel', failed: { code: 'rate_limit_exceeded', message: 'Slow down.' } },
    { items: [{ type: 'message', role: 'assistant', id: 'msg_1', status: 'completed', content: [] }] },
  ];
  for (const turn of turns) for (const event of await streamed(turn)) assertFits('ResponseStreamEvent', event);
});

test('a failure ends the stream with the response and its error', async () => {
  const last = (await streamed({ text: 'Hel', failed: { message: 'It broke.' } })).at(-1) as any;
  assert.equal(last.type, 'response.failed');
  assert.deepEqual(last.response.error, { code: 'server_error', message: 'It broke.' });
  assert.deepEqual([last.response.output.length, last.response.usage], [1, null]);
});

test('a model that throws half-way fails the response', async () => {
  const model: Model = {
    *respond() {
      yield { type: 'text', text: 'Hel' };
      throw new Error('The model is confused.');
    },
  };
  const events = (await eventsOf(await stream(checkedServer({ model }), { input: 'hi' }))) as any[];
  assert.equal(events.at(-1).response.error.message, 'The model is confused.');
});

test('what is streamed and what is answered whole are the same', async () => {
  const random = () => 0.5;
  const turn = { reasoning: 'Plan', text: 'Grüße, 世界 👋', calls: [{ name: 'f' }] };
  const open = () => checkedServer({ model: scriptedModel([turn]), random, now: () => 0 });
  const whole = await respond(open(), { input: 'hi', stream: false });
  const events = (await eventsOf(await stream(open(), { input: 'hi' }))) as any[];
  assert.deepEqual(events.at(-1).response, whole);
  const deltas = events.filter(({ type }) => type === 'response.output_text.delta').map(({ delta }) => delta);
  assert.equal(deltas.join(''), 'Grüße, 世界 👋');
});

test('padding is left out when the client does not want it', async () => {
  const events = await streamed('Hello', { stream_options: { include_obfuscation: false } });
  assert.ok(events.every((event) => !('obfuscation' in event)));
});

test('frames name their event, and end with [DONE] only where that is switched on', async () => {
  const text = async (done: boolean) => {
    const server = checkedServer({ model: scriptedModel(['Hi']), done });
    const response = await stream(server, { input: 'hi' });
    assert.equal(response.headers.get('content-type'), 'text/event-stream; charset=utf-8');
    return response.text();
  };
  const plain = await text(false);
  assert.match(plain, /^event: response\.created\ndata: \{"type":"response\.created","sequence_number":0,/);
  assert.match(plain, /\}\n\n$/);
  assert.match(await text(true), /\}\n\ndata: \[DONE\]\n\n$/);
});

test('a finished stream leaves a stored response', async () => {
  const server = checkedServer({ model: scriptedModel(['Hi']) });
  const events = (await eventsOf(await stream(server, { input: 'hi' }))) as any[];
  const { response } = events.at(-1);
  assert.deepEqual((await call(server, 'GET', `/responses/${response.id}`)).body, response);
});

test('raw bytes are answered as they are', async () => {
  const raw = ['event: x\r', '\ndata: {"a"', ':1}\r\n\r\n'];
  const server = checkedServer({ model: scriptedModel([{ raw }]) });
  assert.equal(await (await stream(server, { input: 'hi' })).text(), raw.join(''));
});
