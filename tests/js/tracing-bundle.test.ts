import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { build } from 'esbuild';

const ROOT = join(import.meta.dirname, '../..');

/** The minified text of a program. */
async function bundleOf(program: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: program, resolveDir: ROOT },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    external: ['node:*'],
    logLevel: 'error',
  });
  return (outputFiles[0] as { text: string }).text;
}

const marks = {
  ConsoleProcessor: 'generation ${',
  MemoryProcessor: 'maxTraces',
  OpenAIProcessor: '/traces/ingest',
  openTelemetryProcessor: 'OpenTelemetry Context Key SPAN',
};

test('a program has no processor that it does not import', async () => {
  const program = (name: string) =>
    `import { Agent, run, ${name} } from 'agents-wasm'; export { Agent, run, ${name} };`;
  const plain = await bundleOf(program('MemorySession'));
  for (const [name, mark] of Object.entries(marks)) {
    assert.ok(!plain.includes(mark), `${name} is in a program that does not import it`);
    assert.ok((await bundleOf(program(name))).includes(mark), `the mark of ${name} tells nothing`);
  }
});
