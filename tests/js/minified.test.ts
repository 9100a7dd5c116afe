import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const ROOT = join(import.meta.dirname, '../..');

test('a minified program still names our sessions and errors as the documentation does', async () => {
  const folder = mkdtempSync(join(ROOT, 'build/minified-'));
  try {
    const program = `
      import { readFile } from 'node:fs/promises';
      import { Agent, init, MemorySession, run } from 'agents-wasm';
      import { createOpenAIServer } from 'agents-wasm/testing';
      await init({ wasm: await readFile(${JSON.stringify(join(ROOT, 'dist/wasm/core.wasm'))}) });
      const { fetch } = createOpenAIServer();
      const openai = { fetch, baseURL: 'http://localhost/v1', apiKey: 'none', maxRetries: 0 };
      const options = { session: new MemorySession(), runConfig: { openai } };
      const { trace } = await run(new Agent({ name: 'assistant' }), 'Hello', options);
      export const sessionType = trace.metadata.session_type;
      export const error = await run(new Agent({ name: 'assistant' }), 'Hello', { ...options, maxTurns: 0 }).catch((e) => e.name);
    `;
    const bundle = join(folder, 'program.mjs');
    writeFileSync(join(folder, 'program.ts'), program);
    await build({
      entryPoints: [join(folder, 'program.ts')],
      outfile: bundle,
      bundle: true,
      minify: true,
      format: 'esm',
      platform: 'node',
      logLevel: 'error',
    });
    const { sessionType, error } = await import(pathToFileURL(bundle).href);
    assert.deepEqual({ sessionType, error }, { sessionType: 'MemorySession', error: 'UserError' });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
