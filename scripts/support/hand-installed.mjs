import { existsSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

import { Refusal } from './console.mjs';
import { CACHE } from './folders.mjs';
import { which } from './run.mjs';

export const HAND_INSTALLED =
  'Off Debian these are installed by hand: Emscripten, CMake, Ninja, nlohmann/json, doctest, clang and SQLite. ' +
  'macOS: brew install emscripten cmake ninja nlohmann-json doctest sqlite. ' +
  'Fedora: dnf install emscripten cmake ninja-build json-devel doctest-devel sqlite-devel gcc-c++ clang. ' +
  'Elsewhere: emsdk with $EMSDK set, and the others from the system.';

const PREFIXES = [process.env.HOMEBREW_PREFIX, '/opt/homebrew', '/home/linuxbrew/.linuxbrew', '/usr/local', '/usr'];

const PACKAGES = { nlohmann_json: 'nlohmann', doctest: 'doctest' };

/**
 * A folder of links to the Ninja and headers that this system has, laid out like a prefix. The system's own prefix will
 * not do: its include folder also holds the host's C library, which the wasm compiler must not see.
 */
export function headerFolder() {
  const folder = join(CACHE, 'hand-installed');
  rmSync(folder, { recursive: true, force: true });
  for (const name of ['bin', 'include', 'lib/cmake']) mkdirSync(join(folder, name), { recursive: true });

  const missing = [];
  const link = (target, path, what) => (target ? symlinkSync(target, join(folder, path)) : missing.push(what));
  link(which('ninja'), 'bin/ninja', 'Ninja');
  for (const [name, include] of Object.entries(PACKAGES)) {
    link(find(`include/${include}`), `include/${include}`, name);
    const config = ['share', 'lib', 'lib64'].map((lib) => find(`${lib}/cmake/${name}`)).find(Boolean);
    link(config, `lib/cmake/${name}`, `the CMake files of ${name}`);
  }
  if (missing.length) throw new Refusal(`Not found: ${missing.join(', ')}. ${HAND_INSTALLED}`);
  for (const tool of ['clang++', 'clang-format']) {
    if (which(tool)) symlinkSync(which(tool), join(folder, 'bin', tool));
  }
  return folder;
}

const find = (path) =>
  PREFIXES.filter(Boolean)
    .map((prefix) => join(prefix, path))
    .find((full) => existsSync(full));
