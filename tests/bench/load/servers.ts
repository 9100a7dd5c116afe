import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Miniflare } from 'miniflare';

import { bundleWorker } from '../../support/bundle.ts';
import { collectGarbageAt } from './inspector.ts';
import { childrenOf } from './processes.ts';
import type { SideName } from './setting.ts';

/** A side that answers on loopback, in a process of its own. */
export interface Server {
  /** Without a slash at the end. */
  url: string;
  pid: number;
  /** Where it keeps what it keeps. */
  folder: string;
  /** Throws away what is not used any more, and tells the bytes of what remains in the heap. */
  collectGarbage(): Promise<number>;
  close(): Promise<void>;
}

export interface WorkerdOptions {
  /** The class of the objects. Default `Conversations`. */
  className?: string;
  /** Has a database of D1 in the place of objects. */
  d1?: boolean;
  /** Without, garbage cannot be collected by hand. */
  inspected?: boolean;
}

type WorkerName = SideName | 'd1';
/** What the peer loads when it starts a program, which workerd cannot. */
const UNUSED = ['@modelcontextprotocol/client/stdio'];

export async function startWorkerd(
  name: WorkerName,
  folder: string,
  { className = 'Conversations', d1 = false, inspected = false }: WorkerdOptions = {},
): Promise<Server> {
  const out = join(folder, 'out');
  const stored = join(folder, 'stored');
  await bundleWorker(join(import.meta.dirname, `worker-${name}.ts`), out, UNUSED);
  const others = childrenOf(process.pid);
  const worker = new Miniflare({
    modules: modulesIn(out),
    modulesRoot: out,
    compatibilityDate: '2026-04-01',
    // For the peer.
    compatibilityFlags: ['nodejs_compat'],
    ...(d1 ? { d1Databases: ['DATABASE'], d1Persist: stored } : objectsOf(name, className, stored)),
    // Past the worker that Miniflare puts before ours.
    ...(inspected && { inspectorPort: 0 }),
    unsafeDirectSockets: [{ host: '127.0.0.1', port: 0 }],
  });
  const { origin } = await worker.unsafeGetDirectURL();
  const pid = childrenOf(process.pid).find((child) => !others.includes(child));
  if (pid === undefined) {
    await worker.dispose();
    throw new Error('There is no process of workerd.');
  }
  const collectGarbage = async () => {
    const { href } = await worker.getInspectorURL();
    return collectGarbageAt(href, () => fetch(`${origin}/nothing`).catch(() => {}));
  };
  return { url: origin, pid, folder: stored, collectGarbage, close: () => worker.dispose() };
}

/** Named one by one, since Miniflare would look for all that is imported. */
function modulesIn(out: string) {
  const wasm = readdirSync(out).filter((file) => file.endsWith('.wasm'));
  const script = { type: 'ESModule' as const, path: join(out, 'worker.js') };
  return [script, ...wasm.map((file) => ({ type: 'CompiledWasm' as const, path: join(out, file) }))];
}

function objectsOf(name: WorkerName, className: string, stored: string) {
  const useSQLite = name === 'durable';
  return { durableObjects: { CONVERSATIONS: { className, useSQLite } }, durableObjectsPersist: stored };
}

export async function startNode(name: SideName, folder: string): Promise<Server> {
  mkdirSync(folder, { recursive: true });
  const child = fork(join(import.meta.dirname, 'node-server.ts'), [name, join(folder, 'conversations.db')], {
    execArgv: ['--expose-gc', '--disable-warning=ExperimentalWarning'],
  });
  const failed = once(child, 'exit').then(() => {
    throw new Error('The server in Node did not start.');
  });
  const [port] = await Promise.race([once(child, 'message'), failed]);
  failed.catch(() => {});
  const close = async () => {
    child.disconnect();
    await once(child, 'exit');
  };
  const url = `http://127.0.0.1:${port}`;
  const collectGarbage = async () => Number(await (await fetch(`${url}/gc`)).text());
  return { url, pid: child.pid as number, folder, collectGarbage, close };
}
