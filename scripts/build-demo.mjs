import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { bundlePage } from '../web-demo/bundle.ts';
import { fail, say } from './support/console.mjs';
import { ROOT, removeFolder } from './support/folders.mjs';

const DEMO = join(ROOT, 'build/demo');

/** Writes the page, with the offline model in it, as files that any static server can serve under any path. */
async function main() {
  const files = await bundlePage({ standalone: true });
  removeFolder(DEMO);
  mkdirSync(DEMO, { recursive: true });
  for (const [name, bytes] of files) writeFileSync(join(DEMO, name), bytes);
  const total = [...files.values()].reduce((sum, { length }) => sum + length, 0);
  say(`Built build/demo: ${files.size} files, ${Math.round(total / 1000)} kB. Serve it from any static server.`);
}

main().catch(fail);
