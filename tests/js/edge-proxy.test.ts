import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Agent, MemorySession, Runner } from 'agents-wasm';
import { openAIProxy } from 'agents-wasm/edge';
import { createOpenAIServer } from 'agents-wasm/testing';
import OpenAI from 'openai';

import { errorOf, fine, HELLO, KEY, proxyTo } from '../support/edge-proxy.ts';

/** A proxy in front of a local server that wants the key, as the `fetch` of a client that has none. */
function clientFetch(): typeof globalThis.fetch {
  const server = createOpenAIServer({ requireKey: KEY });
  const proxy = openAIProxy({
    apiKey: KEY,
    authorize: ({ headers }) => (headers.get('authorization') === 'Bearer token-of-ann' ? 'ann' : null),
    baseURL: 'https://api.local/v1',
    fetch: server.fetch as typeof fetch,
  });
  return (input, init) => proxy(new Request(input, init));
}

test('runs of ours remember through the proxy, whole and streamed, with a token in the place of the key', async () => {
  const openai = { apiKey: 'token-of-ann', baseURL: 'https://app.local/v1', fetch: clientFetch(), maxRetries: 0 };
  const agent = new Agent({ name: 'assistant' });
  const options = { session: new MemorySession(), conversationId: 'c', runConfig: { openai } };
  await Runner.run(agent, "Hello, I'm John", options);
  const run = await Runner.run(agent, "What's my name?", { ...options, stream: true });
  let text = '';
  for await (const piece of run.toTextStream()) text += piece;
  assert.equal(text, 'Your name is John.');
});

test('the official client streams through the proxy, and gets its own classes of errors', async () => {
  const fetch = clientFetch();
  const options = { baseURL: 'https://app.local/v1', fetch, maxRetries: 0 };
  const client = new OpenAI({ apiKey: 'token-of-ann', ...options });
  const stream = await client.responses.create({ ...HELLO, stream: true });
  const types: string[] = [];
  for await (const event of stream) types.push(event.type);
  assert.equal(types[0], 'response.created');
  assert.equal(types.at(-1), 'response.completed');
  await assert.rejects(client.models.list(), OpenAI.NotFoundError);
  const stranger = new OpenAI({ apiKey: 'token-of-nobody', ...options });
  await assert.rejects(stranger.responses.create(HELLO), OpenAI.AuthenticationError);
});

test('a request goes on with the key, and with nothing that tells of the client or of us', async () => {
  const { sent, ask } = proxyTo(fine);
  const headers = {
    authorization: 'Bearer theirs',
    cookie: 'session=1',
    connection: 'x-hop',
    'x-hop': '1',
    te: 'trailers',
    'openai-organization': 'org-theirs',
    'openai-project': 'proj-theirs',
    'api-key': 'theirs',
    'x-forwarded-for': '192.0.2.1',
    'x-http-method-override': 'DELETE',
    referer: 'https://app.local/secret',
    accept: 'application/json',
    'x-client-request-id': 'mine',
    'content-type': 'text/plain',
  };
  const answer = await ask('POST', '/responses', { headers, body: JSON.stringify(HELLO) });
  assert.equal(answer.status, 200);
  assert.deepEqual(sent, [
    {
      method: 'POST',
      url: 'https://api.local/v1/responses',
      headers: {
        accept: 'application/json',
        authorization: `Bearer ${KEY}`,
        'content-type': 'application/json',
        'x-client-request-id': 'mine',
      },
      body: HELLO,
    },
  ]);
});

test('the key may be one for each principal, and none for a server that wants none', async () => {
  const each = proxyTo(fine, { apiKey: async (principal) => `sk-of-${principal}` });
  await each.post('/responses', HELLO);
  assert.equal(each.sent[0]?.headers.authorization, 'Bearer sk-of-ann');
  const none = proxyTo(fine, { apiKey: null, headers: { 'API-Key': 'azure' } });
  await none.post('/responses', HELLO);
  assert.equal(none.sent[0]?.headers.authorization, undefined);
  assert.equal(none.sent[0]?.headers['api-key'], 'azure');
});

