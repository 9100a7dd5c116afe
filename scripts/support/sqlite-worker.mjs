import { copyFile, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';

import { ROOT } from './folders.mjs';

/**
 * The library names two scripts that we never start and do not ship. A bundler that finds such an address in our Worker
 * looks for the file, and webpack fails without it.
 */
const withoutOtherScripts = {
  name: 'sqlite-wasm',
  setup({ onLoad }) {
    onLoad({ filter: /sqlite-wasm[\\/]dist[\\/]index\.mjs$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      const contents = source.replace(
        /new URL\("sqlite3-(?:opfs-async-proxy\.js|worker1\.mjs)", import\.meta\.url\)/g,
        'undefined',
      );
      return { contents };
    });
  },
};

/** Bundles the Worker with SQLite's JavaScript into `outfile` and puts sqlite3.wasm beside it. */
export async function bundleSqliteWorker(outfile) {
  await build({
    absWorkingDir: ROOT,
    entryPoints: ['js/src/bridges/sqlite-worker.ts'],
    outfile,
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    plugins: [withoutOtherScripts],
    logLevel: 'warning',
    allowOverwrite: true,
  });
  const library = join(ROOT, 'node_modules/@sqlite.org/sqlite-wasm/dist');
  await copyFile(join(library, 'sqlite3.wasm'), join(dirname(outfile), 'sqlite3.wasm'));
}
