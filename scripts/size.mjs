import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { build } from 'esbuild';

import { fail, Refusal } from './support/console.mjs';
import { ROOT } from './support/folders.mjs';

// The budgets are 110,000 and 150,000, which are missed since a run hands over, traces and waits for approvals. Until
// they are met again, these are what is reached, so that neither grows unseen.
const CORE_LIMIT = 176_500;
const TOTAL_LIMIT = 210_500;

const sizes = (bytes) => ({
  raw: bytes.length,
  gzip: gzipSync(bytes, { level: 9 }).length,
  brotli: brotliCompressSync(bytes).length,
});
const file = (path) => sizes(readFileSync(join(ROOT, 'dist', path)));
const sum = (one, other) => Object.fromEntries(Object.keys(one).map((key) => [key, one[key] + other[key]]));

/** What a page ships that runs an agent over a stored session. */
const PAGE = `import { Agent, run, SQLiteSession } from './index.js'; console.log(Agent, run, SQLiteSession);`;
/** What a Worker ships that adds the key for pages. */
const PROXY = `import { openAIProxy } from './edge/index.js'; console.log(openAIProxy);`;

/** Loaded by those who use it. */
const LATER = [
  ...['*/sdk/adapter.js', '*/run-callbacks.js', '*/run-state-data.js', '*/patterns-report.js', '*/token-options.js'],
  ...['./sessions/*', './moving/*', './encryption/*'],
];

async function bundle(entry) {
  const { outputFiles } = await build({
    stdin: { contents: entry, resolveDir: join(ROOT, 'dist') },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    external: LATER,
    // Bundled like a consumer does, who does not see our tsconfig and its paths into the sources.
    tsconfigRaw: '{}',
    logLevel: 'error',
  });
  return sizes(outputFiles[0].contents);
}

async function main() {
  const core = file('wasm/core.wasm');
  const script = await bundle(PAGE);
  const total = sum(core, script);
  console.table({
    'core.wasm': core,
    'bundle of Agent, run, SQLiteSession': script,
    'both (the budget)': total,
    'sdk/adapter.js, apart': file('sdk/adapter.js'),
    'run-callbacks.js, apart': file('run-callbacks.js'),
    'bundle of openAIProxy, apart': await bundle(PROXY),
    'sqlite-worker.js, apart': file('bridges/sqlite-worker.js'),
    'sqlite3.wasm, apart': file('bridges/sqlite3.wasm'),
  });
  if (core.brotli > CORE_LIMIT) throw new Refusal(`core.wasm is over its ${CORE_LIMIT} bytes of brotli.`);
  if (total.brotli > TOTAL_LIMIT)
    throw new Refusal(`core.wasm and bundle are over their ${TOTAL_LIMIT} bytes of brotli.`);
}

main().catch(fail);
