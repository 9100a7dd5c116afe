import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';

import { Agent, MemorySession, run, setDefaultOpenAI } from 'agents-wasm';
import { createOpenAIServer, scriptedModel } from 'agents-wasm/testing';

import { answeredBy, checkLeaks, KEY, localApi } from '../support/local-api.ts';

checkLeaks();

const agent = new Agent({ name: 'assistant' });

test('a request goes to /responses of the base URL, with the key and headers that fetch understands', async () => {
  const seen: [string, RequestInit][] = [];
  const runConfig = answeredBy(async (url, init) => {
    seen.push([url, init]);
    return Response.json({ object: 'response', status: 'completed', output: [] });
  });
  await run(agent, 'hi', {
    runConfig: { openai: { ...runConfig.openai, baseURL: 'https://proxy.example:8443/api/v1//' } },
  });
  const [[url, init]] = seen as [[string, RequestInit]];
  assert.equal(url, 'https://proxy.example:8443/api/v1/responses');
  assert.equal(init.method, 'POST');
  assert.deepEqual(init.headers, {
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
    authorization: `Bearer ${KEY}`,
  });
  assert.ok(init.body instanceof Uint8Array);
});

test('without a key no authorization is sent, so that a proxy may add it', async () => {
  const { server, runConfig } = localApi(['ok'], { apiKey: undefined });
  delete process.env.OPENAI_API_KEY;
  await run(agent, 'hi', { runConfig });
  assert.equal('authorization' in server.requests[0]!.headers, false);
});

test("a caller's headers are added, and replace ours whatever their case", async () => {
  const { server, runConfig } = localApi(['ok'], {
    headers: { Authorization: 'Basic abc', 'X-Tenant': 'ä'.normalize('NFD')[0]! },
  });
  await run(agent, 'hi', { runConfig });
  assert.deepEqual([server.requests[0]?.headers.authorization, server.requests[0]?.headers['x-tenant']], ['***', 'a']);
});

test('settings of a run override the defaults, member by member', async () => {
  const server = createOpenAIServer({ model: scriptedModel(['one', 'two', 'three']) });
  setDefaultOpenAI({ apiKey: 'k', baseURL: 'http://local/v1', fetch: server.fetch as typeof fetch, model: 'model-a' });
  try {
    await run(agent, 'hi');
    await run(agent, 'hi', { runConfig: { openai: { model: 'model-b', apiKey: undefined } } });
    await run(new Agent({ name: 'a', model: 'model-c' }), 'hi', { runConfig: { openai: { model: 'model-b' } } });
    assert.deepEqual(
      server.requests.map(({ body }) => body.model),
      ['model-a', 'model-b', 'model-c'],
    );
    assert.equal(server.requests[1]?.headers.authorization, 'Bearer ***');
  } finally {
    setDefaultOpenAI({});
  }
});

test('an answer that is worth it is asked for again, as long as the server says', async () => {
  const { server, runConfig } = localApi(['ok'], { maxRetries: 2 });
  server.failNext({ status: 429, headers: { 'retry-after-ms': '30' } });
  server.failNext({ status: 503, headers: { 'retry-after': '0.03' } });
  const start = performance.now();
  assert.equal((await run(agent, 'hi', { runConfig })).finalOutput, 'ok');
  const elapsed = performance.now() - start;
  assert.ok(elapsed >= 58 && elapsed < 2000, `${elapsed} ms`);
  const counts = server.requests.map(({ headers }) => headers['x-stainless-retry-count']);
  assert.deepEqual(counts, [undefined, '1', '2']);
  assert.equal(server.requests[0]?.text, server.requests[2]?.text);
});

test('retry-after may be a date', async () => {
  const { server, runConfig } = localApi(['ok'], { maxRetries: 1 });
  server.failNext({ status: 503, headers: { 'retry-after': new Date(Date.now() - 5000).toUTCString() } });
  const start = performance.now();
  await run(agent, 'hi', { runConfig });
  assert.ok(performance.now() - start < 300);
});

test('a failure that would only repeat itself is not asked for again', async () => {
  const hopeless = [
    { status: 400 },
    { status: 401, error: { code: 'invalid_api_key' } },
    { status: 404 },
    { status: 422 },
    { status: 429, error: { code: 'insufficient_quota' } },
    { status: 500, headers: { 'x-should-retry': 'false' } },
  ];
  for (const fault of hopeless) {
    const { server, runConfig } = localApi(['never'], { maxRetries: 2 });
    server.failNext(fault);
    await assert.rejects(run(agent, 'hi', { runConfig }), { name: 'APIError', status: fault.status });
    assert.equal(server.requests.length, 1);
  }
});

test('the last failure is the one that is told when all retries are used', async () => {
  const { server, runConfig } = localApi(['never'], { maxRetries: 1 });
  server.failNext({ status: 503, headers: { 'retry-after-ms': '1' } });
  server.failNext({ status: 500, error: { message: 'Broken.' } });
  await assert.rejects(run(agent, 'hi', { runConfig }), {
    status: 500,
    message: 'The API answered with status 500: Broken.',
  });
});

test('the key is in no error, no cause, no stored item and no trace', async () => {
  await using session = new MemorySession();
  await session.saveItems('c', ['before']);
  const broken = () => new ReadableStream({ pull: (stream) => stream.error(new Error(`lost ${KEY}`)) });
  const events = { headers: { 'content-type': 'text/event-stream' } };
  const nested = () => new Error('fetch failed', { cause: new Error(`header ${KEY} is invalid`) });
  const answers: (() => Promise<Response>)[] = [
    () => Promise.reject(new TypeError(`Headers.append: "Bearer ${KEY}" is an invalid header value.`)),
    () => Promise.reject(`Bearer ${KEY}`),
    () => Promise.reject(nested()),
    async () => Response.json({ error: { message: `Incorrect API key provided: ${KEY}.` } }, { status: 401 }),
    async () => new Response(`<p>${KEY}</p>`, { status: 403 }),
    async () => new Response(broken(), events),
    async () => new Response(broken()),
  ];
  for (const answer of answers) {
    for (const stream of [false, true]) {
      const options = { session, conversationId: 'c', runConfig: answeredBy(answer) };
      const work = stream
        ? run(agent, 'hi', { ...options, stream }).then((one) => one.completed)
        : run(agent, 'hi', options);
      const error = await work.then(
        () => assert.fail('The run must fail.'),
        (failure) => failure,
      );
      assert.ok(!inspect(error, { depth: 9, showHidden: true }).includes(KEY), inspect(error));
      assert.match(error.name, /^API/);
    }
  }
  const { runConfig } = localApi(['ok']);
  const result = await run(agent, 'hi', { session, conversationId: 'c', runConfig });
  assert.ok(!inspect([result, await session.loadItems('c')], { depth: 9, showHidden: true }).includes(KEY));
});
