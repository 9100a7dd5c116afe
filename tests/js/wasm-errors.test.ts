import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';

import { init, MemorySession, WasmError, type WasmSource } from 'agents-wasm';
import * as slim from 'agents-wasm/slim';

const FILE = new URL(import.meta.resolve('agents-wasm/core.wasm'));
const wasm = readFileSync(FILE);
const FIX =
  'Put core.wasm of the installed package (agents-wasm/core.wasm) there, or pass where it is to init({ wasm }).';

interface Answer {
  status?: number;
  type?: string;
  body: Uint8Array | string;
}
const answers: Record<string, Answer> = {
  '/core.wasm': { type: 'application/wasm', body: wasm },
  '/untyped.wasm': { body: wasm },
  '/missing.wasm': { status: 404, type: 'text/html', body: '<!doctype html><title>Not found</title>' },
  '/page.wasm': { type: 'text/html; charset=utf-8', body: '<!doctype html><title>The app</title>' },
  '/typed-page.wasm': { type: 'application/wasm', body: '<html><title>The app</title></html>' },
  '/lfs.wasm': { type: 'application/wasm', body: 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n' },
  '/empty.wasm': { type: 'application/wasm', body: '' },
  '/half.wasm': { type: 'application/wasm', body: wasm.subarray(0, wasm.length / 2) },
};
const server = createServer(({ url }, response) => {
  const { status = 200, type, body } = answers[url as string] as Answer;
  response.writeHead(status, type ? { 'content-type': type } : {}).end(body);
});
let origin = '';
before(async () => {
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
after(() => server.close());

const fails = (wasm: WasmSource, code: string, message: string) =>
  assert.rejects(init({ wasm }), (error: unknown) => {
    assert.ok(error instanceof WasmError);
    assert.deepEqual([error.name, error.code], ['WasmError', code]);
    assert.equal(error.message, `agents-wasm cannot load its core from ${message} ${FIX}`);
    return true;
  });

for (const [path, code, what] of [
  ['/missing.wasm', 'wasm_not_found', 'status 404, text/html.'],
  [
    '/page.wasm',
    'wasm_not_found',
    'it is an HTML page, as servers give for paths that are not there (status 200, text/html; charset=utf-8).',
  ],
  [
    '/typed-page.wasm',
    'wasm_not_found',
    'it is an HTML page, as servers give for paths that are not there (status 200, application/wasm).',
  ],
  ['/lfs.wasm', 'wasm_not_found', 'it is a pointer of Git LFS in place of the file (status 200, application/wasm).'],
  ['/empty.wasm', 'wasm_not_found', 'it is an empty file (status 200, application/wasm).'],
  ['/half.wasm', 'wasm_damaged', `it has ${wasm.length >> 1} bytes, where ${wasm.length} are expected.`],
] as const) {
  test(`${path} is refused with its URL, what came from there, and what to do`, () =>
    fails(`${origin}${path}`, code, `${origin}${path}: ${what}`));
}

test('an address where nobody answers, and a file that is not there, are named', async () => {
  await fails(
    'http://127.0.0.1:1/core.wasm',
    'wasm_not_found',
    'http://127.0.0.1:1/core.wasm: no answer (fetch failed).',
  );
  const nowhere = new URL('file:///nowhere/core.wasm');
  const flaw = "ENOENT: no such file or directory, open '/nowhere/core.wasm'.";
  await fails(nowhere, 'wasm_not_found', `file:///nowhere/core.wasm: ${flaw}`);
});

test('bytes and responses without an address are refused with what they are', async () => {
  const page = new Response('<html>', { headers: { 'content-type': 'text/html' } });
  const html = 'it is an HTML page, as servers give for paths that are not there';
  await fails(page, 'wasm_not_found', `the response given to init: ${html} (status 200, text/html).`);
  const flaw = 'it is gzip-compressed, without the header content-encoding (3 bytes).';
  await fails(new Uint8Array([0x1f, 0x8b, 8]), 'wasm_not_found', `what was given to init: ${flaw}`);
});

test('a byte that was changed is found out', async () => {
  const broken = Uint8Array.from(wasm);
  broken.fill(255, 100, 110);
  await fails(broken, 'wasm_damaged', 'what was given to init: it is damaged.');
});

test('the WebAssembly of another version or build, and that of something else, are refused before they run', async () => {
  const id = /agents-wasm(\d+\.\d+\.\d+) ([0-9a-f]{16})$/.exec(wasm.toString('latin1'));
  assert.ok(id);
  const expected = `this JavaScript is that of agents-wasm ${id[1]} ${id[2]}; a cache may hold an old file.`;
  const older = Buffer.from(wasm.toString('latin1').replace(id[0], `agents-wasm0.0.9 ${id[2]}`), 'latin1');
  const place = 'what was given to init';
  await fails(older, 'wasm_mismatch', `${place}: it is the core of agents-wasm 0.0.9 ${id[2]}, and ${expected}`);
  const empty = new WebAssembly.Module(new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]));
  await fails(empty, 'wasm_mismatch', `${place}: it is WebAssembly, but not of agents-wasm, and ${expected}`);
});

test('what is no form of WebAssembly is refused by its kind', () =>
  assert.rejects(init({ wasm: 5 as never }), {
    name: 'UserError',
    message: 'wasm must be a URL, a Response, bytes or a WebAssembly.Module, but is a number.',
  }));

test('a request that fails while init waits for its response is an error of ours', () => {
  const refused = fetch('http://127.0.0.1:1/core.wasm');
  return assert.rejects(init({ wasm: refused }), {
    name: 'WasmError',
    code: 'wasm_not_found',
    message: /what was given to init: no answer \(fetch failed\)/,
  });
});

test('after a core that could not be loaded the next one can', async () => {
  await assert.rejects(init({ wasm: `${origin}/missing.wasm` }), WasmError);
  await init({ wasm: `${origin}/untyped.wasm` });
  assert.deepEqual(await new MemorySession().loadItems('c'), []);
});

test('agents-wasm/slim teaches what it needs, and takes it in every form', async () => {
  await assert.rejects(new slim.MemorySession().loadItems('c'), {
    name: 'UserError',
    message: /call init\(\{ wasm \}\)/,
  });
  for (const source of [`${origin}/core.wasm`, FILE, new Response(wasm), wasm, new WebAssembly.Module(wasm)]) {
    await slim.init({ wasm: source });
    assert.deepEqual(await new slim.MemorySession().loadItems('c'), []);
  }
});

test('a package whose wasm was lost or cut says which file it is', async () => {
  const copy = mkdtempSync(join(tmpdir(), 'agents-wasm-broken-'));
  for (const part of ['package.json', 'dist'])
    cpSync(new URL(`../../${part}`, import.meta.url), join(copy, part), { recursive: true });
  symlinkSync(new URL('../../node_modules', import.meta.url).pathname, join(copy, 'node_modules'));
  const path = join(copy, 'dist/wasm/core.wasm');
  const { MemorySession: Broken } = (await import(join(copy, 'dist/index.js'))) as typeof import('agents-wasm');
  writeFileSync(path, wasm.subarray(0, 1000));
  const place = pathToFileURL(path).href;
  await assert.rejects(new Broken().loadItems('c'), {
    code: 'wasm_damaged',
    message: new RegExp(`${place}: it has 1000 bytes`),
  });
  rmSync(path);
  await assert.rejects(new Broken().loadItems('c'), {
    code: 'wasm_not_found',
    message: new RegExp(`${place}: ENOENT`),
  });
  // What was missing may be there at the next call.
  writeFileSync(path, wasm);
  assert.deepEqual(await new Broken().loadItems('c'), []);
  rmSync(copy, { recursive: true });
});
