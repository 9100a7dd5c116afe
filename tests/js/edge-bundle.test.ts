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
  const [{ inputs, imports }] = Object.values(metafile.outputs) as [(typeof metafile.outputs)[string]];
  const used = Object.keys(inputs).filter((input) => input !== '<stdin>' && inputs[input]!.bytesInOutput > 0);
  assert.ok(used.length > 0);
  for (const input of used) assert.match(input, /^dist\/(?:edge\/index|chunk-\w+)\.js$/);
  assert.deepEqual(imports, []);
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
