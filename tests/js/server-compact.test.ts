import assert from 'node:assert/strict';
import { before, test } from 'node:test';

import {
  Agent,
  MemorySession,
  OpenAIProvider,
  OpenAIResponsesCompactionSession,
  Runner,
  setTracingDisabled,
} from '@openai/agents';
import { createOpenAIServer, type Item, type OpenAIServer, scriptedModel } from 'agents-wasm/testing';
import OpenAI from 'openai';

import { checkedServer } from '../support/checked-server.ts';
import { call, eventsOf, respond, stream, textOf } from '../support/responses-api.ts';

before(() => setTracingDisabled(true));

const clientOf = ({ fetch }: OpenAIServer) => new OpenAI({ apiKey: 'sk-none', baseURL: 'http://local/v1', fetch });

const user = (text: string) => ({ role: 'user' as const, content: text });
const assistant = (text: string) => ({ role: 'assistant' as const, content: text });
const question = user("What's my name?");

const history = [
  user("Hello, I'm John"),
  assistant('Hello John.'),
  user('Look at the weather in Paris.'),
  { type: 'function_call', call_id: 'call_1', name: 'get_weather', arguments: '{"city":"Paris"}' },
  { type: 'function_call_output', call_id: 'call_1', output: 'Sunny' },
  assistant('It is sunny.'),
];

async function compacted(server: OpenAIServer, request: object = { input: history }): Promise<any> {
  const { status, body } = await call(server, 'POST', '/responses/compact', { model: 'm', ...request });
  assert.equal(status, 200, JSON.stringify(body));
  return body;
}

test('a compaction keeps every user message as it is and folds the rest into one item', async () => {
  const { object, id, output, usage } = await compacted(checkedServer());
  assert.equal(object, 'response.compaction');
  assert.match(id, /^resp_/);
  assert.deepEqual(
    output.map(({ type, role, content }: any) => [type, role, content?.[0].text]),
    [
      ['message', 'user', "Hello, I'm John"],
      ['message', 'user', 'Look at the weather in Paris.'],
      ['compaction', undefined, undefined],
    ],
  );
  assert.match(output[2].id, /^cmp_/);
  assert.match(output[2].encrypted_content, /^gAAAAA/);
  assert.ok(usage.input_tokens > 0 && usage.output_tokens > 0);
});

test('the offline model knows what was folded, whether or not the user messages come along', async () => {
  const server = checkedServer();
  const { output } = await compacted(server);
  for (const start of [output, output.slice(-1)]) {
    assert.equal(textOf(await respond(server, { input: [...start, question] })), 'Your name is John.');
    const count = await respond(server, { input: [...start, user('How many messages did I send?')] });
    assert.match(textOf(count), /You have sent 3 messages, this one included, and I have answered 2 times/);
  }
});

test('what was folded twice is still known', async () => {
  const server = checkedServer();
  const first = await compacted(server);
  const more = [user('My favourite colour is green.'), assistant('Noted.')];
  const second = await compacted(server, { input: [...first.output, ...more] });
  assert.equal(second.output.filter(({ type }: Item) => type === 'compaction').length, 1);
  const input = [...second.output.slice(-1), user("What's my name and my favourite colour?")];
  assert.equal(textOf(await respond(server, { input })), 'Your name is John. Your favourite colour is green.');
});

test('a long history is folded into a short item that still knows the name', async () => {
  const server = checkedServer();
  const long = Array.from({ length: 100 }, (_, i) => [user(`Tell me about ${i}.`), assistant('word '.repeat(100))]);
  const { output, usage } = await compacted(server, { input: [...history, ...long.flat()] });
  const item = output.at(-1);
  assert.ok(item.encrypted_content.length < 10_000, String(item.encrypted_content.length));
  assert.ok(usage.output_tokens * 5 < usage.input_tokens);
  assert.equal(textOf(await respond(server, { input: [item, question] })), 'Your name is John.');
});

test('a stored response can be compacted by its id, and the answer is none itself', async () => {
  const server = checkedServer();
  const { id } = await respond(server, { input: "Hello, I'm John" });
  const { id: compactedId, output } = await compacted(server, { previous_response_id: id });
  assert.deepEqual(
    output.map(({ type }: Item) => type),
    ['message', 'compaction'],
  );
  const reply = await call(server, 'POST', '/responses', { model: 'm', input: 'x', previous_response_id: compactedId });
  assert.deepEqual([reply.status, reply.body.error.code], [400, 'previous_response_not_found']);
});

