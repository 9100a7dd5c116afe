import { readlinkSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium, type Page } from 'playwright-core';

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

/** `$CHROME_PATH`, else an installed Chromium or Chrome. A missing browser is a failure, not a skip. */
export async function findChromium(): Promise<string> {
  const { findBrowser } = await import(new URL('../../scripts/browser.mjs', import.meta.url).href);
  const path = findBrowser();
  if (path) return path;
  throw new Error(
    'There is no browser to test in. Install Chromium (Debian: apt install chromium) or set CHROME_PATH.',
  );
}

/** Chromium names its process in the lock of its profile: `host-pid`. */
function browserProcess(profile: string): number {
  return Number(readlinkSync(join(profile, 'SingletonLock')).split('-').at(-1));
}
