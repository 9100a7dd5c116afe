import { isRead, refusal } from './sql-check.ts';
import { SqlError } from './sql-database.ts';
import type { SqlCall, SqlReply, SqlRequest } from './sql-rpc.ts';

/** A batch that ends each Worker that gets it must not go round all tabs. */
const MAX_SENDS = 3;

/** The way to the Worker that has the database open. */
export interface SqlLine {
  post(request: SqlRequest): void;
}

interface Pending {
  call: SqlCall;
  sends: number;
  resolve: (value: never) => void;
  reject: (error: SqlError) => void;
}

/** The calls of one page that have no answer yet. They outlive the line over which they were sent. */
export class SqlCalls {
  readonly #dbPath: string;
  readonly #pending = new Map<number, Pending>();
  #line: SqlLine | undefined;
  #count = 0;
  #whenIdle: (() => void)[] = [];

  constructor(dbPath: string) {
    this.#dbPath = dbPath;
  }

  get isIdle(): boolean {
    return this.#pending.size === 0;
  }

  add<T>(call: SqlCall): Promise<T> {
    return new Promise((resolve, reject) => {
      const id = ++this.#count;
      this.#pending.set(id, { call, sends: 0, resolve, reject });
      this.#send(id);
    });
  }

  /** Sends over `line` from here on, and at once what has no answer, in the order of the calls; over none it waits. */
  connect(line: SqlLine | undefined): void {
    this.#line = line;
    for (const id of [...this.#pending.keys()]) this.#send(id);
  }

  /** The answer to a call that is still pending, whoever gives it, is its answer. */
  settle(reply: SqlReply): void {
    const pending = this.#take(reply.id);
    if ('error' in reply) pending?.reject(new SqlError(reply.error.code, reply.error.message));
    else pending?.resolve(reply.value as never);
  }

  fail(error: SqlError): void {
    for (const id of [...this.#pending.keys()]) this.#take(id)?.reject(error);
  }

  /** Fails what was sent over some line and may have changed something there. */
  failSentChanges(error: SqlError): void {
    for (const [id, { call, sends }] of [...this.#pending]) {
      if (sends > 0 && changes(call)) this.#take(id)?.reject(error);
    }
  }

  /** Resolves once no call is pending. */
  async idle(): Promise<void> {
    if (!this.isIdle) await new Promise<void>((resolve) => this.#whenIdle.push(resolve));
  }

  #send(id: number): void {
    const pending = this.#pending.get(id);
    if (!this.#line || !pending) return;
    pending.sends += 1;
    try {
      if (pending.sends > MAX_SENDS) throw endlessError(this.#dbPath);
      this.#line.post({ ...pending.call, id });
    } catch (error) {
      const flaw = 'the bytes of a parameter have been transferred away, or cannot be copied';
      this.#take(id)?.reject(error instanceof SqlError ? error : refusal(this.#dbPath, flaw));
    }
  }

  #take(id: number): Pending | undefined {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    if (this.isIdle) for (const resolve of this.#whenIdle.splice(0)) resolve();
    return pending;
  }
}

function changes(call: SqlCall): boolean {
  return call.op === 'batch' && !call.statements.every(({ sql }) => isRead(sql));
}

function endlessError(dbPath: string): SqlError {
  return new SqlError(
    'io',
    `The database "${dbPath}" changed its owner ${MAX_SENDS} times during one call, which may be what ended them. A ` +
      'batch may have been written or not.',
  );
}
