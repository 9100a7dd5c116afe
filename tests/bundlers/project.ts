import { type ExecOptions, exec } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

import { FAVICON } from '../support/server.ts';
import { install, ROOT } from './install.ts';

const execute = promisify(exec);

/** A consumer's project: the app, and among its node_modules the package as npm would publish it. */
export interface Project {
  folder: string;
  /** What its programs are started with. */
  env: NodeJS.ProcessEnv;
  /** Runs a command line; gives what it wrote. */
  run(command: string): Promise<string>;
}

/** Makes a project of these folders of tests/bundlers, with these packages among its node_modules beside ours. */
export async function makeProject(folders: readonly string[], packages: readonly string[]): Promise<Project> {
  const folder = mkdtempSync(join(tmpdir(), 'agents-wasm-bundled-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  for (const name of folders) cpSync(join(ROOT, 'tests/bundlers', name), folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }');
  mkdirSync(join(folder, 'public'), { recursive: true });
  writeFileSync(join(folder, 'public/favicon.ico'), FAVICON);
  const modules = join(folder, 'node_modules');
  await unpack(join(modules, 'agents-wasm'));
  for (const name of packages) install(name, modules);
  const programs = [join(modules, '.bin'), join(ROOT, 'node_modules/.bin'), process.env['PATH']];
  const env = { ...process.env, PATH: programs.join(delimiter), NO_COLOR: '1', NEXT_TELEMETRY_DISABLED: '1' };
  return { folder, env, run: (command) => run(command, { cwd: folder, env }) };
}

let packed: Promise<string> | undefined;

async function unpack(folder: string): Promise<void> {
  packed ??= pack();
  mkdirSync(folder, { recursive: true });
  await run(`tar -xzf ${await packed} --strip-components=1`, { cwd: folder });
}

async function pack(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'agents-wasm-packed-'));
  process.once('exit', () => rmSync(folder, { recursive: true }));
  const { stdout } = await execute(`npm pack --silent --ignore-scripts --pack-destination ${folder}`, { cwd: ROOT });
  return join(folder, stdout.trim());
}

async function run(command: string, options: ExecOptions): Promise<string> {
  try {
    const { stdout, stderr } = await execute(command, options);
    return `${stdout}${stderr}`;
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`"${command}" failed:\n${stdout}${stderr}`);
  }
}
