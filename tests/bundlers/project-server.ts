import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

import type { TestServer } from '../support/server.ts';
import type { Project } from './project.ts';

/** Starts a server of the project's by its command line, and waits for the address that it prints. */
export async function startServer({ folder, env }: Project, command: string): Promise<TestServer> {
  // A group of its own, since the shell and what it starts have to end together.
  const child = spawn('sh', ['-c', command], { cwd: folder, env, detached: true });
  const ended = new Promise<void>((end) => child.once('close', () => end()));
  const close = async () => {
    if (child.exitCode === null && child.signalCode === null) process.kill(-(child.pid as number), 'SIGKILL');
    await ended;
  };
  const written: string[] = [];
  child.stderr.on('data', (text) => written.push(String(text)));
  for await (const line of createInterface(child.stdout)) {
    written.push(line);
    const [address] = /http:\/\/[\w.]+:\d+/.exec(line) ?? [];
    if (address) {
      child.stdout.resume();
      return { url: `${address}/`, close };
    }
  }
  await close();
  throw new Error(`"${command}" ended without an address:\n${written.join('\n')}`);
}
