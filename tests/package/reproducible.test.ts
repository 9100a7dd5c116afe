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

test('what is compiled and linked again is the same, byte for byte, and knows no folder of this machine', async () => {
  const outputs = ['wasm/core.wasm', 'wasm/core.js'].map((file) => join(BUILT, file));
  const before = outputs.map((file) => readFileSync(file));
  for (const file of [...OBJECTS.map((object) => join(BUILT, object)), ...outputs]) {
    assert.ok(existsSync(file), file);
    rmSync(file);
  }
  // Without the compiler's cache, where there is one: it would give the same object of course.
  process.env['CCACHE_DISABLE'] = '1';
  const { code, text } = await said('cmake', ['--build', BUILT, '--target', 'core'], ROOT);
  assert.equal(code, 0, text);
  for (const [index, file] of outputs.entries()) assert.ok(before[index]?.equals(readFileSync(file)), file);

  const shipped = readFileSync(join(ROOT, 'dist/wasm/core.wasm'));
  const [wasm] = before as [Buffer, Buffer];
  assert.ok(shipped.subarray(0, wasm.length).equals(wasm), 'dist/ has another core than the build.');
  assert.equal(wasm.includes(ROOT), false);
});
