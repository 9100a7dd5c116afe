import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

import { CONTENT_SECURITY_POLICY } from './csp.ts';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const DIST = fileURLToPath(new URL('../dist', import.meta.url));
/** The package looks for these beside the script that holds it. */
const BESIDE = ['wasm/core.wasm', 'bridges/sqlite-worker.js', 'bridges/sqlite3.wasm'];

export interface BundleOptions {
  /** Whether the files stand alone, the offline model among them, or have the demo server behind them. */
  standalone: boolean;
}

/** Makes the page's files, by their names. All of them lie in one folder, so that any path can hold it. */
export async function bundlePage({ standalone }: BundleOptions): Promise<Map<string, Uint8Array>> {
  const main = standalone ? 'main-standalone.ts' : 'main.ts';
  const { outputFiles } = await build({
    absWorkingDir: HERE,
    entryPoints: [
      { in: `page/${main}`, out: 'app' },
      { in: 'page/early-theme.ts', out: 'early-theme' },
      { in: 'styles/app.css', out: 'app' },
    ],
    outdir: HERE,
    write: false,
    bundle: true,
    minify: standalone,
    sourcemap: standalone ? false : 'linked',
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    logLevel: 'warning',
  });
  const files = new Map<string, Uint8Array>(outputFiles.map(({ path, contents }) => [basename(path), contents]));
  for (const file of BESIDE) files.set(basename(file), await readFile(join(DIST, file)));
  files.set('icon.svg', await readFile(join(HERE, 'icon.svg')));
  files.set('index.html', await html(standalone));
  return files;
}

/** The server sends its policy as a header; a page on its own has to bring it. */
async function html(standalone: boolean): Promise<Uint8Array> {
  const source = await readFile(join(HERE, 'index.html'), 'utf8');
  const policy = `<meta http-equiv="Content-Security-Policy" content="${CONTENT_SECURITY_POLICY}">`;
  return Buffer.from(source.replace(/^ *<!-- policy -->\n/m, standalone ? `    ${policy}\n` : ''));
}
