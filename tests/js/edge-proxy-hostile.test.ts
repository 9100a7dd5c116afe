import assert from 'node:assert/strict';
import { test } from 'node:test';

import { errorOf, fine, HELLO, KEY, proxyTo } from '../support/edge-proxy.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

test('paths and methods that are not on the list go nowhere, however they are written', async () => {
  const { proxy, sent } = proxyTo(fine, { owns: () => true });
  const refused: [string, string][] = [
    ['GET', '/v1/files'],
    ['GET', '/v1/models'],
    ['GET', '/v1/responses'],
    ['PUT', '/v1/responses'],
    ['PATCH', '/v1/responses/resp_1'],
    ['HEAD', '/v1/responses/resp_1'],
    ['POST', '/v1/responses/'],
    ['POST', '/v1//responses'],
    ['POST', '//v1/responses'],
    ['POST', '/responses'],
    ['POST', '/v1responses'],
    ['POST', '/V1/responses'],
    ['POST', '/v1/Responses'],
    ['POST', '/v1/%72esponses'],
    ['POST', '/v1/responses%2fcompact'],
    ['POST', '/v1/responses;x=1'],
    ['GET', '/v1/responses/../files'],
    ['GET', '/v1/responses/%2e%2e/files'],
    ['GET', '/v1/responses/.%2e/files'],
    ['GET', '/v1/responses/..%2ffiles'],
    ['GET', '/v1/responses/..\\files'],
    ['GET', '/v1/responses/%252e%252e%252ffiles'],
    ['GET', '/v1/responses/resp_1%00'],
    ['GET', '/v1/responses/resp_1%0d%0ahost:evil.example'],
    ['GET', '/v1/responses/resp_1%23/input_items'],
    ['GET', '/v1/responses/resp_1%3Flimit=1'],
    ['GET', `/v1/responses/${'a'.repeat(201)}`],
    ['POST', '/v1/conversations/conv_1/messages'],
    ['GET', '/v1/conversations/conv_1/items/msg_1/x'],
  ];
  for (const [method, path] of refused) {
    const request = new Request(`https://app.local${path}`, { method, ...(method === 'POST' && { body: '{}' }) });
    const answer = await proxy(request);
    assert.equal(answer.status, 404, `${method} ${path}`);
  }
  assert.deepEqual(sent, []);
});

test('the host that a request names never becomes the host that is asked', async () => {
  const { proxy, sent } = proxyTo(fine);
  const headers = { host: 'evil.example', 'x-forwarded-host': 'evil.example' };
  await proxy(
    new Request('https://evil.example/v1/responses', { method: 'POST', headers, body: JSON.stringify(HELLO) }),
  );
  assert.deepEqual(
    sent.map(({ url, headers }) => [url, headers.host, headers['x-forwarded-host']]),
    [['https://api.local/v1/responses', undefined, undefined]],
  );
});

test('a key in the query is refused, and is not repeated', async () => {
  const { ask, sent } = proxyTo(fine, { owns: () => true });
  for (const query of ['api_key=sk-theirs', 'access_token=sk-theirs', 'limit=1&key=sk-theirs', 'sk-theirs']) {
    const answer = await ask('GET', `/conversations/conv_1/items?${query}`);
    assert.equal(answer.status, 400);
    assert.ok(!(await answer.text()).includes('sk-theirs'));
  }
  assert.deepEqual(sent, []);
});

test('a method that a header, a query or a body asks for is not the one that is used', async () => {
  const { ask, sent } = proxyTo(fine, { owns: () => true });
  const headers = { 'x-http-method-override': 'DELETE', 'x-method-override': 'DELETE' };
  await ask('GET', '/responses/resp_1', { headers });
  await ask('POST', '/responses', { headers, body: JSON.stringify({ ...HELLO, _method: 'DELETE' }) });
  assert.deepEqual(
    sent.map(({ method, headers }) => [method, headers['x-http-method-override'], headers['x-method-override']]),
    [
      ['GET', undefined, undefined],
      ['POST', undefined, undefined],
    ],
  );
  assert.equal((await ask('GET', '/responses/resp_1?_method=DELETE')).status, 400);
});

test('a header cannot carry a second one', async () => {
  const { ask, sent } = proxyTo(fine);
  assert.throws(() => new Headers({ accept: 'a\r\nauthorization: Bearer theirs' }), TypeError);
  const headers = { accept: 'a, authorization: Bearer theirs', 'idempotency-key': 'x; authorization=theirs' };
  await ask('POST', '/responses', { headers, body: JSON.stringify(HELLO) });
  assert.equal(sent[0]?.headers.authorization, `Bearer ${KEY}`);
});

