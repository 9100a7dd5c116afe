import { copyFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

import { twinEntries, twins } from './twins.mjs';

/**
 * The modules that are asked for by name: by package.json, by each other at run time, and by tests of single parts. What
 * they share is put into a few chunks: thirty small files take three times as long to load.
 */
const ENTRIES = [
  'index',
  'core',
  'instance',
  'run-callbacks',
  'run-state-data',
  'bridges/sql-database',
  'bridges/sql-node',
  'bridges/sql-opfs',
  'edge/index',
  'encryption/rotation',
  'models/chat/chat-model',
  'moving/conversation-markdown',
  'moving/database-file',
  'moving/import-chatgpt',
  'patterns-report',
  'react/index',
  'sdk/adapter',
  'sdk/index',
  'sessions/branches',
  'sessions/compactions',
  'sessions/context-usage',
  'sessions/erase',
  'sessions/export-conversations',
  'sessions/import-conversations',
  'sessions/lines',
  'sessions/retention',
  'sessions/stats',
  'sessions/storage-report',
  'sessions/search',
  'sessions/store-calls',
  'sessions/token-calibration',
  'token-options',
  'wasm/load-edge-light',
  'wasm/load-node',
  'wasm/load-web',
  'wasm/load-workerd',
];

// Not joined: small parts that tests load one by one, and Emscripten's glue.
const KEPT = /^testing\/|^(wasm|debug)\/core\.js$/;

/** Joins the modules of `dist` into its entries, in place. The types stay as they are. */
export async function joinModules(dist) {
  const { metafile } = await build({
    absWorkingDir: dist,
    entryPoints: [...ENTRIES.map((name) => join(dist, `${name}.js`)), ...twinEntries(dist)],
    outdir: dist,
    outbase: dist,
    bundle: true,
    splitting: true,
    format: 'esm',
    target: 'es2022',
    // The loader is chosen where the package is used, and finds its WebAssembly beside itself.
    external: ['#load', 'node:*', 'react', './core.wasm', './core.wasm?module'],
    plugins: [await twins(dist)],
    metafile: true,
    logLevel: 'warning',
    allowOverwrite: true,
  });
  const made = new Set(Object.keys(metafile.outputs));
  for (const path of readdirSync(dist, { recursive: true })) {
    if (!path.endsWith('.js') || KEPT.test(path)) continue;
    if (made.has(path)) dropBareImports(join(dist, path));
    else rmSync(join(dist, path));
  }
  // Each finds the WebAssembly beside itself.
  for (const file of readdirSync(join(dist, 'wasm'))) {
    if (/^load-.*\.js$/.test(file)) copyFileSync(join(dist, 'wasm', file), join(dist, 'debug', file));
  }
}

/** esbuild imports chunks that give nothing, for side effects that ours do not have; the bundlers of others warn of it. */
function dropBareImports(file) {
  const text = readFileSync(file, 'utf8');
  writeFileSync(file, text.replace(/^import "(?:\.{1,2}\/)+chunk-\w+\.js";\n/gm, ''));
}
