import { readlinkSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BrowserContext, chromium, type Page } from 'playwright-core';

import { bundlePage } from './bundle.ts';
import { findBrowser } from './find-browser.ts';
import { serveFolder, type TestServer } from './server.ts';

export { bundlePage, bundleSuite } from './bundle.ts';
export { serveFolder, type TestServer } from './server.ts';

const ARGS = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export interface TestBrowser {
  context: BrowserContext;
  /** The folder that survives `kill()` and `close({ keepProfile: true })`. */
  profile: string;
  /** Ends the whole browser at once, as a crash or a power button does. */
  kill(): Promise<void>;
  close(options?: { keepProfile: boolean }): Promise<void>;
}

/** Starts Chromium with a profile on disk: without one it would be incognito, and OPFS only memory. */
export async function launchBrowser(options: { profile?: string } = {}): Promise<TestBrowser> {
  const executablePath = await findChromium();
  const profile = options.profile ?? (await mkdtemp(join(tmpdir(), 'agents-browser-')));
  const isRoot = process.getuid?.() === 0;
  const context = await chromium.launchPersistentContext(profile, {
    executablePath,
    headless: true,
    args: isRoot ? [...ARGS, '--no-sandbox'] : ARGS,
  });
  return {
    context,
    profile,
    async kill() {
      const closed = context.waitForEvent('close');
      process.kill(browserProcess(profile), 'SIGKILL');
      await closed;
    },
    async close({ keepProfile } = { keepProfile: false }) {
      await context.close();
      if (!keepProfile) await rm(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/**
 * Serves a test page and, beside it, what the package loads at run time. `entry` is the page's module; `prepare` adds to
 * the folder that is served. `policy` replaces the content security policy.
 */
export async function servePage(
  entry: URL,
  prepare?: (folder: string) => Promise<unknown>,
  policy?: string,
): Promise<TestServer> {
  const folder = await mkdtemp(join(tmpdir(), 'agents-page-'));
  await bundlePage(fileURLToPath(entry), folder);
  await prepare?.(folder);
  const dist = fileURLToPath(new URL('../../dist/', import.meta.url));
  const { url, close } = await serveFolder(
    {
      '/': `${folder}/`,
      '/core.wasm': `${dist}wasm/core.wasm`,
      '/sqlite-worker.js': `${dist}bridges/sqlite-worker.js`,
      '/sqlite3.wasm': `${dist}bridges/sqlite3.wasm`,
    },
    policy,
  );
  return {
    url,
    async close() {
      await close();
      await rm(folder, { recursive: true });
    },
  };
}

/** Opens an address and waits for its page. `errors` collects what the page and its Workers complain about. */
export async function openPage(browser: TestBrowser, url: string): Promise<{ page: Page; errors: string[] }> {
  const page = await browser.context.newPage();
  const errors: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) errors.push(message.text());
  });
  page.on('pageerror', (error) => errors.push(String(error)));
  await page.goto(url);
  return { page, errors };
}

/** Ends the page's Worker as if it had failed: from inside, without a word to the page. */
export async function endWorker(page: Page): Promise<void> {
  const [worker] = page.workers();
  if (!worker) throw new Error('There is no Worker.');
  const closed = worker.waitForEvent('close');
  worker.evaluate(() => (globalThis as { close?: () => void }).close?.()).catch(() => undefined);
  await closed;
}

/** `$CHROME_PATH`, else an installed Chromium or Chrome. A missing browser is a failure, not a skip. */
export const findChromium = () => findBrowser('chromium');

/** Chromium names its process in the lock of its profile: `host-pid`. */
function browserProcess(profile: string): number {
  return Number(readlinkSync(join(profile, 'SingletonLock')).split('-').at(-1));
}
