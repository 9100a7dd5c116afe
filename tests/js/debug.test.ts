import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { AgentsError, MemorySession } from 'agents-wasm';
import {
  Agent,
  MemorySession as DebugSession,
  init,
  run,
  AgentsError as SameError,
  SQLiteSession,
} from 'agents-wasm/debug';

import { localApi } from '../support/local-api.ts';

const moduleOf = (entry: string) => new WebAssembly.Module(readFileSync(new URL(import.meta.resolve(entry))));
const namesOf = (module: WebAssembly.Module) =>
  WebAssembly.Module.customSections(module, 'name')
    .map((bytes) => new TextDecoder().decode(bytes))
    .join('');

test('the functions of the debug twin have names, and those of the core that is shipped have none', () => {
  const names = namesOf(moduleOf('agents-wasm/debug/core.wasm'));
  for (const name of ['agents::wasm::call(', 'agents::AgentsError::AgentsError('])
    assert.ok(names.includes(name), name);
  assert.equal(namesOf(moduleOf('agents-wasm/core.wasm')), '');
});

test('agents of the debug twin run on its sessions, also on what makes its memory grow', async () => {
  const agent = new Agent({ name: 'assistant' });
  for (const session of [new DebugSession(), new SQLiteSession({ dbPath: ':memory:' })]) {
    await session.saveItems('c', ['x'.repeat(8_000_000)]);
    const result = await run(agent, 'Hello', { session, conversationId: 'c', ...localApi(['Hello.']) });
    assert.equal(result.finalOutput, 'Hello.');
    assert.equal((await session.loadItems('c')).length, 3);
    await session.close();
  }
});

test('a bad access of the debug twin is found where it happens, and its stack has names', async () => {
  const { default: createGlue } = (await import('../../dist/debug/core.js')) as unknown as {
    default: (options: object) => Promise<unknown>;
  };
  const module = moduleOf('agents-wasm/debug/core.wasm');
  let exports: Record<string, (...args: number[]) => unknown> = {};
  await createGlue({
    instantiateWasm(imports: WebAssembly.Imports, done: (instance: WebAssembly.Instance) => void) {
      const instance = new WebAssembly.Instance(module, imports);
      done(instance);
      exports = instance.exports as typeof exports;
      return exports;
    },
  });
  // What was never allocated, given back; a plain core would go on with a broken heap.
  assert.throws(
    () => exports.free?.(8),
    ({ stack }: Error) => /wasm\.__trap/.test(stack ?? '') && /wasm\.\w*free/.test(stack ?? ''),
  );
});

test('the twins share what needs no core, and each takes its own WebAssembly only', async () => {
  assert.equal(AgentsError, SameError);
  assert.notEqual(MemorySession as unknown, DebugSession);
  await assert.rejects(init({ wasm: moduleOf('agents-wasm/core.wasm') }), { code: 'wasm_mismatch' });
  await init({ wasm: moduleOf('agents-wasm/debug/core.wasm') });
});
