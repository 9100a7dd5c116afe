import { existsSync, mkdirSync, readdirSync, renameSync, statfsSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { openApt } from './apt.mjs';
import { megabytes, progress, Refusal, say } from './console.mjs';
import { makeRelocatable } from './elf.mjs';
import { CACHE, removeFolder } from './folders.mjs';
import { locked } from './lock.mjs';
import { run } from './run.mjs';

// The Debian release that the packages come from, and a number that rises when what is made of them changes.
const SUITE = 'forky';
const RECIPE = 1;

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

// With the libraries that Emscripten builds for itself.
const UNPACKED_BYTES = 700e6;

/**
 * The folder of Emscripten, LLVM, Ninja and the headers, made of Debian packages in the user's cache when it is not
 * there. It is made in its final place, since Emscripten drops its built libraries when it is moved, and counts only
 * with its stamp, which comes last; so a killed run starts again with the downloads that are complete.
 */
export async function debianToolchain() {
  const folder = join(CACHE, `toolchain-${SUITE}-${RECIPE}`);
  const stamp = join(folder, 'stamp.json');
  if (!existsSync(stamp)) {
    if (/\s/.test(folder)) {
      throw new Refusal(
        `Emscripten does not run from "${CACHE}", which has a blank. Name another folder in AGENTS_WASM_CACHE.`,
      );
    }
    await locked(join(CACHE, 'lock'), async () => {
      if (!existsSync(stamp)) await install(folder, stamp);
    });
  }
  return { emscripten: join(folder, 'root/usr/share/emscripten'), usr: join(folder, 'root/usr') };
}

async function install(folder, stamp) {
  say(`Installing Emscripten, clang, Ninja and headers from Debian ${SUITE} into ${folder}`);
  const root = join(folder, 'root');
  mkdirSync(folder, { recursive: true });
  removeFolder(root);
  say('  asking apt what is needed');
  const apt = await openApt(join(folder, 'apt'), SUITE);
  const packages = await choosePackages(apt);
  const files = await download(apt, packages, folder);

  mkdirSync(root);
  for (const [index, file] of files.entries()) {
    progress(`  unpacking ${index + 1} of ${files.length}`);
    await run('dpkg-deb', ['-x', file, root]);
  }
  say(`  unpacked ${files.length} packages`);
  await makeRelocatable(root);
  configure(folder, root);
  await run(join(root, 'usr/bin/emcc'), ['--version']);

  removeFolder(join(folder, 'apt'));
  writeFileSync(`${stamp}.new`, `${JSON.stringify(Object.fromEntries(packages), null, 2)}\n`);
  renameSync(`${stamp}.new`, stamp);
  say(`  ready: Emscripten ${packages.get('emscripten').split('+')[0]}`);
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

async function download(apt, packages, folder) {
  const missing = await apt.missing(packages);
  const bytes = missing.reduce((sum, size) => sum + size, 0);
  const { bavail, bsize } = statfsSync(folder);
  if (bavail * bsize < bytes + UNPACKED_BYTES) {
    throw new Refusal(
      `${megabytes(bytes + UNPACKED_BYTES)} are needed in ${folder}, and ${megabytes(bavail * bsize)} are free. ` +
        'Make room, or name another folder in AGENTS_WASM_CACHE.',
    );
  }
  say(`  fetching ${missing.length} packages, ${megabytes(bytes)}`);
  let fetched = 0;
  return apt.download(packages, (name) => progress(`  fetched ${++fetched} of ${missing.length}: ${name}`));
}

/** Makes Emscripten find its parts from where it lies. Debian's own settings name folders of an installed system. */
function configure(folder, root) {
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
  if (!existsSync(join(folder, 'node_modules'))) symlinkSync('root/usr/share/nodejs', join(folder, 'node_modules'));
  for (const tool of ['clang++', 'clang-format']) {
    symlinkSync(`../lib/${llvm}/bin/${tool}`, join(root, 'usr/bin', tool));
  }
}
