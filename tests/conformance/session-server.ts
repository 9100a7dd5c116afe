import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { bundlePage, bundleSuite, serveFolder, type TestServer } from '../support/browser.ts';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export async function serveSessionPage(): Promise<TestServer> {
  const folder = await mkdtemp(join(tmpdir(), 'agents-page-'));
  await bundlePage(here('./session-page.ts'), folder);
  await bundleSuite({ entry: here('./context-worker.ts'), outfile: join(folder, 'context-worker.js') });
  const server = await serveFolder({
    '/': `${folder}/`,
    '/core.wasm': here('../../dist/wasm/core.wasm'),
    '/sqlite-worker.js': here('../../dist/bridges/sqlite-worker.js'),
    '/sqlite3.wasm': here('../../dist/bridges/sqlite3.wasm'),
  });
  return {
    url: server.url,
    async close() {
      await server.close();
      await rm(folder, { recursive: true });
    },
  };
}
