import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Miniflare } from 'miniflare';

import { bundleWorker } from '../support/bundle.ts';

// The real engines of Durable Objects and D1: what they refuse, how they bind, what comes back.

const folder = mkdtempSync(join(tmpdir(), 'agents-wasm-edge-'));
let worker: Miniflare;

before(async () => {
  await bundleWorker(fileURLToPath(new URL('edge-worker.ts', import.meta.url)), join(folder, 'out'));
  worker = start();
});

after(async () => {
  await worker?.dispose();
  rmSync(folder, { recursive: true });
});

function start(): Miniflare {
  return new Miniflare({
    modules: true,
    modulesRules: [{ type: 'CompiledWasm', include: ['**/*.wasm'] }],
    modulesRoot: join(folder, 'out'),
    scriptPath: join(folder, 'out/worker.js'),
    compatibilityDate: '2026-04-01',
    durableObjects: {
      STORE: { className: 'Store', useSQLite: true },
      TALKER: { className: 'Talker', useSQLite: true },
    },
    durableObjectsPersist: join(folder, 'objects'),
    d1Databases: ['D1_0', 'D1_1', 'D1_2', 'D1_3', 'D1_4'],
  });
}

async function ask<Answer = { failure?: string; said?: string[] }>(path: string): Promise<Answer> {
  const response = await worker.dispatchFetch(`http://local${path}`);
  return (await response.json()) as Answer;
}

test('every store at the edge keeps its promises in workerd', async (context) => {
  const names = await ask<string[]>('/names');
  assert.ok(names.length > 70, `only ${names.length} cases were collected`);
  for (const [index, name] of names.entries()) {
    await context.test(name, async () => {
      assert.equal((await ask(`/run?index=${index}`)).failure, undefined);
    });
  }
});

test('a session in a Durable Object runs agents, and remembers when workerd was started again', async () => {
  const { failure, said } = await ask('/smoke');
  assert.equal(failure, undefined);
  assert.ok(said?.at(-1)?.includes('John'));
  await worker.dispose();
  worker = start();
  assert.deepEqual(await ask('/remembers'), {});
});
