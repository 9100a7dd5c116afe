import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** A program that runs a module: `program ...args module`. */
export interface Runtime {
  name: string;
  program: string;
  args: string[];
}

const TOOLS = 'tests/tools/node_modules';
const NODE = ['--disable-warning=ExperimentalWarning'];
const PROGRAMS: [name: string, program: string, args: string[]][] = [
  ['Node 22', `${TOOLS}/node-22/bin/node`, NODE],
  ['Node 24', 'node_modules/.bin/node', NODE],
  ['Node 26', `${TOOLS}/node-26/bin/node`, NODE],
  ['Deno', 'node_modules/.bin/deno', ['run', '-A', '--no-check', '--node-modules-dir=manual']],
  ['Bun', 'node_modules/.bin/bun', []],
];

/** The runtimes with a `node:sqlite`. One that is not there is a failure of whoever starts it, not a skip. */
export const RUNTIMES: Runtime[] = PROGRAMS.map(([name, path, args]) => {
  const program = fileURLToPath(new URL(`../../${path}`, import.meta.url));
  if (!existsSync(program)) throw new Error(`There is no ${path}: "node scripts/setup.mjs --tests" installs ${name}.`);
  return { name, program, args };
});
