import assert from 'node:assert/strict';
import { test } from 'node:test';

import { createOpenAIServer, type Fault, type Item, type OpenAIServer, scriptedModel } from 'agents-wasm/testing';

import { call, respond, stream } from '../support/responses-api.ts';

const user = (content: string) => ({ role: 'user', content });

async function start(fault: Fault): Promise<{ server: OpenAIServer; conversation: string; path: string }> {
  const server = createOpenAIServer({ model: scriptedModel(['one', 'two']) });
  const { id } = (await call(server, 'POST', '/conversations', {})).body;
  server.failNext(fault);
  return { server, conversation: id, path: `/conversations/${id}/items` };
}

async function history(server: OpenAIServer, path: string): Promise<string[]> {
  const { body } = await call(server, 'GET', `${path}?order=asc`);
  return body.data.map(({ content }: Item) => (content as { text: string }[])[0]?.text);
}

const statusOf = async (server: OpenAIServer, ...[method, path, body]: [string, string, object?]) =>
  (await call(server, method, path, body)).status;

test('a fault for a path meets requests to it and below it, and leaves others alone', async () => {
  for (const path of ['/conversations', '/v1/conversations', /\/items$/]) {
    const { server, conversation, path: items } = await start({ path, status: 503 });
    assert.equal((await respond(server, { input: 'a', conversation })).status, 'completed');
    assert.equal(await statusOf(server, 'POST', items, { items: [user('b')] }), 503);
    assert.equal(await statusOf(server, 'POST', items, { items: [user('c')] }), 200);
    assert.deepEqual(await history(server, items), ['a', 'one', 'c']);
  }
});

test('a path is not met by one that only begins with the same letters', async () => {
  const { server } = await start({ path: '/conv', status: 503 });
  assert.equal(await statusOf(server, 'POST', '/conversations', {}), 200);
});

test('a fault for a method leaves other methods alone', async () => {
  const { server, path } = await start({ path: /\/items/, method: 'post', status: 500 });
  assert.equal(await statusOf(server, 'GET', path), 200);
  assert.equal(await statusOf(server, 'POST', path, { items: [user('a')] }), 500);
});

test('faults for other requests wait while those for this one are met in their order', async () => {
  const { server, path } = await start({ path: '/responses', status: 500 });
  server.failNext({ method: 'GET', status: 502 });
  server.failNext({ status: 503 });
  assert.equal(await statusOf(server, 'GET', path), 502);
  assert.equal(await statusOf(server, 'GET', path), 503);
  assert.equal(await statusOf(server, 'GET', path), 200);
  assert.equal(await statusOf(server, 'POST', '/responses', { model: 'm', input: 'a' }), 500);
});

test('a conversation can look locked for some requests', async () => {
  const { server, conversation, path } = await start({ locked: true, times: 2 });
  const request = { model: 'm', input: 'a', conversation };
  const refused = await call(server, 'POST', '/responses', request);
  const message = 'Another process is currently operating on this conversation. Please retry in a few seconds.';
  const error = { message, type: 'invalid_request_error', param: 'conversation', code: 'conversation_locked' };
  assert.deepEqual([refused.status, refused.body], [400, { error }]);
  assert.deepEqual((await call(server, 'POST', path, { items: [user('a')] })).body, { error });
  assert.equal(await statusOf(server, 'POST', '/responses', request), 200);
  assert.deepEqual(await history(server, path), ['a', 'one']);
});

test('an answer can be lost after the server has done what it was asked to do', async () => {
  const { server, path } = await start({ lostAnswer: true });
  await assert.rejects(call(server, 'POST', path, { items: [user('a')] }), TypeError);
  assert.deepEqual(await history(server, path), ['a']);
  server.failNext({ lostAnswer: true, status: 502 });
  assert.equal(await statusOf(server, 'POST', path, { items: [user('b')] }), 502);
  assert.deepEqual(await history(server, path), ['a', 'b']);
  server.failNext({ lostAnswer: true });
  await assert.rejects(call(server, 'DELETE', `/conversations/${path.split('/')[2]}`), TypeError);
  assert.equal(await statusOf(server, 'GET', path), 404);
});

test('a response whose answer is lost is complete on the server, streamed or not', async () => {
  for (const streamed of [true, false]) {
    const { server, conversation, path } = await start({ lostAnswer: true });
    await assert.rejects(stream(server, { input: 'a', conversation, stream: streamed }), TypeError);
    assert.deepEqual(await history(server, path), ['a', 'one']);
    assert.deepEqual(await statusOf(server, 'POST', path, { items: [user('b')] }), 200);
    assert.equal(server.inFlight, 0);
  }
});

test('a server can do what it was asked to do and never answer', async () => {
  const { server, conversation, path } = await start({ method: 'POST', lostAnswer: true, hang: true });
  const controller = new AbortController();
  const answer = stream(server, { input: 'a', conversation }, { signal: controller.signal });
  while ((await history(server, path)).length < 2) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(server.inFlight, 1);
  controller.abort();
  await assert.rejects(answer, { name: 'AbortError' });
  assert.equal(server.inFlight, 0);
});
