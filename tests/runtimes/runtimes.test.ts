import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { RUNTIMES } from '../support/runtimes.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const bin = (name: string) => join(ROOT, 'node_modules/.bin', name);

// The place of a consumer: a project that has the package among its node_modules.
const project = mkdtempSync(join(tmpdir(), 'agents-wasm-runtimes-'));
after(() => rmSync(project, { recursive: true }));
mkdirSync(join(project, 'node_modules'));
symlinkSync(ROOT, join(project, 'node_modules/agents-wasm'));
writeFileSync(join(project, 'package.json'), '{"type":"module","dependencies":{"agents-wasm":"*"}}');
for (const file of ['edge.ts', 'smoke.ts', 'main.ts', 'old.ts', 'worker.ts'])
  cpSync(join(ROOT, 'tests/runtimes', file), join(project, file));

for (const { name, program, args } of RUNTIMES) {
  test(`${name} runs agents, keeps their conversations in memory and in a file, and adds keys`, {
    timeout: 120_000,
  }, async () => {
    const dbPath = join(project, `${name}.db`);
    const { stdout } = await promisify(execFile)(program, [...args, 'main.ts', dbPath], { cwd: project });
    assert.equal(stdout, 'all is well\n');
  });
}

// Node 20 has none and knows no TypeScript; a newer one can be told to have none.
const OLD: [string, string, string[]][] = [
  ["the machine's own Node", ownNode(), []],
  ['a Node without node:sqlite', RUNTIMES[0]?.program ?? '', ['--no-experimental-sqlite']],
];

for (const [name, node, flags] of OLD) {
  test(`${name} runs agents in memory, and says what a file needs if it cannot keep one`, {
    timeout: 120_000,
  }, async () => {
    const outfile = join(project, 'old.mjs');
    await promisify(execFile)(
      bin('esbuild'),
      ['old.ts', '--bundle', '--packages=external', '--format=esm', `--outfile=${outfile}`],
      { cwd: project },
    );
    const { stdout: version } = await promisify(execFile)(node, ['--version']);
    const { stdout } = await promisify(execFile)(node, [...flags, outfile], { cwd: project });
    const [major = 0, minor = 0] = version.slice(1).split('.').map(Number);
    const hasSqlite = flags.length === 0 && major + minor / 100 >= 22.13;
    assert.match(
      stdout,
      hasSqlite ? /^kept$/m : /^SessionError unsupported .* needs node:sqlite, .*Use Node 22\.13, Deno/,
    );
  });
}

test('a runtime without the exceptions of WebAssembly is told that it is too old', { timeout: 60_000 }, async () => {
  const code = "const { init } = await import('agents-wasm'); await init();";
  const flags = ['--no-experimental-wasm-legacy-eh', '--input-type=module', '--eval', code];
  await assert.rejects(promisify(execFile)(process.execPath, flags, { cwd: project }), {
    stderr:
      /This runtime is too old for agents-wasm, which needs WebAssembly exceptions: Chrome 95, .*code: 'unsupported'/s,
  });
});

/** The first `node` on the PATH that is not one of our packages. */
function ownNode(): string {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => !folder.endsWith('node_modules/.bin'));
  const found = folders.map((folder) => join(folder, 'node')).find((path) => existsSync(path));
  if (!found) throw new Error('There is no node on the PATH apart from our own.');
  return found;
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
