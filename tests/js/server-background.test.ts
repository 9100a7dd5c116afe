import assert from 'node:assert/strict';
import { test } from 'node:test';

import { type OpenAIServer, type ResponseObject, scriptedModel } from 'agents-wasm/testing';
import OpenAI from 'openai';

import { checkedServer } from '../support/checked-server.ts';
import { call, eventsOf, respond, stream, textOf } from '../support/responses-api.ts';

const clientOf = ({ fetch }: OpenAIServer) => new OpenAI({ apiKey: 'sk-none', baseURL: 'http://local/v1', fetch });

/** A server whose model answers once `answer` was called, and a wait for the moment when it is asked. */
function slowServer() {
  let answer!: (text: string) => void;
  let wasAsked!: () => void;
  const text = new Promise<string>((resolve) => {
    answer = resolve;
  });
  const asked = new Promise<void>((resolve) => {
    wasAsked = resolve;
  });
  const turn = () => {
    wasAsked();
    return text;
  };
  return { server: checkedServer({ model: scriptedModel([turn, 'Later.']) }), answer, asked };
}

const read = async (server: OpenAIServer, id: string): Promise<ResponseObject> =>
  (await call(server, 'GET', `/responses/${id}`)).body;

const isOpen = ({ status }: { status?: string | undefined }) => status === 'queued' || status === 'in_progress';