test('prefix and base URL may be others, with a query that every request gets', async () => {
  const options = { prefix: '/api/ai', baseURL: 'http://127.0.0.1:9/openai/v1/?api-version=1', owns: () => true };
  const { proxy, sent } = proxyTo(fine, options);
  await proxy(new Request('https://app.local/api/ai/responses/resp_1?include[]=a&limit=2'));
  assert.equal(sent[0]?.url, 'http://127.0.0.1:9/openai/v1/responses/resp_1?api-version=1&include%5B%5D=a&limit=2');
  assert.equal((await proxy(new Request('https://app.local/v1/responses/resp_1'))).status, 404);
});

test('who is nobody gets 401, an answer of authorize is given as it is, and one that is no name lets nobody in', async () => {
  const statusOf = async (authorize: any) => {
    const { post, sent } = proxyTo(fine, { authorize });
    const { status, headers } = await post('/responses', HELLO);
    assert.deepEqual(sent, []);
    return [status, headers.get('x-own')];
  };
  assert.deepEqual(await statusOf(() => null), [401, null]);
  assert.deepEqual(await statusOf(async () => ''), [401, null]);
  assert.deepEqual(await statusOf(() => new Response('Pay', { status: 402, headers: { 'x-own': '1' } })), [402, '1']);
  assert.deepEqual(await statusOf(() => Response.redirect('https://app.local/login')), [302, null]);
  for (const odd of [true, 1, undefined, {}]) assert.deepEqual(await statusOf(() => odd), [500, null]);
});

test("'anyone' is let in under the names of this machine only", async () => {
  const { proxy, sent } = proxyTo(fine, { authorize: 'anyone' });
  const statusAt = async (origin: string) =>
    (await proxy(new Request(`${origin}/v1/responses`, { method: 'POST', body: JSON.stringify(HELLO) }))).status;
  for (const origin of ['http://localhost:3000', 'http://127.0.0.1', 'http://[::1]:8787']) {
    assert.equal(await statusAt(origin), 200, origin);
  }
  for (const origin of ['https://app.example', 'http://localhost.evil.example', 'http://127.0.0.1.nip.io']) {
    assert.equal(await statusAt(origin), 403, origin);
  }
  assert.equal(sent.length, 3);
});

test('each principal has a rate of its own, and is told when to come again', async (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: 0 });
  let who = 'ann';
  const { post, sent } = proxyTo(fine, { authorize: () => who, rate: { requests: 2, perMs: 10_000 } });
  const status = async () => (await post('/responses', HELLO)).status;
  assert.deepEqual([await status(), await status(), await status()], [200, 200, 429]);
  who = 'bob';
  assert.equal(await status(), 200);
  who = 'ann';
  t.mock.timers.setTime(4_000);
  const refused = await post('/responses', HELLO);
  assert.equal(refused.headers.get('retry-after-ms'), '1000');
  assert.equal(refused.headers.get('retry-after'), '1');
  assert.deepEqual(await errorOf(refused), [429, 'rate_limit_exceeded']);
  t.mock.timers.setTime(5_000);
  assert.deepEqual([await status(), await status()], [200, 429]);
  assert.equal(sent.length, 4);
});

test('a rate that is used up stays so, however many others come', async (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: 0 });
  let who = 'ann';
  const { post } = proxyTo(fine, { authorize: () => who, rate: { requests: 1, perMs: 1_000_000 } });
  const status = async () => (await post('/responses', HELLO)).status;
  await status();
  for (let number = 0; number < 1_100; number += 1) {
    who = `visitor ${number}`;
    await status();
  }
  who = 'ann';
  assert.equal(await status(), 429);
});

test('a limiter of the own decides, and one that gives no number lets nobody in', async () => {
  const asked: string[] = [];
  let wait: any = 0;
  const rate = async (principal: string) => {
    asked.push(principal);
    return wait;
  };
  const { post } = proxyTo(fine, { rate });
  assert.equal((await post('/responses', HELLO)).status, 200);
  wait = 1_500.4;
  const { status, headers } = await post('/responses', HELLO);
  assert.deepEqual([status, headers.get('retry-after-ms'), headers.get('retry-after')], [429, '1501', '2']);
  wait = undefined;
  assert.equal((await post('/responses', HELLO)).status, 429);
  assert.deepEqual(asked, ['ann', 'ann', 'ann']);
});

