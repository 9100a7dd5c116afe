import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';

import { borderSuite } from '../support/border-suite.ts';

const glue = new URL('../../build/wasm-asan/wasm/core.js', import.meta.url);

if (existsSync(glue)) {
  const { default: createGlue } = await import(glue.href);
  borderSuite(createGlue, { loop: 2000, megabytes: 1 });
} else {
  test('the core is built with sanitizers', () => {
    assert.fail('build/wasm-asan is missing: run `cmake --preset wasm-asan && cmake --build --preset wasm-asan`.');
  });
}
