import { existsSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

import { progress, Refusal, say } from './console.mjs';
import { ROOT, readText, sha256 } from './folders.mjs';
import { run } from './run.mjs';

const BIN = join(ROOT, 'node_modules/.bin');
const NODE = 24;

/** This environment, with the programs of our own packages first on the PATH, whoever started us. */
export const projectEnv = (more = {}) => ({ ...process.env, PATH: `${BIN}${delimiter}${process.env.PATH}`, ...more });

/** Where what only tests need is installed: bundlers, checkers, more runtimes. */
export const TOOLS = join(ROOT, 'tests/tools');

/** Installs what the folder's package-lock.json lists when it has not been, or when the list has changed since. */
export async function installPackages(folder = ROOT) {
  const lock = readText(join(folder, 'package-lock.json'));
  const stamp = join(folder, 'node_modules/.installed');
  if (readText(stamp) === sha256(lock)) return;

  say(
    folder === TOOLS ? "Installing the tests' npm packages (about 950 MB)" : 'Installing npm packages (about 750 MB)',
  );
  const watch = setInterval(() => showProgress(folder, JSON.parse(lock)), 1000);
  try {
    // "npm ci" wants every optional package in the lock, also those for other systems that a registry may lack.
    const command = folder === TOOLS ? ['install', '--no-save'] : ['ci'];
    await run('npm', [...command, '--loglevel=error'], { cwd: folder, env: npmEnv() });
  } finally {
    clearInterval(watch);
  }
  writeFileSync(stamp, sha256(lock));
  say('  installed');
}

function showProgress(folder, { packages }) {
  const folders = Object.keys(packages).filter((name) => name && !packages[name].optional);
  const there = folders.filter((name) => existsSync(join(folder, name, 'package.json')));
  progress(`  ${there.length} of ${folders.length} packages`);
}

function npmEnv() {
  // npm deletes the folder that it installs into, and with it a node that would run it from there.
  const PATH = process.env.PATH.split(delimiter).filter((folder) => !folder.endsWith('node_modules/.bin'));
  return {
    ...process.env,
    PATH: PATH.join(delimiter),
    // Without a network npm would be silent for minutes before it says so.
    npm_config_fetch_retry_mintimeout: 1000,
    npm_config_fetch_retry_maxtimeout: 5000,
    // Every version is pinned, so what npm already has needs no question to the registry.
    npm_config_prefer_offline: true,
  };
}

/** Fails unless `node` is the one of our devDependency: without its install script the system's would take its place. */
export async function requireNode() {
  const version = await run('node', ['--version'], { env: projectEnv() });
  if (Number.parseInt(version.slice(1), 10) < NODE) {
    throw new Refusal(
      `The "node" package did not bring Node ${NODE}: ${version} answers. Were npm's install scripts turned off ` +
        '(ignore-scripts)? Turn them on, delete node_modules and start again.',
    );
  }
}
