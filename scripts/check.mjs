import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { fail, Refusal, say } from './support/console.mjs';
import { DEPS, ROOT } from './support/folders.mjs';
import { projectEnv } from './support/node-packages.mjs';
import { runHere, which } from './support/run.mjs';

const FORBIDDEN = [
  { folder: 'js/src', pattern: /^(?!\s*(\*|\/\/)).*console\.log\(/, why: 'a library does not write to the console' },
  { folder: 'js/src', pattern: /^(?!\s*\*).*\bawait using /, why: 'Safari has none of it yet' },
  { folder: 'core', pattern: /std::(cout|cerr)/, why: 'the core does not write to the console' },
  { folder: 'core', pattern: /#include <emscripten/, why: 'the core knows no host; wasm/ does' },
  { folder: 'tests', pattern: /\b(test|it|describe)\.only\(/, why: 'it would turn the other tests off' },
];

const shouldFix = process.argv.includes('--fix');
const env = projectEnv();

function filesIn(folder, ending) {
  try {
    const files = readdirSync(join(ROOT, folder), { recursive: true });
    return files.filter((file) => ending.test(file)).map((file) => join(folder, file));
  } catch {
    return [];
  }
}

function forbidden() {
  const found = [];
  for (const { folder, pattern, why } of FORBIDDEN) {
    for (const file of filesIn(folder, /\.(ts|mjs|h|cpp)$/)) {
      const lines = readFileSync(join(ROOT, file), 'utf8').split('\n');
      lines.forEach((line, index) => pattern.test(line) && found.push(`${file}:${index + 1}: ${line.trim()} (${why})`));
    }
  }
  found.forEach((line) => say(line));
  return found.length ? 1 : 0;
}

const biome = () =>
  runHere('biome', ['check', '--error-on-warnings', ...(shouldFix ? ['--write'] : [])], { cwd: ROOT, env });

function clangFormat() {
  const formatter = which('clang-format', `${join(DEPS, 'usr/bin')}:${process.env.PATH}`);
  if (!formatter) return say('clang-format was not found; C++ is not checked.') ?? 0;
  const files = ['core', 'wasm', 'tests/core'].flatMap((folder) => filesIn(folder, /\.(h|cpp)$/));
  const mode = shouldFix ? ['-i'] : ['--dry-run', '-Werror', '--ferror-limit=1'];
  return files.length ? runHere(formatter, [...mode, ...files], { cwd: ROOT }) : 0;
}

async function main() {
  const failed = [];
  for (const [name, check] of Object.entries({ biome, 'clang-format': clangFormat, 'forbidden patterns': forbidden })) {
    if ((await check()) !== 0) failed.push(name);
  }
  if (failed.length) throw new Refusal(`Not clean: ${failed.join(', ')}. "npm run format" mends what can be mended.`);
  say('Formats, lints and patterns are clean.');
}

main().catch(fail);
