import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';

import { openPage, type TestBrowser } from '../support/browser.ts';

/** What a visit of the page's writes down: app/main.js. */
export interface Visit {
  stored?: number;
  answer?: string;
  persistence?: string;
  code?: string;
  message?: string;
}

/** Fails unless the page at `url` keeps a conversation in OPFS over a reload, without a word on the console. */
export async function checkConversation(browser: TestBrowser, url: string): Promise<void> {
  const { page, errors } = await openPage(browser, url);
  const first = await visit(page);
  assert.deepEqual([first.message, first.stored, first.persistence], [undefined, 0, 'opfs'], errors.join('\n'));
  await page.reload();
  const second = await visit(page);
  assert.deepEqual([second.message, second.stored, second.persistence], [undefined, 2, 'opfs'], errors.join('\n'));
  assert.match(second.answer ?? '', /John/);
  assert.deepEqual(errors, []);
  await page.close();
}

/** What the page wrote down. */
export async function visit(page: Page): Promise<Visit> {
  return JSON.parse(await page.locator('output:not(:empty)').innerText());
}
