import { existsSync, lstatSync, mkdirSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { isDebian } from './apt.mjs';
import { Refusal, say } from './console.mjs';
import { debianHostLibraries, debianToolchain } from './debian-toolchain.mjs';
import { DEPS, readText } from './folders.mjs';
import { HAND_INSTALLED, headerFolder } from './hand-installed.mjs';
import { run, which } from './run.mjs';

const OLDEST_EMSCRIPTEN = 6;

/** Puts the compiler, Ninja and the headers where the CMake presets look: behind the links in `.deps`. */
export async function linkToolchain() {
  const found = await findEmscripten();
  if (!found && !isDebian()) {
    throw new Refusal(`Emscripten ${OLDEST_EMSCRIPTEN} or newer was not found. ${HAND_INSTALLED}`);
  }
  // Also for a found Emscripten, because of the headers, Ninja and the clang that native builds use.
  const usr = isDebian() ? await debianToolchain() : headerFolder();

  mkdirSync(DEPS, { recursive: true });
  forward(found ?? join(usr, 'share/emscripten'));
  link(usr, join(DEPS, 'usr'));
}

/** Puts the libraries that native tests link where the presets look; off Debian the system has them. */
export async function linkHostLibraries() {
  if (isDebian()) link(await debianHostLibraries(), join(DEPS, 'host'));
}

async function findEmscripten() {
  for (const emcc of [which('emcc'), join(process.env.EMSDK ?? '', 'upstream/emscripten/emcc')]) {
    if (!emcc || !existsSync(emcc)) continue;
    const version = (await run(emcc, ['--version'])).match(/\b(\d+)\.\d+\.\d+\b/);
    if (Number(version?.[1]) >= OLDEST_EMSCRIPTEN) return run(join(dirname(emcc), 'em-config'), ['EMSCRIPTEN_ROOT']);
    say(`${emcc} is too old (${version?.[0]}); Emscripten ${OLDEST_EMSCRIPTEN} or newer is needed.`);
  }
}

/** Emscripten looks for its settings beside the path that it was called by; through a link it would not find them. */
function forward(emscripten) {
  const file = 'cmake/Modules/Platform/Emscripten.cmake';
  const text = `include("${join(emscripten, file)}")\n`;
  const here = join(DEPS, 'emscripten', file);
  if (readText(here) === text) return;
  rmSync(join(DEPS, 'emscripten'), { recursive: true, force: true });
  mkdirSync(dirname(here), { recursive: true });
  writeFileSync(here, text);
  say(`Using Emscripten in ${emscripten}`);
}

function link(target, path) {
  const present = lstatSync(path, { throwIfNoEntry: false });
  if (present?.isSymbolicLink() && readlinkSync(path) === target) return;
  rmSync(path, { recursive: true, force: true });
  symlinkSync(target, path);
}