test('a body that is too long is refused, by its length where it says one', async () => {
  const { ask, sent } = proxyTo(fine, { maxRequestBytes: 1_000 });
  const long = JSON.stringify({ ...HELLO, input: 'a'.repeat(1_000) });
  assert.deepEqual(await errorOf(await ask('POST', '/responses', { body: long })), [413, 'request_too_large']);
  let wasRead = false;
  const body = new ReadableStream(
    {
      pull() {
        wasRead = true;
      },
    },
    { highWaterMark: 0 },
  );
  const headers = { 'content-length': '1001' };
  const declared = await ask('POST', '/responses', { headers, body, duplex: 'half' } as RequestInit);
  assert.deepEqual([declared.status, wasRead], [413, false]);
  assert.deepEqual(sent, []);
});

test('a body without a length, or with a wrong one, is counted as it comes and not read to its end', async () => {
  for (const headers of [{}, { 'content-length': '10' }, { 'content-length': 'x' }]) {
    const { ask, sent } = proxyTo(fine, { maxRequestBytes: 1_000 });
    let pieces = 0;
    const cancelled = Promise.withResolvers<void>();
    const body = new ReadableStream({
      pull(controller) {
        pieces += 1;
        controller.enqueue(bytes('a'.repeat(100)));
      },
      cancel: () => cancelled.resolve(),
    });
    const answer = await ask('POST', '/responses', { headers, body, duplex: 'half' } as RequestInit);
    assert.equal(answer.status, 413);
    await cancelled.promise;
    assert.ok(pieces < 20, `${pieces} pieces were read`);
    assert.deepEqual(sent, []);
  }
});

test('a body that breaks off is refused, and is no failure of the proxy', async () => {
  const { ask, sent, reported } = proxyTo(fine);
  const body = new ReadableStream({
    start: (controller) => controller.enqueue(bytes('{"model":')),
    pull: (controller) => controller.error(new Error('gone')),
  });
  const answer = await ask('POST', '/responses', { body, duplex: 'half' } as RequestInit);
  assert.deepEqual(await errorOf(answer), [400, 'incomplete_body']);
  assert.deepEqual([sent.length, reported.length], [0, 0]);
});

test('a body in pieces that is short enough goes on, wherever its characters are cut', async () => {
  const { ask, sent } = proxyTo(fine);
  const text = JSON.stringify({ ...HELLO, input: 'Zürich 😀' });
  const body = new ReadableStream({
    start(controller) {
      for (const byte of bytes(text)) controller.enqueue(new Uint8Array([byte]));
      controller.close();
    },
  });
  assert.equal((await ask('POST', '/responses', { body, duplex: 'half' } as RequestInit)).status, 200);
  assert.equal(sent[0]?.body.input, 'Zürich 😀');
});

