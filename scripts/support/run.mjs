import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';

import { Refusal } from './console.mjs';

/** The full path of a program, or undefined. */
export function which(name, path = process.env.PATH) {
  for (const folder of path.split(delimiter)) {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return join(folder, name);
    } catch {}
  }
}

/**
 * Runs a program to its end and returns its standard output. `onLine` sees each line as it comes. Fails with a
 * sentence for a full disk or a missing network.
 */
export async function run(program, args, { cwd, env = process.env, onLine } = {}) {
  const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const output = [];
  const errors = [];
  const read = async (stream, keep) => {
    for await (const line of createInterface({ input: stream })) {
      keep.push(line);
      onLine?.(line);
    }
  };
  const ended = new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
  const [code] = await Promise.all([
    ended.catch((error) => Promise.reject(unstartable(program, error))),
    read(child.stdout, output),
    read(child.stderr, errors),
  ]);
  if (code !== 0) throw explain(program, args, code, [...output, ...errors]);
  return output.join('\n');
}

/** Runs a program on this terminal and returns its exit code. Who ends us ends it. */
export function runHere(program, args, options = {}) {
  const child = spawn(program, args, { stdio: 'inherit', ...options });
  const pass = () => child.kill('SIGTERM');
  process.once('SIGTERM', pass);
  return new Promise((resolve, reject) =>
    child
      .on('error', (error) => reject(unstartable(program, error)))
      .on('close', (code, signal) => resolve(signal ? 1 : code)),
  ).finally(() => process.off('SIGTERM', pass));
}

const unstartable = (program, error) =>
  error.code === 'ENOENT' ? new Refusal(`The program "${program}" is needed and was not found.`) : error;

const CAUSES = [
  [/no space left|ENOSPC|disk quota|EDQUOT/i, 'the disk is full'],
  [/read-only file system|EROFS|permission denied|EACCES/i, 'a folder cannot be written'],
  [
    /could not resolve|temporary failure|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ENETUNREACH|ETIMEDOUT|could(n't| not) connect|network|failed to fetch/i,
    'the network cannot be reached',
  ],
  [
    /NO_PUBKEY|not signed|invalid signature|hash sum mismatch|EINTEGRITY/i,
    'a download did not pass its signature check',
  ],
];

function explain(program, args, code, lines) {
  const text = lines.join('\n');
  const cause = CAUSES.find(([pattern]) => pattern.test(text))?.[1];
  const last = lines.filter(Boolean).slice(-20).join('\n  ');
  return new Refusal(
    `"${program} ${args.find((arg) => !arg.startsWith('-')) ?? ''}" failed${cause ? `: ${cause}` : ` with code ${code}`}. It said:\n  ${last}`,
  );
}
