import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createOpenAIServer } from 'agents-wasm/testing';
import { Miniflare, Response as WorkerResponse } from 'miniflare';

import { bundleWorker } from './bundle.ts';

export interface ServerEvent {
  n: number;
  type: string;
  data: any;
}

export interface AskOptions {
  user?: string | null;
  body?: unknown;
  headers?: Record<string, string>;
}

/** A tool that is at work in a worker until the test lets it answer. */
export interface Working {
  url: URL;
  answer(text: string): void;
}

/** A worker in workerd with its model and the places that its tools ask, which are here and outlive it. */
export class EdgeWorld {
  readonly #folder = mkdtempSync(join(tmpdir(), 'agents-wasm-edge-'));
  #worker: Miniflare | undefined;
  readonly model;
  /** What tools asked, in order. */
  readonly asked: string[] = [];
  readonly #working: Working[] = [];
  #arrival = () => {};
  #modelAsked = () => {};

  constructor(latency = 1) {
    this.model = createOpenAIServer({ requireKey: 'sk-worker-0123456789abcdef', latency });
  }

  async open(): Promise<this> {
    const entry = fileURLToPath(new URL('../runtimes/edge-agents-worker.ts', import.meta.url));
    await bundleWorker(entry, join(this.#folder, 'out'));
    this.start();
    return this;
  }

  start(): void {
    const out = join(this.#folder, 'out');
    this.#worker = new Miniflare({
      modules: true,
      modulesRules: [{ type: 'CompiledWasm', include: ['**/*.wasm'] }],
      modulesRoot: out,
      scriptPath: join(out, 'worker.js'),
      compatibilityDate: '2026-04-01',
      durableObjects: {
        CONVERSATIONS: { className: 'Conversations', useSQLite: true },
        BRIEF: { className: 'Brief', useSQLite: true },
        KEPT: { className: 'Kept', useSQLite: true },
      },
      durableObjectsPersist: join(this.#folder, 'objects'),
      outboundService: (request: unknown) => this.#serve(request as Request) as never,
    });
  }

  /** Ends workerd in good order, and starts it again on what it stored. */
  async restart(): Promise<void> {
    await this.#worker?.dispose();
    this.start();
  }

  /** Ends workerd as a power cut does, and starts it again on what it stored. */
  async kill(): Promise<void> {
    await this.#worker?.ready;
    const pids = childrenOf(process.pid);
    if (pids.length === 0) throw new Error('There is no workerd to kill.');
    for (const pid of pids) process.kill(pid, 'SIGKILL');
    await this.#worker?.dispose().catch(() => {});
    this.start();
  }

  async close(): Promise<void> {
    await this.#worker?.dispose();
    rmSync(this.#folder, { recursive: true });
  }

  async ask(method: string, path: string, { user = 'ann', body, headers = {} }: AskOptions = {}): Promise<Response> {
    const answer = await this.#worker?.dispatchFetch(`http://app.local${path}`, {
      method,
      headers: { ...(user !== null && { 'x-user': encodeURIComponent(user) }), ...headers },
      ...(body !== undefined && { body: bodyOf(body), duplex: 'half' }),
    });
    return answer as unknown as Response;
  }

  /** The members of an answer, and its status as `http`. */
  async json(method: string, path: string, options?: AskOptions): Promise<any> {
    const answer = await this.ask(method, path, options);
    const text = await answer.text();
    return { http: answer.status, ...JSON.parse(text || '{}') };
  }

  /** All events of an answer, to its end. */
  async events(method: string, path: string, options?: AskOptions): Promise<ServerEvent[]> {
    return allOf(await this.ask(method, path, options));
  }

  /** The next call of a tool. */
  async working(): Promise<Working> {
    while (this.#working.length === 0) await new Promise<void>((resolve) => (this.#arrival = resolve));
    return this.#working.shift() as Working;
  }

  /** Resolves when the model is asked next. */
  modelAsked(): Promise<void> {
    return new Promise((resolve) => {
      this.#modelAsked = resolve;
    });
  }

  async #serve(request: Request): Promise<WorkerResponse> {
    const url = new URL(request.url);
    if (url.hostname === 'tools') {
      this.asked.push(`${url.pathname}${url.search}`);
      return new Promise((resolve) => {
        this.#working.push({ url, answer: (text) => resolve(new WorkerResponse(text)) });
        this.#arrival();
      });
    }
    this.#modelAsked();
    const { method, headers } = request;
    const answer = await this.model.fetch(request.url, {
      method,
      headers: Object.fromEntries(headers),
      body: await request.text(),
    });
    return new WorkerResponse(answer.body as never, {
      status: answer.status,
      headers: Object.fromEntries(answer.headers),
    });
  }
}

export async function* eventsOf(answer: Response): AsyncGenerator<ServerEvent, void, void> {
  if (answer.status !== 200) throw new Error(`${answer.status}: ${await answer.text()}`);
  let text = '';
  const decoder = new TextDecoder();
  for await (const bytes of answer.body as ReadableStream<Uint8Array>) {
    text += decoder.decode(bytes, { stream: true });
    const parts = text.split('\n\n');
    text = parts.pop() as string;
    for (const part of parts) {
      const lines = part.split('\n').filter((line) => !line.startsWith(':'));
      if (lines.length === 0) continue;
      const fields = Object.fromEntries(lines.map((line) => line.split(/: (.*)/s)));
      yield { n: Number(fields.id), type: fields.event, data: JSON.parse(fields.data) };
    }
  }
}

/** All events of an answer, to its end. */
export async function allOf(answer: Response): Promise<ServerEvent[]> {
  const events: ServerEvent[] = [];
  for await (const event of eventsOf(answer)) events.push(event);
  return events;
}

/** What a client has of the answer that is being written, when it takes snapshots in the place of what it had. */
export const textOf = (events: ServerEvent[]): string =>
  events.reduce((text, { type, data }) => {
    if (type === 'answer') return '';
    if (type === 'snapshot') return data.text;
    return type === 'text' ? text + data.text : text;
  }, '');

function bodyOf(body: unknown): any {
  return typeof body === 'string' || body instanceof ReadableStream ? body : JSON.stringify(body);
}

/** The workerd processes that this one started. */
function childrenOf(pid: number): number[] {
  const tasks = readdirSync(`/proc/${pid}/task`);
  const children = tasks.flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').trim().split(' '),
  );
  return children.filter((child) => child !== '' && isWorkerd(child)).map(Number);
}

function isWorkerd(pid: string): boolean {
  return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')[0]?.endsWith('workerd') ?? false;
}
