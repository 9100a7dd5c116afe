import { closeSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';

import { run } from './run.mjs';

/**
 * Makes the programs below `root` run on a host whose C library is older than theirs: they use the loader and the
 * libraries that were unpacked beside them.
 */
export async function makeRelocatable(root) {
  const lib = join(root, 'usr/lib');
  const triplet = readdirSync(lib).find((name) => name.endsWith('-linux-gnu'));
  const llvm = readdirSync(lib).find((name) => /^llvm-\d+$/.test(name));
  const libraries = join(lib, triplet);
  const loader = join(
    libraries,
    readdirSync(libraries).find((name) => /^ld-linux.*\.so/.test(name)),
  );
  const path = `${libraries}:${join(lib, llvm, 'lib')}`;

  // Started by hand through the loader, since patchelf itself is one of the programs that do not run yet.
  const patchelf = (args, files) =>
    run(loader, ['--library-path', libraries, join(root, 'usr/bin/patchelf'), ...args, ...files]);

  // As RPATH and not RUNPATH: only then it also holds for what the libraries themselves load.
  const programs = [...elfFiles(join(root, 'usr/bin')), ...elfFiles(join(lib, llvm, 'bin'))];
  await patchelf(
    ['--set-interpreter', loader, '--force-rpath', '--set-rpath', path],
    programs.filter((file) => !file.endsWith('/patchelf')),
  );

  // Some libraries bring a search path of their own, which would hide that of the program. Those that patchelf runs on
  // are not among them, and must not change under it.
  const inUse = /\/(ld-linux.*|libc|libm|libgcc_s|libstdc\+\+)\.so/;
  await patchelf(
    ['--set-rpath', path],
    elfFiles(libraries).filter((file) => !inUse.test(file)),
  );
}

function elfFiles(folder) {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(folder, entry.name))
    .filter((file) => firstBytes(file) === '\x7fELF');
}

function firstBytes(file) {
  const bytes = Buffer.alloc(4);
  const handle = openSync(file);
  readSync(handle, bytes);
  closeSync(handle);
  return bytes.toString('latin1');
}
