import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CDPSession, Page } from 'playwright-core';
import { launchBrowser, servePage, type TestBrowser, type TestServer } from '../support/browser.ts';

/** Serves the page of these tests. `scripts` are more files that the server has. */
export function serveTabs(scripts: Record<string, string> = {}): Promise<TestServer> {
  const files = { 'elsewhere.html': '<!doctype html><meta charset="utf-8"><title>Elsewhere</title>', ...scripts };
  return servePage(new URL('./tabs-page.ts', import.meta.url), async (folder) => {
    for (const [name, source] of Object.entries(files)) await writeFile(join(folder, name), source);
  });
}

/** A browser in which several tabs use one database, and what they say of it. */
export class Tabs {
  readonly server: TestServer;
  readonly browser: TestBrowser;

  private constructor(server: TestServer, browser: TestBrowser) {
    this.server = server;
    this.browser = browser;
  }

  static async start(scripts: Record<string, string> = {}): Promise<Tabs> {
    return new Tabs(await serveTabs(scripts), await launchBrowser());
  }

  async open(dbPath?: string): Promise<Tab> {
    const tab = new Tab(await this.browser.context.newPage());
    await tab.load(this.server.url);
    if (dbPath !== undefined) await tab.page.evaluate((path) => globalThis.tab.open(path), dbPath);
    return tab;
  }

  async openAll(dbPath: string, count: number): Promise<Tab[]> {
    const all: Tab[] = [];
    while (all.length < count) all.push(await this.open(dbPath));
    return all;
  }

  async closeAll(): Promise<void> {
    for (const page of this.browser.context.pages()) await page.close();
  }

  async close(): Promise<void> {
    await this.browser.close();
    await this.server.close();
  }
}

export class Tab {
  readonly page: Page;
  readonly acknowledged: { id: string; at: number }[] = [];
  /** What the page failed at, and what it wrote to the console. */
  readonly complaints: string[] = [];
  #heard: (() => void)[] = [];

  constructor(page: Page) {
    this.page = page;
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) this.complaints.push(message.text());
    });
    page.on('crash', () => this.complaints.push('crashed'));
    page.on('pageerror', (error) => this.complaints.push(String(error)));
  }

  async load(url: string): Promise<void> {
    await this.page.exposeFunction('report', (outcome: { id: string } | { code: string }) => {
      if ('id' in outcome) this.acknowledged.push({ id: outcome.id, at: performance.now() });
      else this.complaints.push(JSON.stringify(outcome));
      for (const resolve of this.#heard.splice(0)) resolve();
    });
    await this.page.goto(url);
  }

  /** Whether the database is open in this tab's Worker. */
  get leads(): boolean {
    return this.page.workers().length > 0;
  }

  /** Waits until this tab has no Worker any more. */
  async follows(): Promise<void> {
    await this.page.workers()[0]?.waitForEvent('close');
  }

  start(): Promise<void> {
    return this.page.evaluate(() => tab.start());
  }

  stop(): Promise<void> {
    return this.page.evaluate(() => tab.stop());
  }

  ids(): Promise<string[]> {
    return this.page.evaluate(() => tab.ids());
  }

  /** Waits until so many more ids have been acknowledged. A complaint ends the wait too. */
  async hears(more: number): Promise<void> {
    const goal = this.acknowledged.length + more;
    while (this.acknowledged.length < goal) {
      assert.deepEqual(this.complaints, []);
      await new Promise<void>((resolve) => this.#heard.push(resolve));
    }
  }

  cdp(): Promise<CDPSession> {
    return this.page.context().newCDPSession(this.page);
  }

  /** Ends the renderer without a word to the page. */
  async kill(): Promise<void> {
    const session = await this.cdp();
    const crashed = this.page.waitForEvent('crash');
    session.send('Page.crash').catch(() => undefined);
    await crashed;
  }

  close(): Promise<void> {
    return this.page.close();
  }
}

/** Each acknowledged id is there once, and nothing is there twice. */
export function checkNothingLost(tabs: { acknowledged: { id: string }[] }[], found: string[]): void {
  const counts = new Map<string, number>();
  for (const id of found) counts.set(id, (counts.get(id) ?? 0) + 1);
  const lost = tabs.flatMap(({ acknowledged }) => acknowledged).filter(({ id }) => !counts.has(id));
  const doubled = [...counts].filter(([, count]) => count > 1);
  assert.deepEqual({ lost, doubled }, { lost: [], doubled: [] });
}

/** The longest time after `since` in which none of the tabs heard anything: nobody had the database. */
export function longestPause(tabs: Tab[], since: number): number {
  const times = tabs.flatMap(({ acknowledged }) => acknowledged.map(({ at }) => at));
  const sorted = [since, ...times.filter((at) => at > since)].sort((a, b) => a - b);
  return Math.round(Math.max(...sorted.map((at, index) => at - (sorted[index - 1] ?? at))));
}
