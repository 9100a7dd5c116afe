import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { bundlePage } from '../../web-demo/bundle.ts';
import { serve } from '../../web-demo/server/serve.ts';
import { settingsFrom } from '../../web-demo/server/settings.ts';
import { OFFLINE } from './demo.ts';
import { send } from './raw-http.ts';

const NO_FILES = new Map();

test('the page, its scripts and its wasm come with their types, a strict policy and no caching', async () => {
  const server = await serve(OFFLINE, await bundlePage({ standalone: false }));
  const types = {
    '': 'text/html; charset=utf-8',
    'app.js': 'text/javascript; charset=utf-8',
    'app.css': 'text/css; charset=utf-8',
    'icon.svg': 'image/svg+xml',
    'core.wasm': 'application/wasm',
    'sqlite3.wasm': 'application/wasm',
    'sqlite-worker.js': 'text/javascript; charset=utf-8',
    'config.json': 'application/json',
  };
  for (const [path, type] of Object.entries(types)) {
    const { status, headers } = await send(server.url + path);
    assert.equal(status, 200, path);
    assert.equal(headers['content-type'], type);
    assert.equal(headers['cache-control'], 'no-store');
    assert.equal(headers['x-content-type-options'], 'nosniff');
    const policy = String(headers['content-security-policy']);
    assert.match(policy, /^default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self';/);
    assert.doesNotMatch(policy, /unsafe-inline|'unsafe-eval'|\*|https?:/);
  }
  for (const path of ['nothing', '../package.json', '%2e%2e/package.json', 'index.html/', 'constructor']) {
    assert.equal((await send(server.url + path)).status, 404, path);
  }
  assert.equal((await send(server.url, { method: 'POST' })).status, 405);
  await server.close();
});

test('without a key the offline model answers, streamed or whole', async () => {
  const server = await serve(OFFLINE, NO_FILES);
  const ask = (stream: boolean) =>
    send(`${server.url}v1/responses`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'offline-1', input: 'Who are you?', stream }),
    });
  assert.match((await ask(false)).text, /offline demo model/);
  const streamed = await ask(true);
  assert.match(String(streamed.headers['content-type']), /^text\/event-stream/);
  assert.match(streamed.text, /event: response\.completed/);
  assert.equal((await send(`${server.url}v1/files`)).status, 404);
  assert.deepEqual(JSON.parse((await send(`${server.url}config.json`)).text), { model: 'offline-1', offline: true });
  await server.close();
});

test('a page that is opened as localhost goes on as 127.0.0.1, where its history is', async () => {
  const server = await serve(OFFLINE, NO_FILES);
  const { status, headers } = await send(`${server.url}?a=b`, { headers: { host: `localhost:${server.port}` } });
  assert.equal(status, 307);
  assert.equal(headers.location, `${server.url}?a=b`);
  await server.close();
});

test('a port that is in use makes way for the next free one, unless it was asked for', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  const server = await serve({ ...OFFLINE, port }, NO_FILES);
  assert.ok(server.port > port);
  await server.close();
  await assert.rejects(serve({ ...OFFLINE, port, isPortFixed: true }, NO_FILES), {
    message: new RegExp(`Port ${port} is in use`),
  });
  other.close();
});

test('an environment that cannot be served is refused in a sentence, without the key in it', () => {
  const wrong: [Record<string, string>, RegExp][] = [
    [{ PORT: 'http' }, /PORT must be a number/],
    [{ PORT: '70000' }, /PORT must be a number/],
    [{ OPENAI_BASE_URL: 'api.example.com' }, /OPENAI_BASE_URL must be/],
    [{ OPENAI_BASE_URL: 'file:///etc' }, /OPENAI_BASE_URL must be/],
    [{ OPENAI_BASE_URL: 'https://user:secret@example.com' }, /^(?!.*secret).*OPENAI_BASE_URL must be/],
    [{ OPENAI_BASE_URL: 'https://example.com/v1#x' }, /OPENAI_BASE_URL must be/],
    [{ OPENAI_API_KEY: 'sk-secret\nHost: evil' }, /^(?!.*secret).*OPENAI_API_KEY/],
  ];
  for (const [environment, message] of wrong) assert.throws(() => settingsFrom(environment), { message });
});

test('a key or a base URL alone is enough, and blanks around them do not count', () => {
  assert.equal(settingsFrom({ OPENAI_API_KEY: ' sk-1 ' }).upstream?.apiKey, 'sk-1');
  assert.equal(settingsFrom({ OPENAI_API_KEY: 'sk-1' }).upstream?.baseURL.href, 'https://api.openai.com/v1');
  assert.equal(settingsFrom({ OPENAI_BASE_URL: 'http://localhost:1234/v1' }).upstream?.apiKey, null);
  assert.equal(settingsFrom({ OPENAI_BASE_URL: 'http://localhost:1234/v1', OPENAI_MODEL: 'llama' }).model, 'llama');
  assert.equal(settingsFrom({ OPENAI_API_KEY: '  ', OPENAI_MODEL: 'gpt' }).upstream, undefined);
});

test('the program prints one line with its address and who speaks, never the key, and ends at Ctrl-C', async () => {
  const cases: [Record<string, string>, RegExp][] = [
    [{}, /^http:\/\/127\.0\.0\.1:\d+\/ — the offline demo model speaks \(set OPENAI_API_KEY for a real one\)/],
    [
      { OPENAI_API_KEY: 'sk-secret', OPENAI_MODEL: 'gpt-x' },
      /^http:\/\/127\.0\.0\.1:\d+\/ — gpt-x at api\.openai\.com speaks/,
    ],
  ];
  for (const [environment, expected] of cases) {
    const program = fileURLToPath(new URL('../../web-demo/server.ts', import.meta.url));
    const { OPENAI_API_KEY, OPENAI_BASE_URL, OPENAI_MODEL, ...rest } = process.env;
    const child = spawn(process.execPath, [program], { env: { ...rest, PORT: '0', ...environment } });
    const lines: string[] = [];
    for await (const line of createInterface({ input: child.stdout })) {
      if (lines.push(line) === 1) child.kill('SIGINT');
    }
    const code = child.exitCode ?? (await once(child, 'exit'))[0];
    assert.equal(code, 0);
    assert.equal(lines.length, 1);
    assert.match(lines[0] ?? '', expected);
    assert.doesNotMatch(lines.join(), /sk-secret/);
  }
});
