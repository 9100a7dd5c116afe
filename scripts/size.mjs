import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { build } from 'esbuild';

import { fail, Refusal } from './support/console.mjs';
import { ROOT } from './support/folders.mjs';

/**
 * What is downloaded, in bytes of brotli. `budget` is the design's, which the core misses since a run hands over, traces and
 * waits for approvals; `limit` is what is reached, so that nothing grows unseen. The README has the same table.
 */
const TABLE = [
  { what: '`core.wasm`', budget: 110_000, limit: 178_000, now: () => file('wasm/core.wasm') },
  { what: 'it and `Agent`, `run`, `SQLiteSession`', budget: 150_000, limit: 212_000, now: wholePage },
  { what: '`sqlite-worker.js`, with the first `SQLiteSession` of a page', limit: 63_500, now: sqliteWorker },
  { what: '`sqlite3.wasm`, the same', limit: 353_500, now: () => file('bridges/sqlite3.wasm') },
  { what: "items of `@openai/agents`, with the SDK's first session", limit: 8_500, now: () => file('sdk/adapter.js') },
  { what: "callbacks, with a run's first", limit: 3_000, now: () => file('run-callbacks.js') },
  { what: '`agents-wasm/react`, without React', limit: 1_500, now: () => bundle(HOOKS) },
  { what: '`openAIProxy`, which needs none of it', limit: 7_000, now: () => bundle(PROXY) },
];

const sizes = (bytes) => ({
  raw: bytes.length,
  gzip: gzipSync(bytes, { level: 9 }).length,
  brotli: brotliCompressSync(bytes).length,
});
const file = (path) => sizes(readFileSync(join(ROOT, 'dist', path)));

/** What a page ships that runs an agent over a stored session. */
const PAGE = `import { Agent, run, SQLiteSession } from './index.js'; console.log(Agent, run, SQLiteSession);`;
/** What a Worker ships that adds the key for pages. */
const PROXY = `import { openAIProxy } from './edge/index.js'; console.log(openAIProxy);`;

const HOOKS = `export * from './react/index.js';`;

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
    external: [...LATER, 'react'],
    // Bundled like a consumer does, who does not see our tsconfig and its paths into the sources.
    tsconfigRaw: '{}',
    logLevel: 'error',
  });
  return sizes(outputFiles[0].contents);
}

async function wholePage() {
  const [core, script] = [file('wasm/core.wasm'), await bundle(PAGE)];
  return Object.fromEntries(Object.keys(core).map((key) => [key, core[key] + script[key]]));
}

function sqliteWorker() {
  return file('bridges/sqlite-worker.js');
}

const kb = (bytes) => (bytes === undefined ? '–' : `${(bytes / 1000).toFixed(1)} KB`);

/** The lines that the README has to have: the same budgets and limits. */
function readmeRows() {
  return TABLE.map(({ what, budget, limit }) => `| ${what} | ${kb(budget)} | ${kb(limit)} |`);
}

async function main() {
  const shown = {};
  const over = [];
  for (const { what, budget, limit, now } of TABLE) {
    const size = await now();
    shown[what.replaceAll('`', '')] = {
      ...size,
      limit,
      budget: budget ?? '',
      met: budget ? size.brotli <= budget : '',
    };
    if (size.brotli > limit) over.push(`${what} has ${size.brotli} bytes of brotli, over its ${limit}`);
  }
  console.table(shown);
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
  const missing = readmeRows().filter((row) => !readme.includes(row));
  if (missing.length) over.push(`The README's table of weights lacks:\n${missing.join('\n')}`);
  if (over.length) throw new Refusal(over.join('\n'));
}

main().catch(fail);
