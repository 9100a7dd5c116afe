import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { before, test } from 'node:test';

import { type Packed, pack, ROOT, said } from './packed.ts';

let packed: Packed;
before(async () => {
  packed = await pack();
});

const tool = (name: string) => join(ROOT, 'tests/tools/node_modules/.bin', name);
const read = (file: string) => readFileSync(join(packed.folder, file), 'utf8');
const scripts = () => packed.files.filter((file) => file.endsWith('.js'));

test('publint finds nothing in the packed package, not even with --strict', async () => {
  const { code, text } = await said(tool('publint'), ['--strict', packed.tarball], packed.project);
  assert.equal(code, 0, text);
  assert.match(text, /All good!/);
});

test('are-the-types-wrong finds nothing in the packed package for programs of ES modules', async () => {
  const options = [
    '--profile',
    'esm-only',
    '--exclude-entrypoints',
    './core.wasm',
    './debug/core.wasm',
    '--format',
    'json',
  ];
  const { code, text } = await said(tool('attw'), [packed.tarball, ...options], packed.project);
  assert.equal(code, 0, text);
});

test('the tarball has what people, lawyers and coding agents read, and nothing of how it is made or tested', () => {
  for (const file of ['README.md', 'llms.txt', 'LICENSE', 'THIRD_PARTY_LICENSES.md'])
    assert.ok(packed.files.includes(file), file);
  const others = packed.files.filter(
    (file) => !/^(dist\/|examples\/|(README|THIRD_PARTY_LICENSES)\.md$|llms\.txt$|LICENSE$|package\.json$)/.test(file),
  );
  assert.deepEqual(others, []);
  const sources = packed.files.filter((file) => /\.(cpp|h|test\.\w+|tsx?|map)$/.test(file) && !file.endsWith('.d.ts'));
  // What is to be copied and deployed.
  assert.deepEqual(sources, ['examples/edge/worker.ts']);
});

test('every target of exports and imports is in the tarball, types come first, and no side effects are declared', () => {
  const { exports, imports, sideEffects } = packed.manifest;
  assert.equal(sideEffects, false);
  for (const [name, target] of Object.entries({ ...exports, ...imports })) {
    const paths = typeof target === 'string' ? [target] : Object.values(target);
    for (const path of paths) assert.ok(packed.files.includes(path.replace('./', '')), `${name}: ${path}`);
    if (typeof target === 'string') continue;
    const conditions = Object.keys(target);
    assert.equal(conditions[0], 'types', name);
    assert.equal(conditions.at(-1), 'default', name);
  }
});

test('every kind of runtime has a loader of its own, named before the browser, which edge runtimes call themselves too', () => {
  for (const loader of ['#load', '#load-debug']) {
    const conditions = Object.keys(packed.manifest.imports[loader] ?? {});
    for (const name of ['workerd', 'edge-light', 'deno', 'bun', 'node', 'browser', 'default']) {
      assert.ok(conditions.includes(name), `${loader}: ${name}`);
      if (name !== 'default')
        assert.ok(conditions.indexOf(name) <= conditions.indexOf('browser'), `${loader}: ${name}`);
    }
  }
});

test('every entry can be imported in Node and does nothing by itself', async () => {
  const entries = Object.entries(packed.manifest.exports).filter(([, target]) => typeof target !== 'string');
  assert.ok(entries.length >= 4);
  for (const [name] of entries) {
    const entry = name.replace('.', 'agents-wasm');
    const program = `const all = await import('${entry}'); console.log(Object.keys(all).length)`;
    const { code, text } = await said(process.execPath, ['--input-type=module', '-e', program], packed.project);
    assert.equal(code, 0, `${entry}: ${text}`);
    assert.match(text, /^[1-9]\d*\n$/, `${entry} says something, or exports nothing: ${text}`);
  }
});

test('an agent runs from the packed package', async () => {
  const program = `
    import { Agent, MemorySession, Runner } from 'agents-wasm';
    import { createOpenAIServer } from 'agents-wasm/testing';
    const openai = { apiKey: 'sk', baseURL: 'http://local/v1', fetch: createOpenAIServer().fetch };
    const options = { session: new MemorySession(), conversationId: 'c', runConfig: { openai } };
    const agent = new Agent({ name: 'assistant' });
    await Runner.run(agent, "Hello, I'm John", options);
    console.log((await Runner.run(agent, "What's my name?", options)).finalOutput);`;
  const { code, text } = await said(process.execPath, ['--input-type=module', '-e', program], packed.project);
  assert.deepEqual([code, text], [0, 'Your name is John.\n']);
});

test('nothing in the package makes code of text', () => {
  for (const file of scripts()) {
    const text = read(file);
    assert.doesNotMatch(text, /\beval\s*\(/, file);
    // SQLite's library names the constructor to recognise functions; a call of it is what policies forbid.
    assert.doesNotMatch(text, /\bnew\s+Function\b|[^\w.]Function\s*\(\s*["'`]/, file);
  }
});

test('every module and file that a script of the package names is there', () => {
  const names =
    /(?:from\s*|import\s*\(?\s*)["'](\.{1,2}\/[^"']+)["']|new URL\(["'](\.{1,2}\/[^"']+)["'],\s*import\.meta\.url/g;
  let count = 0;
  for (const file of scripts()) {
    for (const [, module, url] of read(file).matchAll(names)) {
      const path = resolve(dirname(join(packed.folder, file)), (module ?? url) as string);
      assert.ok(existsSync(path.replace(/\?module$/, '')), `${file} names ${module ?? url}`);
      ++count;
    }
  }
  assert.ok(count > 100, `Only ${count} names were found.`);
});

test('the licence of every package whose code is in ours is there, word for word', () => {
  const notices = read('THIRD_PARTY_LICENSES.md').replaceAll(/\s+/g, ' ');
  const idb = readFileSync(join(ROOT, 'node_modules/idb/LICENSE'), 'utf8').replaceAll(/\s+/g, ' ').trim();
  assert.ok(notices.includes(idb), 'idb');
  for (const name of ['idb', '@sqlite.org/sqlite-wasm']) assert.ok(notices.includes(name), name);
  for (const name of ['Emscripten', 'musl', 'LLVM', 'SQLite']) assert.ok(notices.includes(name), name);
});