test('what is no JSON object is refused', async () => {
  const { ask, sent } = proxyTo(fine);
  const bad: BodyInit[] = [
    'model=m',
    '[]',
    'null',
    '"m"',
    '{"model":"m"',
    '{"model":"m"}{"model":"m"}',
    "{'model':'m'}",
    new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]),
    new Uint8Array([0x1f, 0x8b, 8, 0]),
    `${'['.repeat(100_000)}${']'.repeat(100_000)}`,
    `{"input":${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
    `{"input":${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}}`,
  ];
  for (const body of bad) {
    assert.deepEqual(await errorOf(await ask('POST', '/responses', { body })), [400, 'invalid_json']);
  }
  assert.deepEqual(sent, []);
});

test('of a member that comes twice, the API reads the one that was checked', async () => {
  const {
    ask,
    proxy: _proxy,
    sent,
  } = proxyTo(async (request) => new Response(await request.text()), {
    models: ['small'],
  });
  const twice = (first: string, second: string) => `{"model":"${first}","input":"Hello","mod\\u0065l":"${second}"}`;
  assert.equal((await ask('POST', '/responses', { body: twice('small', 'huge') })).status, 403);
  await ask('POST', '/responses', { body: twice('huge', 'small') });
  assert.deepEqual(
    sent.map(({ body }) => body),
    [{ model: 'small', input: 'Hello' }],
  );
});

test('with a list of models one of them has to be named, and nothing else anywhere', async () => {
  const { post, sent } = proxyTo(fine, { models: ['small', 'drawing'], owns: () => true });
  const code = async (path: string, body: unknown) => (await errorOf(await post(path, body)))[1];
  for (const path of ['/responses', '/responses/compact', '/responses/input_tokens']) {
    assert.equal(await code(path, { input: 'Hello' }), 'missing_required_parameter');
    assert.equal(await code(path, { ...HELLO, model: 'huge' }), 'model_not_allowed');
  }
  const small = { ...HELLO, model: 'small' };
  for (const model of [null, 1, ['small'], { id: 'small' }]) {
    assert.equal(await code('/responses', { ...HELLO, model }), 'missing_required_parameter');
  }
  for (const model of ['Small', 'small ', 'small\0', 'ѕmall', '']) {
    assert.equal(await code('/responses', { ...HELLO, model }), 'model_not_allowed');
  }
  const nested: unknown[] = [
    { ...small, tools: [{ type: 'image_generation', model: 'huge' }] },
    { ...small, tools: [{ type: 'namespace', tools: [{ type: 'image_generation', model: 'huge' }] }] },
    { ...small, input: [{ type: 'additional_tools', tools: [{ type: 'image_generation', model: 'huge' }] }] },
    { ...small, models: ['small', 'huge'] },
    { ...small, prompt: { id: 'pmpt_1' }, model: 'huge' },
    { model: 'huge', body: { model: 'small' } },
  ];
  for (const body of nested) assert.equal(await code('/responses', body), 'model_not_allowed', JSON.stringify(body));
  assert.deepEqual(sent, []);

  const harmless = {
    ...small,
    metadata: { model: 'T' },
    tools: [
      { type: 'image_generation', model: 'drawing' },
      {
        type: 'function',
        name: 'car',
        parameters: { properties: { model: { type: 'string', default: { model: 'T' } } } },
      },
    ],
  };
  assert.equal((await post('/responses', harmless)).status, 200);
  assert.equal((await post('/conversations', {})).status, 200);
});

test('a member named __proto__ is nothing but a member', async () => {
  const { ask, sent } = proxyTo(fine, { models: ['small'] });
  const body = '{"__proto__":{"model":"small"},"input":"Hello"}';
  assert.equal((await ask('POST', '/responses', { body })).status, 400);
  assert.deepEqual(sent, []);
});

test('neither the key nor the account is in an error, however the API repeats them', async () => {
  const escaped = [...KEY].map((letter) => `\\u00${letter.charCodeAt(0).toString(16)}`).join('');
  const message = `Incorrect: ${KEY}, sk-pr****cdef, in organization org-abc123 and proj_xyz789`;
  const answers = [
    JSON.stringify({ error: { message, code: 'invalid_api_key', type: 'x', param: null } }),
    `{"error":{"message":"${escaped}","code":"x","type":"x","param":null}}`,
    `{"error":{"${KEY}":1,"message":"m","code":"x","type":"x","param":null}}`,
    `<h1>${KEY}</h1>`,
    KEY,
    '',
  ];
  for (const body of answers) {
    const headers = {
      'content-type': 'application/json',
      'x-request-id': `req ${KEY}`,
      'www-authenticate': KEY,
      'set-cookie': `key=${KEY}`,
      'openai-organization': 'org-abc123',
      'retry-after-ms': '5',
    };
    const { post } = proxyTo(() => new Response(body, { status: 401, headers }));
    const answer = await post('/responses', HELLO);
    const text = (await answer.text()) + JSON.stringify([...answer.headers]);
    assert.equal(answer.status, 401);
    for (const secret of [KEY, 'sk-pr', 'org-abc', 'proj_xyz']) assert.ok(!text.includes(secret), text);
    assert.ok(!JSON.stringify(JSON.parse(text.slice(0, text.indexOf('[[')))).includes(KEY));
    assert.equal(answer.headers.get('retry-after-ms'), '5');
  }
});

test('an API that cannot be reached, redirects or answers with a page is a 502 that tells nothing of it', async () => {
  const broken = new TypeError(`fetch failed for ${KEY}`, { cause: { code: 'ECONNREFUSED' } });
  const upstreams = [
    () => Promise.reject(broken),
    () => Promise.reject(undefined),
    () => new Response(null, { status: 302, headers: { location: 'https://evil.example/' } }),
    () => new Response('<script>', { headers: { 'content-type': 'text/html' } }),
    () => new Response('{}', { headers: { 'content-type': 'text/javascript' } }),
  ];
  for (const upstream of upstreams) {
    const { post } = proxyTo(upstream);
    const answer = await post('/responses', HELLO);
    const text = await answer.clone().text();
    assert.equal((await errorOf(answer))[0], 502);
    assert.ok(!text.includes(KEY) && !text.includes('evil') && !text.includes('api.local'), text);
    assert.equal(answer.headers.get('location'), null);
  }
});

test('what is told on the console of a failure is without the key', async (t) => {
  const told = t.mock.method(console, 'error', () => {});
  const { post } = proxyTo(() => Promise.reject(new Error(`no way with ${KEY}`)), { onError: undefined });
  assert.deepEqual(await errorOf(await post('/responses', HELLO)), [502, 'upstream_unreachable']);
  assert.deepEqual(told.mock.calls[0]?.arguments, ['agents-wasm: the proxy: no way with …']);
});
