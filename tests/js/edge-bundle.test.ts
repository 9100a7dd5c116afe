import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { build } from 'esbuild';

const ROOT = join(import.meta.dirname, '../..');

test('a proxy is small, and has neither the core nor anything that a runtime would have to bring', async () => {
  const { metafile, outputFiles } = await build({
    stdin: { contents: "import { openAIProxy } from 'agents-wasm/edge'; export { openAIProxy };", resolveDir: ROOT },
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'neutral',
    // Bundled like a consumer does, who does not see our tsconfig and its paths into the sources.
    tsconfigRaw: '{}',
    logLevel: 'error',
  });
  const inputs = Object.keys(metafile.inputs).filter((input) => input !== '<stdin>');
  assert.ok(inputs.includes('dist/edge/index.js'), inputs.join());
  for (const input of inputs) assert.match(input, /^dist\/(?:edge\/index|chunk-\w+)\.js$/);
  const imports = Object.values(metafile.inputs).flatMap((input) => input.imports);
  assert.deepEqual(
    imports.filter(({ external, kind }) => external || kind === 'dynamic-import'),
    [],
  );
  const { text } = outputFiles[0] as { text: string };
  assert.ok(text.length < 20_000, `${text.length} characters`);
  assert.ok(!/wasm['"`]|WebAssembly/.test(text));
});

test('importing the proxy works where there is no WebAssembly', () => {
  const program =
    "delete globalThis.WebAssembly; const { openAIProxy } = await import('agents-wasm/edge'); console.log(typeof openAIProxy)";
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  assert.equal(stdout, 'function\n', stderr);
});
