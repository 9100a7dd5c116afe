import { closedError, refusal } from './sql-check.ts';
import { SqlError } from './sql-database.ts';
import type { SqlCall, SqlHello, SqlReply } from './sql-rpc.ts';

/** A script that loads but never says hello is not ours: another file, or a page that answers every address. */
const HELLO_TIMEOUT = 30_000;

interface Pending {
  resolve: (value: never) => void;
  reject: (error: SqlError) => void;
}

/** The page's end of one Worker: calls with replies, and an end that nobody waits for in vain. */
export class SqlClient {
  readonly #dbPath: string;
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  readonly #watch = new AbortController();
  readonly #helloTimer: ReturnType<typeof setTimeout>;
  #calls = 0;
  #saidHello = false;
  #end: SqlError | undefined;

  constructor(dbPath: string, workerUrl?: string | URL) {
    const blocked = () => scriptError(dbPath, workerUrl);
    this.#dbPath = dbPath;
    this.#worker = startWorker(blocked, workerUrl);
    this.#worker.onmessage = ({ data }: MessageEvent<SqlHello | SqlReply>) => {
      if ('hello' in data) this.#greet(data.hello.life);
      else this.#settle(data);
    };
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.#stop(this.#saidHello ? deathError(dbPath) : blocked());
    };
    this.#helloTimer = setTimeout(() => this.#stop(blocked()), HELLO_TIMEOUT);
  }

  /** Whether every further call fails. */
  get isOver(): boolean {
    return this.#end !== undefined;
  }

  /** Sends a request. The buffers in `transfer` go to the Worker. */
  call<T>(request: SqlCall, transfer: ArrayBuffer[] = []): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#end) return reject(this.#end);
      const id = ++this.#calls;
      try {
        this.#worker.postMessage({ ...request, id }, transfer);
        this.#pending.set(id, { resolve, reject });
      } catch {
        reject(refusal(this.#dbPath, 'the bytes of a parameter have been transferred away, or cannot be'));
      }
    });
  }

  /** Ends the Worker after the calls before this one. */
  async close(): Promise<void> {
    try {
      await this.call({ op: 'close' });
    } catch {
      // A Worker that has died has closed its files too.
    }
    this.#stop(closedError(this.#dbPath));
  }

  #settle(reply: SqlReply): void {
    const pending = this.#pending.get(reply.id);
    this.#pending.delete(reply.id);
    if ('error' in reply) pending?.reject(new SqlError(reply.error.code, reply.error.message));
    else pending?.resolve(reply.value as never);
  }

  /** Browsers do not tell when a Worker ends, but its lock comes free. */
  #greet(life: string | undefined): void {
    this.#saidHello = true;
    clearTimeout(this.#helloTimer);
    if (!life) return;
    const whenDead = () => this.#stop(deathError(this.#dbPath));
    navigator.locks.request(life, { signal: this.#watch.signal }, whenDead).catch(() => undefined);
  }

  #stop(error: SqlError): void {
    if (this.#end) return;
    this.#end = error;
    clearTimeout(this.#helloTimer);
    this.#watch.abort();
    this.#worker.terminate();
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
  }
}

/** Bundlers find the script of the Worker by this expression, in exactly this form, and only here. */
function startWorker(blocked: () => SqlError, workerUrl?: string | URL): Worker {
  try {
    return workerUrl
      ? new Worker(workerUrl, { type: 'module' })
      : new Worker(new URL('./sqlite-worker.js', import.meta.url), { type: 'module' });
  } catch {
    throw blocked();
  }
}

function scriptError(dbPath: string, workerUrl?: string | URL): SqlError {
  const script = workerUrl ?? `sqlite-worker.js beside ${import.meta.url}`;
  return new SqlError(
    'unsupported',
    `The database "${dbPath}" needs a Worker, whose script (${script}) could not be started. Serve it from the page's ` +
      'own origin as JavaScript, or set workerUrl, and allow it in worker-src where there is a content security policy.',
  );
}

function deathError(dbPath: string): SqlError {
  return new SqlError(
    'io',
    `The Worker of the database "${dbPath}" has ended. Every batch that resolved is safe; one that was under way may ` +
      'have been written or not. Open the database again.',
  );
}
