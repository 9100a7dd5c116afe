import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { servePage, type TestServer } from '../support/browser.ts';
import type { DrivenBrowser } from '../support/driven.ts';
import { launchFirefox } from '../support/firefox.ts';
import { launchWebKit } from '../support/webkit.ts';

let server: TestServer;

before(async () => {
  server = await servePage(new URL('./session-page.ts', import.meta.url));
});
after(() => server?.close());

// tests/conformance has all of it in Chromium.
const BROWSERS: [name: string, launch: () => Promise<DrivenBrowser>, places: string[]][] = [
  ['Firefox', launchFirefox, ['opfs', 'indexeddb']],
  ['WebKitGTK', launchWebKit, ['indexeddb']],
];

for (const [name, launch, places] of BROWSERS) {
  test(`the stores of ${name} keep their promises`, { timeout: 300_000 }, async (context) => {
    const browser = await launch();
    try {
      const page = await browser.open(server.url);
      const names = await page.evaluate(() => suite.names());
      const cases = [...names.entries()].filter(([, title]) => places.includes(title.split(/[:,]/)[0] as string));
      assert.ok(cases.length > 50 * places.length, `only ${cases.length} cases were collected`);
      for (const [index, title] of cases) {
        await context.test(title, async () => {
          assert.equal((await page.evaluate((at) => suite.run(at), index)) ?? undefined, undefined);
        });
      }
    } finally {
      await browser.close();
    }
  });
}
