import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { launchBrowser } from './browser.ts';
import type { DrivenBrowser } from './driven.ts';

/** Starts Chromium with a profile of its own, which `preferences` are written into first. */
export async function launchChromium({ preferences = {} } = {}): Promise<DrivenBrowser> {
  const profile = await mkdtemp(join(tmpdir(), 'agents-chromium-'));
  await mkdir(join(profile, 'Default'));
  await writeFile(join(profile, 'Default/Preferences'), JSON.stringify(preferences));
  const { context, close } = await launchBrowser({ profile });
  return {
    async open(url) {
      const page = await context.newPage();
      await page.goto(url);
      return {
        evaluate: (work, argument) => page.evaluate(work as never, argument) as never,
        reload: async () => void (await page.reload()),
        close: () => page.close(),
      };
    },
    close: () => close(),
  };
}
