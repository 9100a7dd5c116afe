import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = (file: string) => fileURLToPath(new URL(file, import.meta.url));

export interface BundleOptions {
  /** The module to start from. */
  entry: string;
  /** The file to write. */
  outfile: string;
  /** Which of the package's conditions hold; without any those of a browser, from the sources. */
  conditions?: string[];
}

/** Bundles a test module for any runtime; suites that import `node:test` and `node:assert/strict` get stand-ins. */
export async function bundleSuite({ entry, outfile, conditions }: BundleOptions): Promise<void> {
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'browser',
    external: ['node:*'],
    target: 'es2022',
    // Our own settings would lead `#load` to the sources.
    ...(conditions && { conditions, tsconfigRaw: '{}' }),
    sourcemap: 'inline',
    logLevel: 'warning',
    alias: { 'node:test': here('./page-test.ts'), 'node:assert/strict': here('./page-assert.ts') },
  });
}

/** Bundles a worker for workerd, with suites, as a project that uses the package would: `folder` then holds `worker.js`. */
export async function bundleWorker(entry: string, folder: string, external: string[] = []): Promise<void> {
  await build({
    entryPoints: { worker: entry },
    outdir: folder,
    bundle: true,
    format: 'esm',
    external: ['node:*', 'cloudflare:*', ...external],
    conditions: ['workerd', 'worker', 'browser'],
    loader: { '.wasm': 'copy' },
    target: 'es2022',
    // Our own settings would lead `#load` to the sources.
    tsconfigRaw: {},
    logLevel: 'warning',
    alias: { 'node:test': here('./page-test.ts'), 'node:assert/strict': here('./page-assert.ts') },
  });
}

/** Bundles a test page: `folder` then holds `index.html`, without inline scripts, and `page.js`. */
export async function bundlePage(entry: string, folder: string): Promise<void> {
  await bundleSuite({ entry, outfile: join(folder, 'page.js') });
  const html =
    '<!doctype html><meta charset="utf-8"><title>Test page</title><script type="module" src="page.js"></script>';
  await writeFile(join(folder, 'index.html'), html);
}
