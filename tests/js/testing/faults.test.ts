import assert from 'node:assert/strict';
import { test } from 'node:test';

import { createOpenAIServer, type Fault, scriptedModel } from 'agents-wasm/testing';

import { assertFits } from '../../support/openai-schemas.ts';
import { call, eventsOf, stream } from '../../support/responses-api.ts';

const request = { model: 'm', input: 'hi' };

function faulty(fault: Fault) {
  const server = createOpenAIServer({ model: scriptedModel(Array.from({ length: 5 }, () => 'Hello there')) });
  server.failNext(fault);
  return server;
}

test('a status is answered as often as it was asked for, with its headers', async () => {
  const server = faulty({ status: 429, headers: { 'retry-after-ms': '5' }, times: 2 });
  const replies = [];
  for (let i = 0; i < 3; ++i) replies.push(await call(server, 'POST', '/responses', request));
  assert.deepEqual(
    replies.map(({ status }) => status),
    [429, 429, 200],
  );
  assert.equal(replies[0]?.headers.get('retry-after-ms'), '5');
  const error = { message: 'Rate limit reached.', type: 'requests', param: null, code: 'rate_limit_exceeded' };
  assert.deepEqual(replies[0]?.body, { error });
});

test('faults meet requests in the order in which they were asked for', async () => {
  const server = faulty({ status: 503 });
  server.failNext({ status: 400, error: { message: 'Busy.', code: 'conversation_locked', param: 'conversation' } });
  assert.equal((await call(server, 'POST', '/responses', request)).body.error.type, 'server_error');
  const { error } = (await call(server, 'POST', '/responses', request)).body;
  assert.deepEqual(error, {
    message: 'Busy.',
    type: 'invalid_request_error',
    param: 'conversation',
    code: 'conversation_locked',
  });
  server.failNext({ status: 500 });
  server.clearFaults();
  assert.equal((await call(server, 'POST', '/responses', request)).status, 200);
});

test('a stream can be answered with HTML, or with JSON', async () => {
  const html = await stream(faulty({ status: 200, body: '<html>' }), request);
  assert.deepEqual([html.headers.get('content-type'), await html.text()], ['text/html; charset=utf-8', '<html>']);
  const json = await stream(faulty({ body: { object: 'response' } }), request);
  assert.deepEqual(
    [json.headers.get('content-type'), await json.text()],
    ['application/json', '{"object":"response"}'],
  );
});

test('a stream that is cut ends in good order after the given number of events', async () => {
  const events = await eventsOf(await stream(faulty({ cutAfter: 3 }), request));
  assert.equal(events.length, 3);
});

test('a stream that is dropped fails while it is read', async () => {
  const response = await stream(faulty({ cutAfter: 3, drop: true }), request);
  await assert.rejects(response.text(), TypeError);
});

test('a body can be cut within a character', async () => {
  const server = createOpenAIServer({ model: scriptedModel(['ü'.repeat(1000)]) });
  server.failNext({ cutBytes: 1001 });
  const response = await stream(server, request);
  assert.equal((await response.arrayBuffer()).byteLength, 1001);
});

test('a whole answer can be cut too', async () => {
  const server = faulty({ cutBytes: 10 });
  await assert.rejects(call(server, 'POST', '/responses', request), SyntaxError);
});

test('a stream can come in small pieces, and is otherwise the same', async () => {
  const response = await stream(faulty({ chunkBytes: 50, chunkDelay: 0.01 }), request);
  const sizes = [];
  const chunks = [];
  for await (const chunk of response.body!) {
    sizes.push(chunk.length);
    chunks.push(chunk);
  }
  assert.equal(Math.max(...sizes), 50);
  const text = await new Blob(chunks).text();
  assert.match(text, /^event: response\.created\n.*event: response\.completed\n[^\n]*\n\n$/s);
});

test('an error event can come in the form of the live API or of its documentation', async () => {
  const nested = (await eventsOf(await stream(faulty({ errorAfter: 2, error: { code: 'x' } }), request))).at(-1);
  const message = 'The server had an error while processing your request.';
  const error = { type: 'server_error', code: 'x', param: null, message };
  assert.deepEqual(nested, { type: 'error', sequence_number: 2, error });

  const flat = (await eventsOf(await stream(faulty({ errorAfter: 2, errorForm: 'flat' }), request))).at(-1);
  assert.deepEqual(flat, { type: 'error', code: 'server_error', message, param: null, sequence_number: 2 });
  assertFits('ResponseErrorEvent', flat);
});

test('without a network fetch rejects as it does then', async () => {
  await assert.rejects(stream(faulty({ network: true }), request), TypeError);
});

test('a request that hangs ends when it is aborted', async () => {
  const server = faulty({ hang: true });
  const controller = new AbortController();
  const answer = stream(server, request, { signal: controller.signal });
  setTimeout(() => controller.abort(), 5);
  await assert.rejects(answer, { name: 'AbortError' });
  assert.equal(server.inFlight, 0);
});

test('a stream that hangs ends when the server is closed', async () => {
  const server = faulty({ hangAfter: 4 });
  const response = await stream(server, request);
  setTimeout(() => server.close(), 5);
  await assert.rejects(response.text(), TypeError);
  assert.equal(server.inFlight, 0);
});
