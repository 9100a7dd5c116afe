import { SqlError } from './sql-database.ts';
import type { SqlNews, SqlOpened, SqlOrder, SqlReply, SqlRequest } from './sql-rpc.ts';

/** A script that loads but never says hello is not ours: another file, or a page that answers every address. */
const HELLO_TIMEOUT = 30_000;

export interface SqlLeaderOptions {
  dbPath: string;
  workerUrl?: string | URL;
  wasmUrl?: string | URL;
  image?: Uint8Array;
}

export interface SqlLeaderEvents {
  opened(opened: SqlOpened): void;
  /** May come after `leave()` too. */
  reply(reply: SqlReply): void;
  /** The Worker could not start or open the database, or has ended unasked; once, and not after `leave()`. */
  lost(error: SqlError): void;
}

/** A page's end of a Worker of its own, which opens the database. */
export class SqlLeader {
  readonly #options: SqlLeaderOptions;
  readonly #events: SqlLeaderEvents;
  readonly #worker: Worker;
  readonly #watch = new AbortController();
  readonly #helloTimer: ReturnType<typeof setTimeout>;
  readonly #gone: Promise<void>;
  #setGone = () => {};
  #saidHello = false;
  #isLeaving = false;

  constructor(options: SqlLeaderOptions, events: SqlLeaderEvents) {
    this.#options = options;
    this.#events = events;
    this.#gone = new Promise((resolve) => {
      this.#setGone = resolve;
    });
    this.#worker = startWorker(options);
    this.#worker.onmessage = ({ data }: MessageEvent<SqlNews | SqlReply>) => this.#hear(data);
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.#end(this.#saidHello ? deathError(options.dbPath) : scriptError(options));
    };
    this.#helloTimer = setTimeout(() => this.#end(scriptError(options)), HELLO_TIMEOUT);
    const { dbPath, wasmUrl, image } = options;
    this.post({ op: 'open', dbPath, wasmUrl: wasmUrl && new URL(wasmUrl, globalThis.location.href).href, image });
  }

  post(message: SqlRequest | SqlOrder): void {
    this.#worker.postMessage(message);
  }

  /** Ends the Worker after the requests before this. */
  leave(): Promise<void> {
    if (!this.#isLeaving) this.post({ op: 'close' });
    this.#isLeaving = true;
    return this.#gone;
  }

  /** Ends the Worker at once, even in the middle of a batch, which is then written whole or not at all. */
  abandon(): void {
    this.#isLeaving = true;
    this.#end(deathError(this.#options.dbPath));
  }

  #hear(message: SqlNews | SqlReply): void {
    if ('life' in message) this.#greet(message.life);
    else if ('failed' in message) this.#end(new SqlError(message.failed.code, message.failed.message));
    else if ('closed' in message) this.#end(deathError(this.#options.dbPath));
    else if (!('opened' in message)) this.#events.reply(message);
    else if (!this.#isLeaving) this.#events.opened(message.opened);
  }

  /** Browsers do not tell when a Worker ends, but its lock comes free. */
  #greet(life: string | undefined): void {
    this.#saidHello = true;
    clearTimeout(this.#helloTimer);
    if (!life) return;
    const whenDead = () => this.#end(deathError(this.#options.dbPath));
    navigator.locks.request(life, { signal: this.#watch.signal }, whenDead).catch(() => undefined);
  }

  #end(error: SqlError): void {
    clearTimeout(this.#helloTimer);
    this.#watch.abort();
    this.#worker.terminate();
    this.#setGone();
    if (!this.#isLeaving) this.#events.lost(error);
    this.#isLeaving = true;
  }
}

/** Bundlers find the script of the Worker by this expression, in exactly this form, and only here. */
function startWorker({ dbPath, workerUrl }: SqlLeaderOptions): Worker {
  try {
    return workerUrl
      ? new Worker(workerUrl, { type: 'module' })
      : new Worker(new URL('./sqlite-worker.js', import.meta.url), { type: 'module' });
  } catch {
    throw scriptError({ dbPath, ...(workerUrl && { workerUrl }) });
  }
}

function scriptError({ dbPath, workerUrl }: SqlLeaderOptions): SqlError {
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
