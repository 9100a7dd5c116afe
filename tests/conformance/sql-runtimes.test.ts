import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { bundleSuite } from '../support/bundle.ts';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const RUNTIMES = {
  Deno: { program: here('../../node_modules/.bin/deno'), args: ['run', '-A'] },
  Bun: { program: here('../../node_modules/.bin/bun'), args: [] },
};

for (const [runtime, { program, args }] of Object.entries(RUNTIMES)) {
  test(`${runtime}'s node:sqlite`, async (context) => {
    const folder = await mkdtemp(join(tmpdir(), 'agents-sql-'));
    try {
      const script = join(folder, 'suite.mjs');
      await bundleSuite({ entry: here('./sql-runtime.ts'), outfile: script });
      const { stdout } = await promisify(execFile)(program, [...args, script, folder]);
      const cases = stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
      assert.ok(cases.length > 50, `only ${cases.length} cases ran`);
      for (const { name, failure } of cases) await context.test(name, () => assert.equal(failure, undefined));
    } finally {
      await rm(folder, { recursive: true });
    }
  });
}
