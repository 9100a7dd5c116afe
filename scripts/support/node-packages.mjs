import { writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

import { Refusal, say } from './console.mjs';
import { ROOT, readText, sha256 } from './folders.mjs';
import { run, runHere } from './run.mjs';

const BIN = join(ROOT, 'node_modules/.bin');
const NODE = 24;

/** This environment, with the programs of our own packages first on the PATH, whoever started us. */
export const projectEnv = (more = {}) => ({ ...process.env, PATH: `${BIN}${delimiter}${process.env.PATH}`, ...more });

/** Installs what package-lock.json lists when it has not been, or when the list has changed since. */
export async function installPackages() {
  const lock = sha256(readText(join(ROOT, 'package-lock.json')));
  const stamp = join(ROOT, 'node_modules/.installed');
  if (readText(stamp) === lock) return;

  say('Installing npm packages (about 750 MB)');
  // npm deletes the folder that it installs into, and with it a node that would run it from there.
  const PATH = process.env.PATH.split(delimiter)
    .filter((folder) => !folder.endsWith('node_modules/.bin'))
    .join(delimiter);
  const code = await runHere('npm', ['ci', '--loglevel=error'], { cwd: ROOT, env: { ...process.env, PATH } });
  if (code !== 0) throw new Refusal('"npm ci" failed; its own words above say why. Start again when that is mended.');
  writeFileSync(stamp, lock);
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
