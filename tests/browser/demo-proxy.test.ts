import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { type DemoServer, serve } from '../../web-demo/server/serve.ts';
import { settingsFrom } from '../../web-demo/server/settings.ts';
import { type FakeUpstream, startUpstream } from './fake-upstream.ts';
import { open, type RawRequest, send } from './raw-http.ts';

const KEY = 'sk-test-0123456789abcdef';
const FILES = new Map([['index.html', Buffer.from('<!doctype html>')]]);
const JSON_TYPE = { 'content-type': 'application/json' };

let upstream: FakeUpstream;
let demo: DemoServer;
let api: string;
const post: RawRequest = { method: 'POST', headers: JSON_TYPE, body: '{"model":"m"}' };

before(async () => {
  upstream = await startUpstream();
});

after(() => upstream.close());

beforeEach(async () => {
  upstream.received.length = 0;
  const { baseURL } = upstream;
  demo = await serve(settingsFrom({ OPENAI_API_KEY: KEY, OPENAI_BASE_URL: baseURL, PORT: '0' }), FILES);
  api = `${demo.url}v1`;
});

afterEach(() => demo.close());

test('a request goes to the base URL with the key, and with nothing else that the browser added', async () => {
  const headers = {
    ...JSON_TYPE,
    cookie: 'a=b',
    authorization: 'Bearer theirs',
    referer: demo.url,
    'x-forwarded-for': '1',
  };
  const body = '{"model":"gpt-5.6-luna","input":"ä"}';
  assert.equal((await send(`${api}/responses`, { method: 'POST', headers, body })).status, 200);
  const [request] = upstream.received;
  assert.equal(request?.method, 'POST');
  assert.equal(request.url, '/api/v1/responses');
  assert.equal(request.body, body);
  assert.deepEqual(Object.keys(request.headers).sort(), [
    'accept',
    'accept-encoding',
    'accept-language',
    'authorization',
    'connection',
    'content-length',
    'content-type',
    'host',
    'sec-fetch-mode',
    'user-agent',
  ]);
  assert.equal(request.headers.authorization, `Bearer ${KEY}`);
});

test('organization and project go along, and without a key no authorization does', async () => {
  const environment = { OPENAI_ORG_ID: 'org-1', OPENAI_PROJECT_ID: 'proj-1', OPENAI_BASE_URL: `${upstream.baseURL}/` };
  const other = await serve(settingsFrom({ ...environment, PORT: '0' }), FILES);
  await send(`${other.url}v1/responses/resp_1`);
  await other.close();
  const [request] = upstream.received;
  assert.equal(request?.url, '/api/v1/responses/resp_1');
  assert.equal(request.headers['openai-organization'], 'org-1');
  assert.equal(request.headers['openai-project'], 'proj-1');
  assert.equal(request.headers.authorization, undefined);
});

test('a stored response can be read, with its query', async () => {
  await send(`${api}/responses/resp_1-a?include[]=x&stream=true`);
  assert.equal(upstream.received[0]?.url, '/api/v1/responses/resp_1-a?include%5B%5D=x&stream=true');
});

test('other paths and methods are refused and go nowhere', async () => {
  const refused: [string, string][] = [
    ['GET', '/files'],
    ['GET', '/responses'],
    ['GET', '/models'],
    ['PUT', '/responses/resp_1'],
    ['POST', '/chat/completions'],
    ['GET', '/responses/..%2Ffiles'],
    ['GET', '/responses/../files'],
    ['GET', '/conversations'],
    ['GET', '//responses/x'],
    ['OPTIONS', '/responses'],
  ];
  for (const [method, path] of refused) {
    const { status, text } = await send(`${api}${path}`, { method });
    assert.equal(status, 404, `${method} ${path}`);
    assert.equal(JSON.parse(text).error.code, 'not_found');
  }
  assert.deepEqual(upstream.received, []);
});

test('foreign hosts, origins and sites are refused and go nowhere', async () => {
  const { host } = new URL(demo.url);
  const foreign: Record<string, string>[] = [
    { host: 'evil.example' },
    { host: `evil.example:${demo.port}` },
    { host: `127.0.0.1.evil.example:${demo.port}` },
    { host: `localhost.evil.example` },
    { host, origin: 'https://evil.example' },
    { host, origin: 'null' },
    { host, origin: `https://${host}` },
    { host, origin: 'http://127.0.0.1:1' },
    { host, 'sec-fetch-site': 'cross-site' },
    { host, 'sec-fetch-site': 'same-site' },
  ];
  for (const headers of foreign) {
    for (const path of ['v1/models', 'config.json', 'index.html']) {
      const { status, headers: told } = await send(demo.url + path, { headers });
      assert.equal(status, 403, JSON.stringify(headers));
      assert.equal(told['access-control-allow-origin'], undefined);
    }
  }
  assert.deepEqual(upstream.received, []);
});

test("the page's own requests pass: same origin, any loopback name, or no origin at all", async () => {
  for (const host of [
    `127.0.0.1:${demo.port}`,
    `localhost:${demo.port}`,
    `LOCALHOST:${demo.port}`,
    `[::1]:${demo.port}`,
  ]) {
    const headers = { ...JSON_TYPE, host, origin: `http://${host}`, 'sec-fetch-site': 'same-origin' };
    assert.equal((await send(`${api}/responses`, { ...post, headers })).status, 200, host);
  }
  assert.equal((await send(`${api}/responses`, post)).status, 200);
});

