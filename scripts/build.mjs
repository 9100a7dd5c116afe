import { copyFileSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';

import { buildPreset } from './support/cmake.mjs';
import { fail, say } from './support/console.mjs';
import { joinModules } from './support/entries.mjs';
import { ROOT, removeFolder } from './support/folders.mjs';
import { projectEnv } from './support/node-packages.mjs';
import { run } from './support/run.mjs';
import { bundleSqliteWorker } from './support/sqlite-worker.mjs';
import { stampCore } from './support/stamp.mjs';

const SOURCE = join(ROOT, 'js/src');
const DIST = join(ROOT, 'dist');
// Written beside and swapped in at the end: whoever uses dist/ meanwhile never sees half of it.
const NEXT = join(ROOT, 'build/dist-next');

const tool = (program, ...args) => run(program, args, { cwd: ROOT, env: projectEnv() });
// Emscripten leaves half of the glue's bytes as names and blanks; the debug twin keeps them.
const takeGlue = (from, to, ...args) =>
  tool('esbuild', from, `--outfile=${join(SOURCE, 'wasm', to)}`, '--format=esm', '--log-level=warning', ...args);

/** Puts what Emscripten made beside the sources, where TypeScript and the loaders look for it. */
async function takeCore() {
  const built = join(await buildPreset('wasm-release'), 'wasm');
  await takeGlue(join(built, 'core.js'), 'core.js', '--minify');
  await takeGlue(join(built, 'core_debug.js'), 'debug/core.js');
  copy(join(built, 'core.wasm'), join(SOURCE, 'wasm/core.wasm'));
  copy(join(built, 'core_debug.wasm'), join(SOURCE, 'wasm/debug/core.wasm'));
  copy(join(built, 'raw.d.ts'), join(SOURCE, 'wasm/core.d.ts'));
}

async function compile() {
  removeFolder(NEXT);
  await tool('tsc', '-p', 'tsconfig.json', '--outDir', NEXT);
  for (const [from, to] of [
    ['wasm', 'wasm'],
    ['wasm/debug', 'debug'],
  ]) {
    stampCore(join(SOURCE, from));
    copy(join(SOURCE, 'wasm/core.d.ts'), join(NEXT, to, 'core.d.ts'));
    for (const file of ['core.js', 'core.wasm']) copy(join(SOURCE, from, file), join(NEXT, to, file));
  }
}

function swapIn() {
  removeFolder(DIST);
  renameSync(NEXT, DIST);
}

function copy(from, to) {
  mkdirSync(join(to, '..'), { recursive: true });
  copyFileSync(from, to);
}

try {
  await takeCore();
  await compile();
  await joinModules(NEXT);
  await bundleSqliteWorker(join(NEXT, 'bridges/sqlite-worker.js'));
  swapIn();
  say('Built dist/');
} catch (error) {
  fail(error);
}
