import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { bundleSuite, servePage, type TestServer } from '../support/browser.ts';

export function serveSessionPage(): Promise<TestServer> {
  const worker = fileURLToPath(new URL('./context-worker.ts', import.meta.url));
  return servePage(new URL('./session-page.ts', import.meta.url), (folder) =>
    bundleSuite({ entry: worker, outfile: join(folder, 'context-worker.js') }),
  );
}
