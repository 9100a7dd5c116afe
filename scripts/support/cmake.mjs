import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { Refusal, say } from './console.mjs';
import { ROOT } from './folders.mjs';
import { projectEnv } from './node-packages.mjs';
import { run, runHere } from './run.mjs';

/** Configures one CMake preset, builds it with its output on the screen, and returns the folder. */
export async function buildPreset(preset) {
  const folder = join(ROOT, 'build', preset);
  if (preset.startsWith('wasm') && !existsSync(folder)) {
    say(`Building ${preset}; the first time Emscripten's own libraries are built as well, in about two minutes.`);
  }
  await run('cmake', ['--preset', preset], { cwd: ROOT, env: projectEnv() });
  const code = await runHere('cmake', ['--build', '--preset', preset], { cwd: ROOT, env: projectEnv() });
  if (code !== 0) throw new Refusal(`The build of ${preset} failed; its own words above say why.`);
  return folder;
}
