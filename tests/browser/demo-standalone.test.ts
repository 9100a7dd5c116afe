import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { launchBrowser, openPage, type TestBrowser } from '../support/browser.ts';
import { Chat } from './demo.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const FOLDER = `${ROOT}build/demo/`;

let browser: TestBrowser;

before(async () => {
  await promisify(execFile)(process.execPath, [`${ROOT}scripts/build-demo.mjs`], { cwd: ROOT });
  browser = await launchBrowser();
});

after(() => browser?.close());

test('the static build works under a path of a server that knows nothing, and remembers', async () => {
  const server = await servePlainly('/some/where/');
  const { page, errors } = await openPage(browser, server.url);
  const chat = new Chat(page, errors);
  await chat.isReady();
  assert.match((await chat.texts('#notice'))[0] ?? '', /^Offline demo model: rule-based, no intelligence\./);
  await chat.ask("Hello, I'm John");
  await chat.ask('Roll 2 dice');
  await page.reload();
  await chat.isReady();
  await chat.sees('.tool-text', 'roll_dice');
  assert.match(await chat.ask("What's my name?"), /John/);
  assert.deepEqual(errors, []);
  assert.deepEqual(server.strays(), []);
  await server.close();
});

test('the static build brings its own policy, under which nothing inline runs and nothing leaves the page', async () => {
  const server = await servePlainly('/');
  const { page, errors } = await openPage(browser, server.url);
  await new Chat(page, errors).isReady();
  const ran = await page.evaluate(async () => {
    const script = document.createElement('script');
    script.textContent = 'document.body.dataset.ran = "yes"';
    document.body.append(script);
    const sent = await fetch('https://example.com/').then(
      () => true,
      () => false,
    );
    return { script: document.body.dataset['ran'], sent };
  });
  assert.deepEqual(ran, { script: undefined, sent: false });
  assert.equal(errors.filter((error) => error.includes('Content Security Policy')).length, errors.length);
  await server.close();
});

test('the static build consists of few files that name no other place and hold no source maps', async () => {
  assert.deepEqual((await readdir(FOLDER)).sort(), [
    'app.css',
    'app.js',
    'core.wasm',
    'early-theme.js',
    'icon.svg',
    'index.html',
    'sqlite-worker.js',
    'sqlite3.wasm',
  ]);
  const html = await readFile(`${FOLDER}index.html`, 'utf8');
  assert.doesNotMatch(html, /(?:src|href)="(?:\/|https?:)|<style|<script>| style="| on\w+="/);
});

/** A server with no headers but the type, and with wasm as unknown bytes, as some have it. */
async function servePlainly(path: string): Promise<{ url: string; strays(): string[]; close(): Promise<void> }> {
  const types: Record<string, string> = {
    html: 'text/html',
    js: 'text/javascript',
    css: 'text/css',
    svg: 'image/svg+xml',
  };
  const strays: string[] = [];
  const server = createServer(async ({ url = '' }, response) => {
    const name = url.startsWith(path) ? url.slice(path.length) || 'index.html' : '';
    const bytes = await readFile(FOLDER + name).catch(() => undefined);
    if (!bytes) strays.push(url);
    const type = types[name.split('.').at(-1) ?? ''] ?? 'application/octet-stream';
    response.writeHead(bytes ? 200 : 404, { 'content-type': type }).end(bytes);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`,
    strays: () => strays,
    close: () => {
      server.closeAllConnections();
      return new Promise((closed) => server.close(() => closed()));
    },
  };
}
