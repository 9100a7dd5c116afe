import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { bundleSuite } from '../support/bundle.ts';
import { RUNTIMES, type Runtime } from '../support/runtimes.ts';

// tests/conformance runs the same suites in Node 24 itself, from the sources.
const OTHERS = RUNTIMES.filter(({ name }) => name !== 'Node 24');
const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
let folder: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'agents-runtimes-'));
  for (const suite of ['sql', 'session']) {
    const entry = here(`./${suite}-runtime.ts`);
    await bundleSuite({ entry, outfile: join(folder, `${suite}.mjs`), conditions: ['node'] });
  }
  await copyFile(here('../../dist/wasm/core.wasm'), join(folder, 'core.wasm'));
});

after(() => rm(folder, { recursive: true }));

/** What each case of a suite came to. */
async function casesOf({ program, args }: Runtime, suite: string): Promise<{ name: string; failure?: string }[]> {
  const files = await mkdtemp(join(folder, 'files-'));
  const script = join(folder, `${suite}.mjs`);
  const { stdout } = await promisify(execFile)(program, [...args, script, files], { maxBuffer: 2 ** 24 });
  const lines = stdout.trim().split('\n');
  return lines.map((line) => JSON.parse(line));
}

for (const runtime of OTHERS) {
  for (const [suite, what] of [
    ['sql', 'a database'],
    ['session', 'a session in files'],
  ] as const) {
    test(`${runtime.name}'s node:sqlite keeps what ${what} promises`, { timeout: 180_000 }, async (context) => {
      const cases = await casesOf(runtime, suite);
      assert.ok(cases.length > 50, `only ${cases.length} cases ran`);
      for (const { name, failure } of cases) await context.test(name, () => assert.equal(failure, undefined));
    });
  }
}
