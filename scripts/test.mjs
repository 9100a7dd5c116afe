import { readdirSync } from 'node:fs';
import { join } from 'node:path';

import { setup } from './setup.mjs';
import { buildPreset } from './support/cmake.mjs';
import { fail, Refusal, say } from './support/console.mjs';
import { ROOT } from './support/folders.mjs';
import { projectEnv } from './support/node-packages.mjs';
import { runHere } from './support/run.mjs';

const ctest = (preset) => ['ctest', '--preset', preset, '--parallel', '2'];
const tests = (kind, ...options) => ['node', '--test', ...options, ...testFiles(`tests/${kind}`)];

// Each kind of test: the CMake presets it needs, whether it needs dist/, Chromium, the other browsers or tests/tools, and
// what runs it.
const STEPS = {
  check: { command: () => ['node', 'scripts/check.mjs'] },
  native: { presets: ['native'], command: () => ctest('native') },
  // The other compiler's sanitizers find nothing that these of native-clang do not, and take minutes: by name only.
  'native-asan': { onDemand: true, presets: ['native-asan'], command: () => ctest('native-asan') },
  'native-clang': { presets: ['native-clang'], command: () => ctest('native-clang') },
  types: { dist: true, command: () => ['tsc', '-p', 'tests/tsconfig.json'] },
  size: { dist: true, command: () => ['node', 'scripts/size.mjs'] },
  package: { dist: true, tools: true, command: () => tests('package') },
  js: { dist: true, presets: ['wasm-asan'], command: () => tests('js', '--test-concurrency=2') },
  conformance: { dist: true, browser: true, tools: true, command: () => tests('conformance', '--test-concurrency=2') },
  browser: { dist: true, browser: true, command: () => tests('browser', '--test-concurrency=2') },
  bundlers: { dist: true, browser: true, tools: true, command: () => tests('bundlers', '--test-concurrency=2') },
  runtimes: {
    dist: true,
    browser: true,
    browsers: true,
    tools: true,
    command: () => tests('runtimes', '--test-concurrency=2'),
  },
};

function testFiles(folder) {
  let files = [];
  try {
    files = readdirSync(join(ROOT, folder), { recursive: true }).filter((file) => file.endsWith('.test.ts'));
  } catch {}
  if (!files.length) throw new Refusal(`There is no test in ${folder}.`);
  return files.sort().map((file) => join(folder, file));
}

function chooseSteps(names) {
  const unknown = names.filter((name) => !STEPS[name]);
  if (unknown.length)
    throw new Refusal(`No such step: ${unknown.join(', ')}. There are: ${Object.keys(STEPS).join(', ')}.`);
  return Object.entries(STEPS).filter(([name, step]) => (names.length ? names.includes(name) : !step.onDemand));
}

let env;
const builds = new Map();

/** Builds once for all steps; a build that failed fails each step that needs it. */
function build(name, work) {
  if (!builds.has(name)) builds.set(name, work());
  return builds.get(name);
}

async function buildDist() {
  if ((await runHere('node', ['scripts/build.mjs'], { cwd: ROOT, env })) !== 0)
    throw new Refusal('dist/ was not built.');
}

async function passes({ presets = [], dist, command }) {
  try {
    if (dist) await build('dist', buildDist);
    for (const preset of presets) await build(preset, () => buildPreset(preset));
    const [program, ...args] = command();
    return (await runHere(program, args, { cwd: ROOT, env })) === 0;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    say(error.message);
    return false;
  }
}

async function main() {
  const steps = chooseSteps(process.argv.slice(2));
  const needs = (what) => steps.some(([, step]) => step[what]);
  const { browser } = await setup({
    native: true,
    tools: needs('tools'),
    browser: needs('browser'),
    browsers: needs('browsers'),
  });
  env = projectEnv(browser && { CHROME_PATH: browser });

  const results = [];
  for (const [name, step] of steps) {
    say(`\n=== ${name}`);
    const start = Date.now();
    const passed = await passes(step);
    results.push({ name, passed, seconds: (Date.now() - start) / 1000 });
  }

  say('\nstep          result   seconds');
  for (const { name, passed, seconds } of results) {
    say(`${name.padEnd(14)}${passed ? 'passed' : 'FAILED'}${seconds.toFixed(1).padStart(10)}`);
  }
  const failed = results.filter(({ passed }) => !passed).map(({ name }) => name);
  say(failed.length ? `\nFailed: ${failed.join(', ')}` : `\nAll ${results.length} steps passed.`);
  process.exitCode = failed.length ? 1 : 0;
}

main().catch(fail);
