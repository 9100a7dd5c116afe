import { launchBrowser } from './browser.ts';
import type { DrivenBrowser } from './driven.ts';

export async function launchChromium(): Promise<DrivenBrowser> {
  const { context, close } = await launchBrowser();
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
