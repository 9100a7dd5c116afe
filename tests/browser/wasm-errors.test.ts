import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Page, Route } from 'playwright-core';

import { launchBrowser, servePage, type TestBrowser, type TestServer } from '../support/browser.ts';

declare const load: () => Promise<string[]>;

let server: TestServer;
let browser: TestBrowser;

before(async () => {
  server = await servePage(new URL('./wasm-page.ts', import.meta.url));
  browser = await launchBrowser();
});
after(async () => {
  await browser?.close();
  await server?.close();
});

/** Opens the page where core.wasm is answered so, and makes its first call. */
async function firstCall(answer?: (route: Route) => Promise<void>): Promise<{ page: Page; came: string[] }> {
  const page = await browser.context.newPage();
  await page.addInitScript(() => {
    const { compileStreaming } = WebAssembly;
    Object.assign(globalThis, { streamed: 0 });
    WebAssembly.compileStreaming = (source) => {
      (globalThis as unknown as { streamed: number }).streamed++;
      return compileStreaming(source);
    };
  });
  if (answer) await page.route('**/core.wasm', answer);
  await page.goto(server.url);
  return { page, came: await page.evaluate(() => load()) };
}

const refused = async (answer: (route: Route) => Promise<void>, code: string, ...words: string[]) => {
  const { came, page } = await firstCall(answer);
  assert.deepEqual(came.slice(0, 2), ['WasmError', code]);
  for (const text of [`${server.url}core.wasm`, ...words, 'pass where it is to init({ wasm })'])
    assert.ok(came[2]?.includes(text), `${came[2]} lacks: ${text}`);
  // What was missing may be there at the next call.
  await page.unroute('**/core.wasm');
  assert.deepEqual(await page.evaluate(() => load()), ['0 items']);
};

test('the core is compiled while it arrives, and SQLite is not asked for by who does not use it', async () => {
  const { page, came } = await firstCall();
  assert.deepEqual(came, ['0 items']);
  assert.equal(await page.evaluate('streamed'), 1);
  const loaded = await page.evaluate(() => performance.getEntriesByType('resource').map(({ name }) => name));
  assert.deepEqual(
    loaded.filter((name) => /sqlite/.test(name)),
    [],
  );
});

test('a core without its MIME type is taken all the same', async () => {
  const { page, came } = await firstCall(async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, headers: { ...response.headers(), 'content-type': 'application/octet-stream' } });
  });
  assert.deepEqual(came, ['0 items']);
  assert.equal(await page.evaluate('streamed'), 0);
});

test('the app itself, as single-page servers give it for what is not there, is told as such', () =>
  refused(
    (route) => route.fulfill({ contentType: 'text/html', body: '<!doctype html><title>App</title>' }),
    'wasm_not_found',
    'an HTML page',
    'status 200, text/html',
  ));

test('a core that is missing, unreachable or cut is told as such', async () => {
  await refused((route) => route.fulfill({ status: 404, body: 'No' }), 'wasm_not_found', 'status 404');
  await refused((route) => route.abort(), 'wasm_not_found', 'no answer');
  await refused(
    async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, body: (await response.body()).subarray(0, 1000) });
    },
    'wasm_damaged',
    'it has 1000 bytes',
  );
});

test("under a content security policy without 'wasm-unsafe-eval' the error says what to add", async () => {
  const page = await browser.context.newPage();
  await page.route(server.url, async (route) => {
    const response = await route.fetch();
    const policy = "default-src 'self'; script-src 'self'";
    await route.fulfill({ response, headers: { ...response.headers(), 'content-security-policy': policy } });
  });
  await page.goto(server.url);
  const [name, code, message] = await page.evaluate(() => load());
  assert.deepEqual([name, code], ['WasmError', 'unsupported']);
  assert.match(message as string, /add 'wasm-unsafe-eval' to script-src/);
});
