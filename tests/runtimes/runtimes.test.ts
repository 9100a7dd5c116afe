import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const bin = (name: string) => join(ROOT, 'node_modules/.bin', name);

// The place of a consumer: a project that has the package among its node_modules.
const project = mkdtempSync(join(tmpdir(), 'agents-wasm-runtimes-'));
after(() => rmSync(project, { recursive: true }));
mkdirSync(join(project, 'node_modules'));
symlinkSync(ROOT, join(project, 'node_modules/agents-wasm'));
writeFileSync(join(project, 'package.json'), '{"type":"module","dependencies":{"agents-wasm":"*"}}');
for (const file of ['edge.ts', 'smoke.ts', 'main.ts', 'worker.ts'])
  cpSync(join(ROOT, 'tests/runtimes', file), join(project, file));

const RUNTIMES: [string, string, string[]][] = [
  ['Node 24', 'node', ['--disable-warning=ExperimentalWarning', 'main.ts']],
  ['Deno', 'deno', ['run', '-A', '--no-check', '--node-modules-dir=manual', 'main.ts']],
  ['Bun', 'bun', ['main.ts']],
];

for (const [name, program, args] of RUNTIMES) {
  test(`${name} runs agents, keeps their conversations in memory and in a file, and adds keys`, {
    timeout: 120_000,
  }, async () => {
    assert.ok(existsSync(bin(program)), `node_modules has no ${program}: run npm install.`);
    const dbPath = join(project, `${program}.db`);
    const { stdout } = await promisify(execFile)(bin(program), [...args, dbPath], { cwd: project });
    assert.equal(stdout, 'all is well\n');
  });
}

test('workerd runs agents, keeps their conversations in memory, and adds keys', { timeout: 120_000 }, async () => {
  const out = join(project, 'out');
  const conditions = ['--conditions=workerd,worker,browser', '--loader:.wasm=copy'];
  // As in a project of a user's: our own settings would lead `#load` to the sources.
  const output = [
    '--bundle',
    '--format=esm',
    '--target=es2022',
    `--outdir=${out}`,
    '--log-level=warning',
    '--tsconfig-raw={}',
  ];
  const { stderr } = await promisify(execFile)(bin('esbuild'), ['worker.ts', ...conditions, ...output], {
    cwd: project,
  });
  assert.equal(stderr, '');
  const { Miniflare } = await import('miniflare');
  const miniflare = new Miniflare({
    modules: true,
    modulesRules: [{ type: 'CompiledWasm', include: ['**/*.wasm'] }],
    modulesRoot: out,
    scriptPath: join(out, 'worker.js'),
    compatibilityDate: '2026-04-01',
  });
  try {
    const response = await miniflare.dispatchFetch('http://local/');
    const answer = (await response.json()) as { said?: string[]; sqlite?: string[]; error?: string };
    assert.equal(answer.error, undefined);
    assert.ok(answer.said?.at(-1)?.includes('John'));
    assert.deepEqual(answer.sqlite, ['SessionError', 'unsupported']);
  } finally {
    await miniflare.dispose();
  }
});
