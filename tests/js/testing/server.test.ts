import assert from 'node:assert/strict';
import { test } from 'node:test';

import { createOpenAIServer, type Model, OfflineModel, scriptedModel } from 'agents-wasm/testing';

import { call, eventsOf, respond, stream } from '../../support/responses-api.ts';

test('every answer carries a request id of its own and lets pages of any origin read it', async () => {
  const server = createOpenAIServer();
  const [first, second] = [await call(server, 'GET', '/models'), await call(server, 'GET', '/nowhere')];
  assert.match(first.headers.get('x-request-id')!, /^req_[0-9a-f]{32}$/);
  assert.notEqual(first.headers.get('x-request-id'), second.headers.get('x-request-id'));
  for (const { headers } of [first, second]) {
    assert.equal(headers.get('access-control-allow-origin'), '*');
    assert.match(headers.get('access-control-expose-headers')!, /x-request-id, retry-after, retry-after-ms/);
    assert.equal(headers.get('content-type'), 'application/json');
  }
});

test('a preflight allows what the page asks for', async () => {
  const response = await createOpenAIServer().fetch('http://local/v1/responses', {
    method: 'OPTIONS',
    headers: {
      origin: 'https://page.example',
      'access-control-request-headers': 'authorization,x-stainless-lang',
      'access-control-request-private-network': 'true',
    },
  });
  assert.equal(response.status, 204);
  assert.equal(response.headers.get('access-control-allow-origin'), 'https://page.example');
  assert.equal(response.headers.get('access-control-allow-headers'), 'authorization,x-stainless-lang');
  assert.equal(response.headers.get('access-control-allow-methods'), 'GET,POST,DELETE,OPTIONS');
  assert.equal(response.headers.get('access-control-allow-private-network'), 'true');
});

test('a request may be given as a URL, a path or a Request', async () => {
  const { fetch } = createOpenAIServer();
  const body = JSON.stringify({ model: 'm', input: 'hi' });
  const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body };
  const url = 'http://local/v1/responses?beta=true';
  const answers = [
    await fetch(new URL(url), init),
    await fetch('/v1/responses', init),
    await fetch(new Request(url, init)),
  ];
  assert.deepEqual(
    answers.map(({ status }) => status),
    [200, 200, 200],
  );
});

test('the requests are kept for tests to look at, without the key', async () => {
  const server = createOpenAIServer();
  const headers = { authorization: 'Bearer sk-secret', 'content-type': 'application/json', 'x-mine': '1' };
  const body = '{"model": "m", "input": "hi"}';
  await server.fetch('http://local/v1/responses', { method: 'POST', headers, body });
  const request = server.requests[0]!;
  assert.deepEqual(
    [request.method, request.path, request.text, request.body],
    ['POST', '/v1/responses', body, { model: 'm', input: 'hi' }],
  );
  assert.deepEqual([request.headers.authorization, request.headers['x-mine']], ['Bearer ***', '1']);
  assert.ok(!JSON.stringify(server.requests).includes('secret'));
});

test('a server that wants a key refuses requests without it, and does not repeat a wrong one', async () => {
  const ask = async (requireKey: boolean | string, key?: string) => {
    const headers: Record<string, string> = key ? { authorization: `Bearer ${key}` } : {};
    const response = await createOpenAIServer({ requireKey }).fetch('http://local/v1/models', { headers });
    return { status: response.status, text: await response.text() };
  };
  assert.equal((await ask(true)).status, 401);
  assert.equal((await ask(true, 'any')).status, 200);
  assert.equal((await ask('right', 'right')).status, 200);
  const wrong = await ask('right', 'wrong-key');
  assert.equal(wrong.status, 401);
  assert.match(wrong.text, /"code":"invalid_api_key"/);
  assert.doesNotMatch(wrong.text, /wrong-key/);
});

test('a request that is aborted before it is sent is not received', async () => {
  const server = createOpenAIServer();
  await assert.rejects(stream(server, { input: 'hi' }, { signal: AbortSignal.abort() }), { name: 'AbortError' });
  assert.equal(server.requests.length, 0);
});

test('when the client aborts, the stream fails and a model that is to be dropped stops', async () => {
  let stopped = false;
  let said = 0;
  const model: Model = {
    async *respond({ signal }) {
      try {
        for (;;) {
          yield { type: 'text', text: `${++said}` };
          await new Promise((resolve) => setTimeout(resolve, 1));
        }
      } finally {
        stopped = signal.aborted;
      }
    },
  };
  const server = createOpenAIServer({ model, onDisconnect: 'drop' });
  const controller = new AbortController();
  const response = await stream(server, { input: 'hi' }, { signal: controller.signal });
  setTimeout(() => controller.abort(), 10);
  await assert.rejects(response.text(), { name: 'AbortError' });
  await new Promise((resolve) => setTimeout(resolve, 10));
  const saidAtEnd = said;
  await new Promise((resolve) => setTimeout(resolve, 10));
  assert.deepEqual([stopped, said, server.inFlight], [true, saidAtEnd, 0]);
});

test('when the reader goes away, the request is over', async () => {
  const server = createOpenAIServer({ model: scriptedModel(['word '.repeat(1000)]), latency: 1 });
  const response = await stream(server, { input: 'hi' });
  const reader = response.body!.getReader();
  await reader.read();
  assert.equal(server.inFlight, 1);
  await reader.cancel();
  assert.equal(server.inFlight, 0);
  server.close();
});

test('tokens come with the delay that was asked for', async () => {
  const server = createOpenAIServer({ latency: { firstToken: 20, perToken: 5 } });
  const started = performance.now();
  const events = await eventsOf(await stream(server, { input: 'count to 4' }));
  const tokens = events.filter(({ type }) => type === 'response.output_text.delta').length;
  assert.ok(performance.now() - started >= 20 + tokens * 5 - 5);
});

test('a script that has ended is reported once, not to be tried again', async () => {
  const server = createOpenAIServer({ model: scriptedModel([]) });
  const { status, headers, body } = await call(server, 'POST', '/responses', { model: 'm', input: 'hi' });
  assert.deepEqual([status, headers.get('x-should-retry')], [500, 'false']);
  assert.equal(body.error.message, 'The script has no turn left for this request.');
});

test('the same clock and the same chance give the same bytes', async () => {
  const text = async () => {
    let step = 0;
    const random = () => (step++ % 100) / 100;
    const server = createOpenAIServer({ model: new OfflineModel(), random, now: () => 0 });
    return (await stream(server, { input: 'tell me a story' })).text();
  };
  assert.equal(await text(), await text());
});

test('a large history goes through', async () => {
  const input = Array.from({ length: 5000 }, (_, index) => [
    { role: 'user', content: `message ${index} ${'x'.repeat(200)}` },
    { role: 'assistant', content: 'noted' },
  ]).flat();
  const response = await respond(createOpenAIServer(), {
    input: [...input, { role: 'user', content: 'How many messages?' }],
  });
  assert.match(JSON.stringify(response.output), /You have sent 5001 messages/);
});
