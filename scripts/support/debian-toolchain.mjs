import { existsSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { Refusal, say } from './console.mjs';
import { debianFolder } from './debian-folder.mjs';
import { makeRelocatable } from './elf.mjs';
import { CACHE, readText } from './folders.mjs';
import { run } from './run.mjs';

// The Debian release that the packages come from, a number that rises when what is made of them changes, and what all
// of this was last tried with: the release moves on.
const SUITE = 'forky';
const RECIPE = 1;
const TRIED = '6.0.5';

const PACKAGES = ['emscripten', 'ninja-build', 'patchelf', 'nlohmann-json3-dev', 'doctest-dev'];

// What the compiler's packages ask for and compiling to wasm never calls: host compilers, interpreters, their data.
const LEFT_OUT = new RegExp(
  `^(${[
    '(lib)?python3.*|nodejs|libnode\\d+|node-(?!acorn).*|ccache|.*binutils.*|libclang1-\\d+',
    'lib(asan|lsan|tsan|ubsan|hwasan|gomp|itm|quadmath|objc|gc|gprofng|ctf|sframe).*|lib32.*|libc6-i386',
    'lib(c6|stdc\\+\\+|gcc|objc)(-\\d+)?-dev|linux-libc-dev|libc-dev-bin|libc-gconv-modules-extra',
    'debconf|tzdata|netbase|media-types|openssl-provider-legacy|libicu\\d+|libldap2|libsasl2.*|libsqlite3-0|libdb5.*',
  ].join('|')})$`,
);

/** Emscripten, clang, Ninja and the headers of nlohmann/json and doctest: a `usr` folder, filled when it is not there. */
export function debianToolchain() {
  if (/\s/.test(CACHE)) {
    throw new Refusal(
      `Emscripten does not run from "${CACHE}", which has a blank. Name another folder in AGENTS_WASM_CACHE.`,
    );
  }
  return debianFolder({
    name: `toolchain-${SUITE}-${RECIPE}`,
    what: 'Emscripten, clang, Ninja and headers',
    suite: SUITE,
    choose: choosePackages,
    finish: makeUsable,
    // With the libraries that Emscripten builds for itself.
    room: 700e6,
  });
}

/** What C++ tests of the host link: SQLite, for this machine's own release, as a `usr` folder. */
export function debianHostLibraries() {
  const suite = readText('/etc/os-release').match(/^VERSION_CODENAME=(\w+)/m)[1];
  return debianFolder({
    name: `host-${suite}-${RECIPE}`,
    what: "SQLite's library for native tests",
    suite,
    choose: async (apt) =>
      new Map([...(await apt.resolve(['libsqlite3-dev']))].filter(([name]) => /sqlite/.test(name))),
    room: 20e6,
  });
}

/** The compiler's packages and, of the compiler's own version, the formatter and the sanitizers for native builds. */
async function choosePackages(apt) {
  const packages = await apt.resolve(PACKAGES);
  const [, release] = [...packages.keys()].join(' ').match(/\bclang-(\d+)\b/);
  for (const name of [`clang-format-${release}`, `libclang-rt-${release}-dev`]) {
    packages.set(name, packages.get(`clang-${release}`));
  }
  return new Map([...packages].filter(([name]) => !LEFT_OUT.test(name)));
}

async function makeUsable(root) {
  await makeRelocatable(root);
  configure(root);
  const [version] = (await run(join(root, 'usr/bin/emcc'), ['--version'])).match(/\d+\.\d+\.\d+/);
  if (version !== TRIED) say(`  Debian now has Emscripten ${version}; this project was last tried with ${TRIED}.`);
}

/** Makes Emscripten find its parts from where it lies. Debian's own settings name folders of an installed system. */
function configure(root) {
  const llvm = readdirSync(join(root, 'usr/lib')).find((name) => /^llvm-\d+$/.test(name));
  writeFileSync(
    join(root, 'usr/share/emscripten/.emscripten'),
    `import os
here = os.path.dirname(os.path.realpath(__file__))
usr = os.path.normpath(os.path.join(here, '..', '..'))
EMSCRIPTEN_ROOT = here
LLVM_ROOT = usr + '/lib/${llvm}/bin'
BINARYEN_ROOT = usr
NODE_JS = 'node'
CACHE = os.path.normpath(usr + '/../../cache')
`,
  );
  // Emscripten's optimizer imports acorn, and Node looks for it in folders of this name above the importing file.
  const modules = join(root, '../node_modules');
  if (!existsSync(modules)) symlinkSync('root/usr/share/nodejs', modules);
  for (const tool of ['clang++', 'clang-format']) {
    symlinkSync(`../lib/${llvm}/bin/${tool}`, join(root, 'usr/bin', tool));
  }
}
