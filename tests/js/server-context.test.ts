import assert from 'node:assert/strict';
import { test } from 'node:test';

import { type Item, OfflineModel, type OpenAIServerOptions, scriptedModel } from 'agents-wasm/testing';

import { checkedServer } from '../support/checked-server.ts';
import { call, eventsOf, respond, stream, textOf } from '../support/responses-api.ts';

const user = (text: string) => ({ role: 'user' as const, content: text });
const assistant = (text: string) => ({ role: 'assistant' as const, content: text });
const question = user("What's my name?");
const words = (count: number) => 'word '.repeat(count);
const types = (items: readonly Item[]) => items.map(({ type }) => type);

/** A server with the offline model, and what the model was asked, request by request. */
function watchedServer(options: OpenAIServerOptions = {}) {
  const model = new OfflineModel();
  const seen: Item[][] = [];
  const respondTo = model.respond.bind(model);
  model.respond = (request) => {
    seen.push(request.input as Item[]);
    return respondTo(request);
  };
  return { server: checkedServer({ model, ...options }), seen };
}

test('an input that is longer than the context window is refused, in the stream where there is one', async () => {
  const server = checkedServer({ contextWindow: 100 });
  const request = { model: 'm', input: words(200) };
  const error = {
    type: 'invalid_request_error',
    code: 'context_length_exceeded',
    message: 'Your input exceeds the context window of this model. Please adjust your input and try again.',
    param: 'input',
  };
  for (const path of ['/responses', '/responses/compact']) {
    const { status, body } = await call(server, 'POST', path, request);
    assert.deepEqual([status, body.error], [400, error]);
  }
  const events = await eventsOf(await stream(server, request));
  assert.deepEqual(
    events.map(({ type }) => type),
    ['response.created', 'response.in_progress', 'error'],
  );
  assert.deepEqual(events[2], { type: 'error', sequence_number: 2, error });
});

test('with truncation the oldest items go, and an output goes with its call', async () => {
  const { server, seen } = watchedServer({ contextWindow: 120 });
  const input = [
    user(words(60)),
    { type: 'function_call', call_id: 'c1', name: 'f', arguments: words(20) },
    { type: 'function_call_output', call_id: 'c1', output: 'ok' },
    assistant('Done.'),
    user('say hi'),
  ];
  const { truncation, usage } = await respond(server, { input, truncation: 'auto' });
  assert.equal(truncation, 'auto');
  assert.ok(usage!.input_tokens <= 120);
  assert.deepEqual(types(seen[0]!), ['message', 'message']);
  const { status } = await call(server, 'POST', '/responses', { model: 'm', input: words(200), truncation: 'auto' });
  assert.equal(status, 400);
});

const managed = { context_management: [{ type: 'compaction', compact_threshold: 1000 }] };

test('a context that crosses the threshold is folded before the answer, and the chain goes on from there', async () => {
  const { server, seen } = watchedServer();
  const first = await respond(server, { ...managed, input: "Hello, I'm John" });
  assert.deepEqual(types(first.output), ['message']);
  const next = { ...managed, previous_response_id: first.id, input: [user(words(1000)), user('say hi')] };
  const second = await respond(server, next);
  assert.deepEqual(types(second.output), ['compaction', 'message']);
  assert.equal(textOf(second), 'hi');
  const third = await respond(server, { ...managed, previous_response_id: second.id, input: [question] });
  assert.equal(textOf(third), 'Your name is John.');
  assert.deepEqual(types(seen[2]!), ['compaction', 'message', 'message']);
  assert.ok(third.usage!.input_tokens < 1000);
  assert.deepEqual(types(third.output), ['message']);
});

test('with the items in its own hands a client may drop what comes before the compaction, or send it', async () => {
  const { server, seen } = watchedServer();
  const history = [user("Hello, I'm John"), user(words(1000)), user('say hi')];
  const { output } = await respond(server, { ...managed, input: history, store: false });
  for (const start of [[...history, ...output], output]) {
    const response = await respond(server, { ...managed, input: [...start, question], store: false });
    assert.equal(textOf(response), 'Your name is John.');
    assert.deepEqual(types(seen.at(-1)!), ['compaction', 'message', 'message']);
  }
});

test('the compaction is streamed before the answer', async () => {
  const events = await eventsOf(
    await stream(checkedServer(), { ...managed, input: [user(words(1000)), user('say hi')] }),
  );
  const folding = events.slice(2, 5).map(({ type, output_index }) => [type.slice('response.'.length), output_index]);
  assert.deepEqual(folding, [
    ['output_item.added', 0],
    ['compaction.compacting', 0],
    ['output_item.done', 0],
  ]);
  assert.equal(events[5]?.output_index, 1);
  assert.deepEqual(types(events.at(-1)!.response!.output), ['compaction', 'message']);
});

test('context management that says nothing, or too little, is refused', async () => {
  const server = checkedServer();
  const code = async (context_management: unknown) =>
    (await call(server, 'POST', '/responses', { model: 'm', input: 'x', context_management })).body.error.code;
  assert.equal(await code([]), 'empty_array');
  assert.equal(await code([{ type: 'compaction', compact_threshold: 10 }]), 'integer_below_min_value');
  assert.equal(await code([{ type: 'magic' }]), 'invalid_value');
});

test('an input that ends with a trigger is answered with the compaction alone', async () => {
  const server = checkedServer({ model: scriptedModel([]) });
  const trigger = { type: 'compaction_trigger' };
  const { output, id, status } = await respond(server, { input: [user("Hello, I'm John"), trigger] });
  assert.deepEqual([status, types(output)], ['completed', ['compaction']]);
  const items = await call(server, 'GET', `/responses/${id}/input_items`);
  assert.deepEqual(types(items.body.data), ['message']);

  const early = await call(server, 'POST', '/responses', { model: 'm', input: [trigger, question] });
  assert.deepEqual([early.status, early.body.error.param], [400, 'input[0]']);
  const { server: other } = watchedServer();
  assert.equal(textOf(await respond(other, { input: [...output, question] })), 'Your name is John.');
});
