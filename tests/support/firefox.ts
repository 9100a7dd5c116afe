import { createRequire } from 'node:module';

import type { DrivenBrowser } from './driven.ts';
import { findBrowser } from './find-browser.ts';

/** The part of puppeteer-core that is used: its types are not here where its package is not yet. */
interface Puppeteer {
  launch(options: object): Promise<{ newPage(): Promise<Page>; close(): Promise<void> }>;
}
interface Page {
  goto(url: string): Promise<unknown>;
  evaluate(work: unknown, argument: unknown): Promise<never>;
  reload(): Promise<unknown>;
  close(): Promise<void>;
}

// Of the tests' own packages; this folder finds only those of the root.
const tools = createRequire(new URL('../tools/package.json', import.meta.url));
const { launch } = tools('puppeteer-core') as Puppeteer;

export interface FirefoxOptions {
  /** Preferences of `about:config`. */
  prefs?: Record<string, boolean | number | string>;
}

/** Starts Firefox with a profile of its own, over WebDriver BiDi. */
export async function launchFirefox({ prefs = {} }: FirefoxOptions = {}): Promise<DrivenBrowser> {
  const browser = await launch({
    browser: 'firefox',
    executablePath: await findBrowser('firefox'),
    headless: true,
    extraPrefsFirefox: prefs,
  });
  return {
    async open(url) {
      const page = await browser.newPage();
      await page.goto(url);
      return {
        evaluate: (work, argument) => page.evaluate(work, argument),
        reload: async () => void (await page.reload()),
        close: () => page.close(),
      };
    },
    close: () => browser.close(),
  };
}
