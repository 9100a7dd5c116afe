import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { launchBrowser, type TestBrowser, type TestServer } from '../support/browser.ts';
import { makeProject } from './project.ts';
import { startServer } from './project-server.ts';
import { checkConversation } from './visits.ts';

let server: TestServer;
let browser: TestBrowser;

before(async () => {
  const project = await makeProject(['app', 'next'], ['next', 'react', 'react-dom']);
  const log = await project.run('next build');
  assert.doesNotMatch(log, /not found|can't resolve/i);
  // One after the other: what was started is ended also if the next one fails.
  server = await startServer(project, 'next start --port 0');
  browser = await launchBrowser();
});

after(async () => {
  await browser?.close();
  await server?.close();
});

async function converse(route: string): Promise<{ stored: number; answer: string }> {
  const response = await fetch(new URL(route, server.url), { method: 'POST' });
  assert.equal(response.status, 200);
  return response.json();
}

async function checkRoute(route: string): Promise<void> {
  const { stored } = await converse(route);
  const second = await converse(route);
  assert.deepEqual([stored, second.stored], [0, 2]);
  assert.match(second.answer, /John/);
}

test('a page that Turbopack bundled keeps its conversations', () => checkConversation(browser, server.url));

test('a route in Node keeps its conversations in a file', () => checkRoute('node'));

test("a route in Vercel's edge runtime runs agents", () => checkRoute('edge'));
