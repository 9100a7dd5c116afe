import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Miniflare } from 'miniflare';

import { startLocal } from '../../examples/edge/local.ts';
import { launchBrowser } from '../support/browser.ts';
import { allOf, eventsOf, type ServerEvent } from '../support/edge-agents.ts';

// What `npm run demo:edge` starts: the worker that is to be deployed, with the offline model behind it.

const folder = mkdtempSync(join(tmpdir(), 'agents-wasm-demo-'));
let worker: Miniflare;
const start = async () => {
  worker = await startLocal({ folder, port: 0, env: {} });
};
before(start);
after(async () => {
  await worker?.dispose();
  rmSync(folder, { recursive: true });
});

async function ask(path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(new URL(path, await worker.ready), init);
}

test('the page comes with a strict policy and makes its visitor somebody', async () => {
  const page = await ask('/');
  assert.match(page.headers.get('content-security-policy') ?? '', /default-src 'none'.*script-src 'self';/);
  assert.match(page.headers.get('set-cookie') ?? '', /^visitor=[\da-f-]{36}; .*HttpOnly; SameSite=Strict/);
  assert.match(await page.text(), /<script type="module" src="\/page.js">/);
  assert.equal((await ask('/..%2fworker.ts')).status, 404);
  assert.equal((await ask('/api/conversations')).status, 401);
});

test('a run survives that the worker is ended and started again, with nothing lost', async () => {
  const [cookie] = ((await ask('/')).headers.get('set-cookie') ?? '').split(';');
  const headers = { cookie: cookie ?? '' };
  const body = JSON.stringify({ run: 'order', input: 'Use look_up_order for 17' });
  const seen: ServerEvent[] = [];
  for await (const event of eventsOf(await ask('/api/conversations/shop/runs', { method: 'POST', headers, body }))) {
    seen.push(event);
    if (event.data.name === 'tool_called') break;
  }
  await worker.dispose();
  await start();
  const path = `/api/conversations/shop/runs/order/events?after=${seen.at(-1)!.n}`;
  const missed = await allOf(await ask(path, { headers }));
  assert.ok(missed[0]!.n > seen.at(-1)!.n);
  assert.equal(missed.at(-1)!.data.status, 'completed');
  const { items } = (await (await ask('/api/conversations/shop/items', { headers })).json()) as { items: any[] };
  assert.deepEqual(
    items.map(({ item }) => item.role ?? item.type),
    ['user', 'function_call', 'function_call_output', 'assistant'],
  );
});

test('the page talks, remembers over a reload, asks for approval, and stops', { timeout: 60_000 }, async () => {
  const browser = await launchBrowser();
  try {
    const page = await browser.context.newPage();
    const failures: string[] = [];
    page.on('pageerror', (error) => failures.push(error.message));
    page.on('console', (message) => message.type() === 'error' && failures.push(message.text()));
    await page.goto((await worker.ready).href);
    const say = async (text: string) => {
      await page.getByLabel('Message').fill(text);
      await page.getByRole('button', { name: 'Send' }).click();
    };
    await say("Hello, I'm John");
    await page.getByText('Hello John').waitFor();
    await page.getByRole('button', { name: 'Send' }).waitFor();
    await page.reload();
    await page.getByText('Hello John').waitFor();
    await say("What's my name?");
    await page.getByText('Your name is John').waitFor();

    await page.getByRole('button', { name: 'Send' }).waitFor();
    await say('Use cancel_order for 17');
    await page.getByRole('button', { name: 'Approve' }).click();
    await page.getByText('cancel_order says').waitFor();

    await page.getByRole('button', { name: 'Send' }).waitFor();
    await say('Use look_up_order for 17');
    await page.getByText('→ look_up_order').waitFor();
    await page.reload();
    await page.getByRole('button', { name: 'Stop' }).click();
    await page.getByRole('button', { name: 'Send' }).waitFor();
    await page.getByRole('button', { name: 'New' }).click();
    assert.equal(await page.locator('#messages li').count(), 0);
    assert.deepEqual(failures, []);
  } finally {
    await browser.close();
  }
});
