import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { Refusal, say } from './console.mjs';
import { ROOT } from './folders.mjs';
import { projectEnv } from './node-packages.mjs';
import { runHere } from './run.mjs';

/** Configures and builds one CMake preset, with its output on the screen. */
export async function buildPreset(preset) {
  const isFirst = !existsSync(join(ROOT, 'build', preset, 'build.ninja'));
  if (isFirst && preset.startsWith('wasm')) {
    say(`Building ${preset}; the first time Emscripten's own libraries are built as well, in about two minutes.`);
  }
  for (const args of [
    ['--preset', preset],
    ['--build', '--preset', preset],
  ]) {
    const code = await runHere('cmake', args, { cwd: ROOT, env: projectEnv() });
    if (code !== 0) throw new Refusal(`The build of ${preset} failed; its own words above say why.`);
  }
  return join(ROOT, 'build', preset);
}