test('the key is in no answer: not in a header, an error that repeats it, the configuration or a page', async () => {
  upstream.answer = (_request, response) =>
    response
      .writeHead(401, {
        ...JSON_TYPE,
        'x-request-id': `req ${KEY}`,
        'set-cookie': `key=${KEY}`,
        'www-authenticate': KEY,
      })
      .end(JSON.stringify({ error: { message: `Incorrect API key provided: ${KEY} (sk-test-****cdef).`, code: 'x' } }));
  const { status, headers, text } = await send(`${api}/responses`, post);
  assert.equal(status, 401);
  assert.equal(JSON.parse(text).error.message, 'Incorrect API key provided: … (…).');
  assert.equal(headers['x-request-id'], undefined);
  assert.equal(headers['set-cookie'], undefined);
  assert.equal(headers['www-authenticate'], undefined);
  for (const path of ['config.json', '', 'v1/nothing', 'nothing']) {
    const answer = await send(demo.url + path);
    assert.ok(!JSON.stringify(answer).includes('sk-test'), path);
  }
  assert.deepEqual(JSON.parse((await send(`${demo.url}config.json`)).text), {
    model: 'gpt-5.6-luna',
    offline: false,
    host: new URL(upstream.baseURL).host,
  });
});

test('what tells a client when to try again comes through', async () => {
  const told = {
    'retry-after': '2',
    'retry-after-ms': '1500',
    'x-should-retry': 'true',
    'x-ratelimit-limit-requests': '5',
  };
  upstream.answer = (_request, response) => response.writeHead(429, { ...JSON_TYPE, ...told }).end('{"error":{}}');
  const { status, headers } = await send(`${api}/responses`, post);
  assert.equal(status, 429);
  for (const [name, value] of Object.entries(told)) assert.equal(headers[name], value);
});

test('a stream arrives piece by piece, as it is sent', async () => {
  const next = Promise.withResolvers<void>();
  upstream.answer = async (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'transfer-encoding': 'chunked', 'keep-alive': 'x' });
    response.write('data: 1\n\n');
    await next.promise;
    response.end('data: 2\n\n');
  };
  const answer = await open(`${api}/responses`, post);
  assert.equal(answer.headers['content-type'], 'text/event-stream');
  assert.equal(answer.headers['content-encoding'], undefined);
  const pieces: string[] = [];
  for await (const piece of answer) {
    pieces.push(String(piece));
    next.resolve();
  }
  assert.deepEqual(pieces, ['data: 1\n\n', 'data: 2\n\n']);
});

test('when the page goes away, so does the request to the API', async () => {
  const gone = Promise.withResolvers<void>();
  upstream.answer = (_request, response) => {
    response.on('close', gone.resolve);
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n');
  };
  const answer = await open(`${api}/responses`, post);
  answer.on('error', () => {});
  answer.destroy();
  await gone.promise;
});

test('when the page goes away before the API answers, so does the request', async () => {
  const arrived = Promise.withResolvers<void>();
  const gone = Promise.withResolvers<void>();
  upstream.answer = (_request, response) => {
    response.on('close', gone.resolve);
    arrived.resolve();
  };
  const leaving = new AbortController();
  const request = fetch(`${api}/responses`, { method: 'POST', body: '{}', signal: leaving.signal });
  await arrived.promise;
  leaving.abort();
  await assert.rejects(request, { name: 'AbortError' });
  await gone.promise;
});

test('a stream that breaks off upstream breaks off here, and does not look complete', async () => {
  upstream.answer = (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n', () => response.destroy());
  };
  await assert.rejects(send(`${api}/responses`, post));
});

test('an API that is not there, redirects or answers HTML is an error in JSON', async () => {
  upstream.answer = (_request, response) => response.writeHead(302, { location: 'http://evil.example/' }).end();
  assert.deepEqual(await errorOf(), [502, 'The API answered with status 302.']);
  upstream.answer = (_request, response) => response.writeHead(500, { 'content-type': 'text/html' }).end('<h1>Oh</h1>');
  assert.deepEqual(await errorOf(), [500, 'The API answered with status 500 and no JSON. Is baseURL right?']);
  const { baseURL, close } = await startUpstream();
  await close();
  const nowhere = settingsFrom({ OPENAI_API_KEY: KEY, OPENAI_BASE_URL: baseURL, PORT: '0' });
  await demo.close();
  demo = await serve(nowhere, FILES);
  api = `${demo.url}v1`;
  assert.deepEqual(await errorOf(), [502, 'The API could not be reached (ECONNREFUSED).']);
});

test('a body that is too long is refused before it is read', async () => {
  const length = String(64 * 1024 * 1024 + 1);
  const answer = await send(`${api}/responses`, { method: 'POST', headers: { 'content-length': length } }).catch(
    () => undefined,
  );
  assert.equal(answer?.status, 413);
  assert.deepEqual(upstream.received, []);
});

async function errorOf(): Promise<[number, string]> {
  const { status, text } = await send(`${api}/responses`, post);
  return [status, JSON.parse(text).error.message];
}
