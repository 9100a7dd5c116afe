import { exec } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { FAVICON } from '../support/server.ts';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const INSTALLED = [join(ROOT, 'node_modules'), join(ROOT, 'tests/tools/node_modules')];
/** What npm would install beside the package. */
const DEPENDENCIES = ['@sqlite.org/sqlite-wasm', 'idb'];

const execute = promisify(exec);

/** What a consumer's shell would have: the project's programs, and nothing that tells of its use. */
export const CONSUMER_ENV = {
  ...process.env,
  PATH: [...INSTALLED.map((folder) => join(folder, '.bin')), process.env['PATH']].join(delimiter),
  NEXT_TELEMETRY_DISABLED: '1',
};

/** A consumer's project: the app, and among its node_modules the package as npm would publish it. */
export interface Project {
  folder: string;
  /** Runs a command line, which finds the programs of our own packages; gives what it wrote. */
  run(command: string): Promise<string>;
}

/** Makes a project of these folders of tests/bundlers, with these packages of our own beside ours. */
export async function makeProject(folders: readonly string[], packages: readonly string[]): Promise<Project> {
  const folder = mkdtempSync(join(tmpdir(), 'agents-wasm-bundled-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  for (const name of folders) cpSync(join(ROOT, 'tests/bundlers', name), folder, { recursive: true });
  mkdirSync(join(folder, 'public'), { recursive: true });
  writeFileSync(join(folder, 'public/favicon.ico'), FAVICON);
  const modules = join(folder, 'node_modules');
  await unpack(join(modules, 'agents-wasm'));
  for (const name of DEPENDENCIES) cpSync(installed(name), join(modules, name), { recursive: true });
  for (const name of packages) {
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(installed(name), join(modules, name));
  }
  return { folder, run: (command) => runIn(folder, command) };
}

/** The folder of an installed package. */
export function installed(name: string): string {
  const found = INSTALLED.map((folder) => join(folder, name)).find((folder) => existsSync(folder));
  if (!found) throw new Error(`${name} is not installed: "npm test -- bundlers" does it.`);
  return found;
}

let packed: Promise<string> | undefined;

async function unpack(folder: string): Promise<void> {
  packed ??= pack();
  mkdirSync(folder, { recursive: true });
  await runIn(folder, `tar -xzf ${await packed} --strip-components=1`);
}

async function pack(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'agents-wasm-packed-'));
  process.once('exit', () => rmSync(folder, { recursive: true }));
  const { stdout } = await execute(`npm pack --silent --ignore-scripts --pack-destination ${folder}`, { cwd: ROOT });
  return join(folder, stdout.trim());
}

async function runIn(folder: string, command: string): Promise<string> {
  try {
    const { stdout, stderr } = await execute(command, { cwd: folder, env: CONSUMER_ENV });
    return stdout + stderr;
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`"${command}" failed:\n${stdout}${stderr}`);
  }
}