/** Reads the response until it is over. */
async function finished(server: OpenAIServer, id: string): Promise<ResponseObject> {
  for (;;) {
    const response = await read(server, id);
    if (!isOpen(response)) return response;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

const background = { input: "Hello, I'm John", background: true };

test('a response in the background is queued, runs without its client and is read when it is done', async () => {
  const { server, answer, asked } = slowServer();
  const queued = await respond(server, background);
  assert.deepEqual([queued.status, queued.background, queued.output], ['queued', true, []]);
  await asked;
  assert.equal((await read(server, queued.id)).status, 'in_progress');
  answer('Hello John.');
  const done = await finished(server, queued.id);
  assert.deepEqual([done.status, textOf(done), done.background], ['completed', 'Hello John.', true]);
  assert.equal(textOf(await respond(server, { previous_response_id: done.id, input: 'And now?' })), 'Later.');
});

test('a response that is cancelled stays cancelled, and its model is told', async () => {
  let signal: AbortSignal | undefined;
  const model = scriptedModel([
    (request) => {
      signal = request.signal;
      return new Promise(() => {});
    },
  ]);
  const server = checkedServer({ model });
  const { id } = await respond(server, background);
  for (let times = 0; times < 2; ++times) {
    const { status, body } = await call(server, 'POST', `/responses/${id}/cancel`);
    assert.deepEqual([status, body.status, body.output], [200, 'cancelled', []]);
  }
  assert.equal(signal?.aborted, true);
  assert.equal((await read(server, id)).status, 'cancelled');
});

test('what is over, or was not in the background, is not cancelled', async () => {
  const server = checkedServer();
  const { id } = await respond(server, background);
  await finished(server, id);
  assert.equal((await call(server, 'POST', `/responses/${id}/cancel`)).body.status, 'completed');

  const plain = await respond(server, { input: 'hi' });
  const refused = await call(server, 'POST', `/responses/${plain.id}/cancel`);
  const message = 'Cannot cancel a synchronous response.';
  assert.deepEqual(
    [refused.status, refused.body.error],
    [400, { message, type: 'invalid_request_error', param: null, code: null }],
  );
  assert.equal((await call(server, 'POST', '/responses/resp_x/cancel')).status, 404);
});

test('a stream in the background begins with a queued response', async () => {
  const events = await eventsOf(await stream(checkedServer(), background));
  const lifecycle = events.filter(({ response }) => response).map(({ type, response }) => [type, response?.status]);
  assert.deepEqual(lifecycle, [
    ['response.created', 'queued'],
    ['response.queued', 'queued'],
    ['response.in_progress', 'in_progress'],
    ['response.completed', 'completed'],
  ]);
});

test('a stream that was lost is taken up after the last event that was read', async () => {
  const { server, answer, asked } = slowServer();
  const reader = (await stream(server, background)).body!.getReader();
  const created = new TextDecoder().decode((await reader.read()).value);
  const { id } = JSON.parse(created.slice(created.indexOf('{'))).response;
  await reader.cancel();
  await asked;
  const rest = server.fetch(`http://local/v1/responses/${id}?stream=true&starting_after=2`).then(eventsOf);
  answer('Hello John.');
  const events = await rest;
  assert.deepEqual(
    events.map(({ sequence_number }) => sequence_number),
    Array.from({ length: events.length }, (_, index) => index + 3),
  );
  assert.equal(textOf(events.at(-1)!.response!), 'Hello John.');
  const whole = await eventsOf(await server.fetch(`http://local/v1/responses/${id}?stream=true`));
  assert.deepEqual(whole.slice(3), events);
  const plain = `http://local/v1/responses/${id}?stream=true&include_obfuscation=false`;
  assert.ok((await eventsOf(await server.fetch(plain))).every((event) => !('obfuscation' in event)));
});

test('only what was streamed in the background can be streamed again', async () => {
  const server = checkedServer();
  const refusal = async (id: string) => {
    const { status, body } = await call(server, 'GET', `/responses/${id}?stream=true`);
    return [status, body.error.message, body.error.param];
  };
  const because = 'This response cannot be streamed because it was not created with';
  assert.deepEqual(await refusal((await respond(server, { input: 'hi' })).id), [
    400,
    `${because} background=true.`,
    'stream',
  ]);
  assert.deepEqual(await refusal((await respond(server, background)).id), [400, `${because} stream=true.`, 'stream']);
});

test('what goes wrong in the background is a failure of the response', async () => {
  const model = scriptedModel([
    () => {
      throw new Error('It broke.');
    },
  ]);
  const server = checkedServer({ model });
  const failed = await finished(server, (await respond(server, background)).id);
  assert.deepEqual([failed.status, failed.error], ['failed', { code: 'server_error', message: 'It broke.' }]);
});

test('a response in the background must be stored', async () => {
  const { status, body } = await call(checkedServer(), 'POST', '/responses', {
    model: 'm',
    ...background,
    store: false,
  });
  assert.deepEqual([status, body.error.param], [400, 'store']);
});

test('a server that goes down cancels what runs in the background', async () => {
  const { server, asked } = slowServer();
  const { id } = await respond(server, background);
  await asked;
  server.close();
  assert.equal((await read(server, id)).status, 'cancelled');
});

test('a conversation is locked while a response in the background is made from it, and gets it when it is done', async () => {
  const { server, answer, asked } = slowServer();
  const conversation = (await call(server, 'POST', '/conversations', {})).body.id;
  const { id } = await respond(server, { ...background, conversation });
  await asked;
  const locked = await call(server, 'POST', '/responses', { model: 'm', input: 'x', conversation });
  assert.deepEqual([locked.status, locked.body.error.code], [400, 'conversation_locked']);
  answer('Hello John.');
  await finished(server, id);
  const { body } = await call(server, 'GET', `/conversations/${conversation}/items?order=asc`);
  assert.deepEqual(
    body.data.map(({ role }: { role: string }) => role),
    ['user', 'assistant'],
  );
  const cancelled = await respond(server, { ...background, conversation });
  await call(server, 'POST', `/responses/${cancelled.id}/cancel`);
  const after = await call(server, 'GET', `/conversations/${conversation}/items`);
  assert.equal(after.body.data.length, 2);
  const items = [{ role: 'user', content: 'more' }];
  assert.equal((await call(server, 'POST', `/conversations/${conversation}/items`, { items })).status, 200);
});

test('the official client polls, cancels and takes up a stream again', async () => {
  const { server, answer, asked } = slowServer();
  const client = clientOf(server);
  const request = { model: 'm', ...background };
  const lost = await client.responses.create({ ...request, stream: true });
  let id = '';
  for await (const event of lost) {
    if (event.type === 'response.in_progress') id = event.response.id;
    if (id) break;
  }
  await asked;
  answer('Hello John.');
  const rest = await client.responses.retrieve(id, { stream: true, starting_after: 2 });
  let text = '';
  for await (const event of rest) if (event.type === 'response.output_text.delta') text += event.delta;
  assert.equal(text, 'Hello John.');

  let polled = await client.responses.create(request);
  while (isOpen(polled)) polled = await client.responses.retrieve(polled.id);
  assert.equal(polled.output_text, 'Later.');
  assert.equal((await client.responses.cancel(polled.id)).status, 'completed');
  await assert.rejects(client.responses.cancel('resp_x'), OpenAI.NotFoundError);
});