test('pages of the same host may ask, those of allowed origins too, and others may not', async () => {
  const { post, ask, sent } = proxyTo(fine, { allowedOrigins: ['https://page.example'] });
  const from = (origin: string) => ({ headers: { origin } });
  assert.equal((await post('/responses', HELLO, from('https://app.local'))).status, 200);
  const allowed = await post('/responses', HELLO, from('https://page.example'));
  assert.equal(allowed.headers.get('access-control-allow-origin'), 'https://page.example');
  assert.equal(allowed.headers.get('access-control-allow-credentials'), 'true');
  assert.equal(allowed.headers.get('vary'), 'origin');
  const error = await ask('GET', '/nothing', from('https://page.example'));
  assert.equal(error.headers.get('access-control-allow-origin'), 'https://page.example');
  for (const origin of ['https://evil.example', 'null', 'https://page.example.evil', 'https://app.local:444', 'x']) {
    const refused = await post('/responses', HELLO, from(origin));
    assert.equal(refused.headers.get('access-control-allow-origin'), null);
    assert.deepEqual(await errorOf(refused), [403, 'origin_not_allowed'], origin);
  }
  assert.equal(sent.length, 2);
});

test('a preflight is answered without asking who it is', async () => {
  const { ask } = proxyTo(fine, { authorize: () => null, allowedOrigins: '*' });
  const headers = {
    origin: 'https://page.example',
    'access-control-request-method': 'POST',
    'access-control-request-headers': 'authorization,x-stainless-os',
  };
  const answer = await ask('OPTIONS', '/responses', { headers });
  assert.equal(answer.status, 204);
  assert.equal(answer.headers.get('access-control-allow-origin'), '*');
  assert.equal(answer.headers.get('access-control-allow-credentials'), null);
  assert.equal(answer.headers.get('access-control-allow-headers'), 'authorization,x-stainless-os');
  assert.equal((await ask('OPTIONS', '/responses')).status, 404);
});

test('a function of the options that throws fails the request, and tells its reason on this side only', async () => {
  const fail = () => {
    throw new Error(`The database at db.internal is down, ${KEY}`);
  };
  for (const option of ['authorize', 'rate', 'apiKey', 'owns']) {
    const { post, sent, reported } = proxyTo(fine, { owns: () => true, [option]: fail });
    const answer = await post('/responses', { ...HELLO, conversation: 'conv_1' });
    assert.deepEqual(await errorOf(answer.clone()), [500, 'proxy_failed'], option);
    const text = await answer.text();
    assert.ok(text.includes(option) && !text.includes('db.internal'), text);
    assert.deepEqual([sent.length, reported.length], [0, 1], option);
  }
});

test('options that cannot work are refused when the proxy is made, without the key', () => {
  const good = { apiKey: KEY, authorize: () => 'ann' };
  const bad: Record<string, unknown>[] = [
    { ...good, apiKey: undefined },
    { ...good, apiKey: '' },
    { ...good, apiKey: `${KEY}\r\nx: y` },
    { apiKey: KEY },
    { ...good, authorize: 'everyone' },
    { ...good, baseURL: '/v1' },
    { ...good, baseURL: 'https://user:password@api.local' },
    { ...good, prefix: '/v1/' },
    { ...good, paths: ['/responses'] },
    { ...good, paths: ['POST /responses/../files'] },
    { ...good, paths: 'POST /responses' },
    { ...good, models: 'gpt-5.6-luna' },
    { ...good, maxRequestBytes: 0 },
    { ...good, rate: { requests: 0, perMs: 1 } },
    { ...good, rate: 5 },
    { ...good, allowedOrigins: ['https://page.example/'] },
    { ...good, owns: true },
    { ...good, whenClientLeaves: 'wait' },
    { ...good, headers: new Headers() },
  ];
  for (const options of bad) {
    assert.throws(
      () => openAIProxy(options as any),
      (error: any) => error.name === 'UserError' && !error.message.includes(KEY),
      JSON.stringify(options),
    );
  }
});
