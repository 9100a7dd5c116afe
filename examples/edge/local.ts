// Runs the worker on this machine, in the runtime that Cloudflare uses, without an account or a key.
import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { createOpenAIServer } from 'agents-wasm/testing';
import { build } from 'esbuild';
import { Miniflare, Response as WorkerResponse } from 'miniflare';

export interface LocalOptions {
  /** Where the bundle and the conversations go. */
  folder: string;
  port: number;
  /** Without a key the offline model answers. */
  env: Record<string, string | undefined>;
}

const HERE = fileURLToPath(new URL('.', import.meta.url));
const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
};

/** Bundles the worker as wrangler does and starts it on loopback. `dispose` ends it; what was said stays in the folder. */
export async function startLocal({ folder, port, env }: LocalOptions): Promise<Miniflare> {
  const out = join(folder, 'bundle');
  await build({
    entryPoints: { worker: join(HERE, 'worker.ts') },
    outdir: out,
    bundle: true,
    format: 'esm',
    target: 'es2022',
    conditions: ['workerd', 'worker', 'browser'],
    loader: { '.wasm': 'copy' },
    external: ['node:*', 'cloudflare:*'],
    tsconfigRaw: {},
    logLevel: 'warning',
  });
  const { OPENAI_API_KEY, OPENAI_BASE_URL, OPENAI_MODEL } = env;
  const offline = createOpenAIServer({ latency: 25 });
  const worker = new Miniflare({
    host: '127.0.0.1',
    port,
    modules: true,
    modulesRules: [{ type: 'CompiledWasm', include: ['**/*.wasm'] }],
    modulesRoot: out,
    scriptPath: join(out, 'worker.js'),
    compatibilityDate: '2026-04-01',
    durableObjects: { CONVERSATIONS: { className: 'Conversations', useSQLite: true } },
    durableObjectsPersist: join(folder, 'conversations'),
    serviceBindings: { ASSETS: (request: { url: string }) => file(new URL(request.url).pathname) as never },
    bindings: {
      OPENAI_API_KEY: OPENAI_API_KEY ?? 'none',
      ...(OPENAI_BASE_URL && { OPENAI_BASE_URL }),
      ...(OPENAI_MODEL && { OPENAI_MODEL }),
    },
    ...(!OPENAI_API_KEY && { outboundService: (request: unknown) => ask(request as Request) as never }),
  });
  await worker.ready;
  return worker;

  async function ask(request: Request): Promise<WorkerResponse> {
    const { url, method, headers } = request;
    const answer = await offline.fetch(url, {
      method,
      headers: Object.fromEntries(headers),
      body: await request.text(),
    });
    const init = { status: answer.status, headers: Object.fromEntries(answer.headers) };
    return new WorkerResponse(answer.body as never, init);
  }
}

/** A file of the page, by a name of one piece. */
async function file(pathname: string): Promise<WorkerResponse> {
  const name = pathname === '/' ? 'index.html' : pathname.slice(1);
  const type = TYPES[extname(name)];
  const bytes =
    type && /^[\w-]+\.\w+$/.test(name) && (await readFile(join(HERE, 'public', name)).catch(() => undefined));
  if (!bytes) return new WorkerResponse('Not found.', { status: 404, headers: { 'content-type': 'text/plain' } });
  return new WorkerResponse(bytes, { headers: { 'content-type': type } });
}

async function main(): Promise<void> {
  const { PORT = '8788', OPENAI_API_KEY } = process.env;
  const folder = fileURLToPath(new URL('../../build/edge', import.meta.url));
  const worker = await startLocal({ folder, port: Number(PORT), env: process.env });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void worker.dispose());
  const who = OPENAI_API_KEY
    ? 'the model of your key speaks'
    : 'the offline demo model speaks (set OPENAI_API_KEY for a real one)';
  console.log(`${(await worker.ready).href} — ${who}. Ctrl-C stops it.`);
}

if (import.meta.main) await main();
