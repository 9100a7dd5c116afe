import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { ROOT, said } from './packed.ts';

const BUILT = join(ROOT, 'build/wasm-release');
const OBJECTS = [
  'core/CMakeFiles/agents_core.dir/src/run/run.cpp.o',
  'core/CMakeFiles/agents_core.dir/src/session/schema.cpp.o',
  'wasm/CMakeFiles/border.dir/bindings.cpp.o',
];

async function build(): Promise<void> {
  const { code, text } = await said('cmake', ['--build', BUILT, '--target', 'core'], ROOT);
  assert.equal(code, 0, text);
}

test('what is compiled and linked again is the same, byte for byte, and knows no folder of this machine', async () => {
  // Nothing to do, unless a source was changed since dist/ was built.
  await build();
  const outputs = ['wasm/core.wasm', 'wasm/core.js'].map((file) => join(BUILT, file));
  const before = outputs.map((file) => readFileSync(file));
  for (const file of [...OBJECTS.map((object) => join(BUILT, object)), ...outputs]) {
    assert.ok(existsSync(file), file);
    rmSync(file);
  }
  // Without the compiler's cache, where there is one: it would give the same object of course.
  process.env['CCACHE_DISABLE'] = '1';
  await build();
  for (const [index, file] of outputs.entries()) assert.ok(before[index]?.equals(readFileSync(file)), file);
  const [wasm] = before as [Buffer, Buffer];
  assert.equal(wasm.includes(ROOT), false);
});

test('the package ships the core of this build, and nothing beside it but its stamp', () => {
  const wasm = readFileSync(join(BUILT, 'wasm/core.wasm'));
  const shipped = readFileSync(join(ROOT, 'dist/wasm/core.wasm'));
  assert.ok(shipped.subarray(0, wasm.length).equals(wasm), 'dist/ has another core than build/wasm-release.');
  // A section's kind, its length, and that of its name come before the name.
  const stamp = shipped.subarray(wasm.length + 3).toString('latin1');
  assert.match(stamp, /^agents-wasm\d+\.\d+\.\d+ [0-9a-f]{16}$/);
});
