import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { build } from 'esbuild';

import { type Row, times } from './table.ts';

const ROOT = join(import.meta.dirname, '../..');

/** Bytes of brotli of what a page ships for `program`, minified by esbuild. */
async function bundled(program: string): Promise<number> {
  const { outputFiles } = await build({
    stdin: { contents: program, resolveDir: import.meta.dirname },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    logLevel: 'error',
    // The peer's Node parts, which its browser condition leaves out only in part.
    external: ['node:*'],
  });
  return brotliCompressSync(outputFiles[0]?.contents ?? new Uint8Array()).length;
}

function shipped(file: string): number {
  return brotliCompressSync(readFileSync(join(ROOT, 'dist', file))).length;
}

export async function bundleRow(): Promise<Row> {
  const script = await bundled(
    "import { Agent, run, SQLiteSession } from 'agents-wasm'; console.log(Agent, run, SQLiteSession);",
  );
  const core = shipped('wasm/core.wasm');
  const peer = await bundled(
    "import { Agent, run, MemorySession } from '@openai/agents'; console.log(Agent, run, MemorySession);",
  );
  const total = script + core;
  const kb = (bytes: number) => `${(bytes / 1000).toFixed(1)} KB`;
  return {
    what: 'bundle: Agent, run, a session; brotli',
    ours: `${kb(total)} (core.wasm ${kb(core)})`,
    peer: `${kb(peer)}, in memory only`,
    ratio: times(peer / total),
    measure: `SQLite apart: its wasm, and ${kb(shipped('bridges/sqlite-worker.js'))} of Worker`,
    budget: '≤ 150 KB (≤ 110 KB)',
    kept: total <= 150_000 && core <= 110_000,
  };
}
