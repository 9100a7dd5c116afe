export type BrowserKind = 'chromium' | 'firefox' | 'webkit';

/** An installed browser, or the driver of one. A missing one is a failure, not a skip. */
export async function findBrowser(kind: BrowserKind): Promise<string> {
  const { findBrowser, howToInstall } = await import(new URL('../../scripts/browser.mjs', import.meta.url).href);
  const path = findBrowser(kind);
  if (path) return path;
  throw new Error(howToInstall(kind));
}