test('an item that was changed or comes from elsewhere is refused', async () => {
  const server = checkedServer();
  const { output } = await compacted(server);
  const sealed: string = output.at(-1).encrypted_content;
  const changed = sealed.replace(/(.)(.{8})$/, (_, one, rest) => (one === 'A' ? 'B' : 'A') + rest);
  const foreign = ['gAAAAABpM0Yj-foreign=', 'short', changed, sealed.slice(0, -8)];
  for (const path of ['/responses', '/responses/compact']) {
    for (const encrypted_content of foreign) {
      const input = [{ type: 'compaction', encrypted_content }, question];
      const { status, body } = await call(server, 'POST', path, { model: 'm', input });
      assert.deepEqual([status, body.error.code, body.error.param], [400, 'invalid_encrypted_content', null]);
      assert.match(body.error.message, /^The encrypted content \S+ could not be verified\. Reason: /);
    }
  }
});

test('a compaction of nothing, and one with parameters that are not its own, are refused', async () => {
  const server = checkedServer({ models: ['m'] });
  const refusal = async (body: object) => (await call(server, 'POST', '/responses/compact', body)).body.error;
  assert.deepEqual((await refusal({ input: history })).param, 'model');
  assert.deepEqual((await refusal({ model: 'm' })).param, 'input');
  assert.deepEqual((await refusal({ model: 'm', input: 'x', tools: [] })).code, 'unknown_parameter');
  assert.deepEqual((await refusal({ model: 'n', input: 'x' })).code, 'model_not_found');
  assert.deepEqual((await refusal({ model: 'm', previous_response_id: 'resp_x' })).code, 'previous_response_not_found');
});

test('a server without compaction answers as one that has never heard of it', async () => {
  const server = createOpenAIServer({ compact: false });
  const { status, body } = await call(server, 'POST', '/responses/compact', { model: 'm', input: 'hi' });
  const message = 'Invalid URL (POST /v1/responses/compact)';
  assert.deepEqual([status, body.error], [404, { message, type: 'invalid_request_error', param: null, code: null }]);
});

test('a scripted model says in plain words what it folded, and the item is streamed as the live API does', async () => {
  const item = { type: 'compaction', encrypted_content: 'They said hello.' };
  const server = checkedServer({ model: scriptedModel([{ items: [item] }, 'Yes.']) });
  const events: any[] = await eventsOf(await stream(server, { input: 'hi' }));
  assert.deepEqual(
    events.slice(2, -1).map(({ type }) => type.slice('response.'.length)),
    ['output_item.added', 'compaction.compacting', 'output_item.done'],
  );
  const [{ item: begun }, { item_id }, { item: done }] = events.slice(2);
  assert.deepEqual([begun.encrypted_content, item_id], ['', done.id]);
  assert.match(done.encrypted_content, /^gAAAAA/);
  assert.equal(textOf(await respond(server, { input: [done, question] })), 'Yes.');
});

test('the official client compacts', async () => {
  const client = clientOf(checkedServer());
  const input = history as OpenAI.Responses.ResponseInput;
  const { output } = await client.responses.compact({ model: 'gpt-5.6-luna', input });
  const next = [...(output as OpenAI.Responses.ResponseInput), question];
  assert.equal((await client.responses.create({ model: 'm', input: next })).output_text, 'Your name is John.');
});

test("the Agents SDK's own compaction session works against the server", async () => {
  for (const compactionMode of ['input', 'previous_response_id'] as const) {
    const server = checkedServer();
    const client = clientOf(server);
    const underlyingSession = new MemorySession();
    const session = new OpenAIResponsesCompactionSession({
      client,
      underlyingSession,
      compactionMode,
      shouldTriggerCompaction: ({ compactionCandidateItems }) => compactionCandidateItems.length >= 2,
    });
    const runner = new Runner({ modelProvider: new OpenAIProvider({ openAIClient: client, useResponses: true }) });
    const agent = new Agent({ name: 'assistant', model: 'gpt-5.6-luna' });
    for (const text of ["Hello, I'm John", 'Say hi', 'Thanks']) await runner.run(agent, text, { session });

    assert.equal(server.requests.filter(({ path }) => path === '/v1/responses/compact').length, 1);
    const types = (await underlyingSession.getItems()).map((item) => item.type);
    assert.ok(types.includes('compaction'), `${compactionMode}: ${types}`);
    const { finalOutput } = await runner.run(agent, "What's my name?", { session });
    assert.equal(finalOutput, 'Your name is John.', compactionMode);
  }
});
