import { SqlError } from './bridges/sql-database.ts';
import { messageOf } from './check.ts';
import {
  type AgentsError,
  APIError,
  type ErrorDetail,
  errorFrom,
  AgentsError as Failure,
  UserError,
} from './errors.ts';
import type { EmbindModule } from './wasm/core.js';

/** What crosses the border in either direction: a short JSON value, and bytes. */
export interface Message {
  // biome-ignore lint/suspicious/noExplicitAny: the shape is the operation's, known at both of its ends
  head: any;
  body: Uint8Array;
}

export type Reply = { head?: unknown; body?: Uint8Array } | undefined;

/** Does for the core what only JavaScript can. It may throw. */
export type Handler = (message: Message, ticket: Ticket) => Promise<Reply> | Reply;

// biome-ignore lint/suspicious/noExplicitAny: as in Message
export type Listener = (head: any) => void;

/** The JavaScript side of one instance. */
export interface Host {
  readonly handlers: Readonly<Record<string, Handler>>;
  /** Hears what the core tells without waiting for an answer. They must not throw. */
  readonly listeners: Readonly<Record<string, Listener>>;
  /** The core does not need any more what it was given under this ticket. */
  release(ticket: number): void;
  /** The instance is gone, and with it all that it held open. */
  end(): void;
}

/** Something that the core asked for. */
export class Ticket {
  readonly id: number;
  #controller: AbortController | undefined;

  constructor(id: number) {
    this.id = id;
  }

  /** Aborted when the core needs it no more. Made when it is asked for: most handlers never do, and it is slow to make. */
  get controller(): AbortController {
    this.#controller ??= new AbortController();
    return this.#controller;
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  abandon(): void {
    this.#controller?.abort();
  }
}

/** How a call ended. One that failed may bring a body too. */
export interface Settled extends Message {
  error: AgentsError | undefined;
}

interface Pending {
  resolve(settled: Settled): void;
  reject(error: AgentsError): void;
}

type CoreDetail = ErrorDetail & { cause?: number };

const NOTHING = new Uint8Array();
// Causes of failures that the core got over are never asked for; the newest are enough.
const KEPT_CAUSES = 32;

/**
 * One instance of the WebAssembly core. Nothing throws across the border in either direction, and no code of the
 * caller's runs on a C++ stack: handlers start one microtask after the core asked.
 */
export class Core {
  readonly #raw: EmbindModule;
  readonly #host: Host;
  readonly #calls = new Map<number, Pending>();
  readonly #tickets = new Map<number, Ticket>();
  readonly #causes = new Map<number, unknown>();
  // Over all instances: a run of a dead one must not be taken for one of its successor.
  static #lastId = 0;
  #death: AgentsError | undefined;

  constructor(raw: EmbindModule, host: Host) {
    this.#raw = raw;
    this.#host = host;
    raw.connect({
      request: (id: number, operation: string, head: string, body: Uint8Array | undefined) => {
        void this.#serve(new Ticket(id), operation, { head, body: body ?? NOTHING });
      },
      tell: (operation: string, head: string) => {
        queueMicrotask(() => host.listeners[operation]?.(JSON.parse(head)));
      },
      abandon: (id: number) => {
        const ticket = this.#tickets.get(id);
        this.#tickets.delete(id);
        // Both run code that is not ours, which must not find the core on the stack.
        queueMicrotask(() => (ticket ? ticket.abandon() : host.release(id)));
      },
      settle: (id: number, ok: boolean, head: string, body: Uint8Array | undefined) => {
        this.#settle(id, ok, head, body);
      },
    });
  }

  /** Whether the instance failed; a dead core rejects every call. */
  get dead(): boolean {
    return this.#death !== undefined;
  }

  newId(): number {
    return ++Core.#lastId;
  }

  /** Asks the core for an operation. */
  async call(operation: string, head: unknown, body: Uint8Array = NOTHING): Promise<Message> {
    const settled = await this.settled(operation, head, body, this.newId());
    if (settled.error) throw settled.error;
    return settled;
  }

  /** As `call`, but it fails only where the instance fails. */
  settled(operation: string, head: unknown, body: Uint8Array, id: number): Promise<Settled> {
    return new Promise((resolve, reject) => {
      if (this.#death) throw this.#death;
      // Before the instance is entered: what cannot be written is the caller's mistake and no failure of the instance.
      const text = headText(head);
      this.#calls.set(id, { resolve, reject });
      this.#enter(() => this.#raw.call(id, operation, text, body));
    });
  }

  /** What is alive in the core, for tests of leaks. */
  stats(): { tickets: number; calls: number; sessions: number; runs: number } {
    return JSON.parse(this.#raw.stats());
  }

  async #serve(ticket: Ticket, operation: string, message: Message): Promise<void> {
    this.#tickets.set(ticket.id, ticket);
    await undefined;
    if (!this.#tickets.has(ticket.id)) return;
    try {
      const handler = this.#host.handlers[operation];
      if (!handler) throw new Failure('internal', `There is no handler for '${operation}'.`);
      const reply = await handler({ head: JSON.parse(message.head), body: message.body }, ticket);
      this.#reply(ticket, true, reply?.head ?? null, reply?.body);
    } catch (error) {
      this.#reply(ticket, false, this.#describe(error));
    }
  }

  #reply({ id }: Ticket, ok: boolean, head: unknown, body: Uint8Array = NOTHING): void {
    // Abandoned while it was answered: what the answer holds open is not needed either.
    if (!this.#tickets.delete(id)) {
      this.#host.release(id);
      return;
    }
    this.#enter(() => this.#raw.reply(id, ok, headText(head), body));
  }

  #describe(error: unknown): { code: string; message: string; detail: object } {
    const cause = this.newId();
    this.#causes.set(cause, error);
    if (this.#causes.size > KEPT_CAUSES) this.#causes.delete(this.#causes.keys().next().value as number);
    return { code: codeOf(error), message: messageOf(error), detail: { cause, ...retryHints(error) } };
  }

  #settle(id: number, ok: boolean, head: string, body: Uint8Array | undefined): void {
    const pending = this.#calls.get(id);
    this.#calls.delete(id);
    const value = head === '' ? null : JSON.parse(head);
    pending?.resolve({ head: value, body: body ?? NOTHING, error: ok ? undefined : this.#errorFrom(value) });
  }

  #errorFrom({ code, message, detail = {} }: { code: string; message: string; detail?: CoreDetail }): AgentsError {
    const cause = this.#causes.get(detail.cause ?? 0);
    // A failure of ours that only passed through the core is the error itself. It has no name for some.
    if (isA(Failure, cause) && (cause.code === code || code === 'internal')) return cause;
    return errorFrom(code, message, detail, cause === undefined ? undefined : { cause });
  }

  /** A trap leaves the instance in an unknown state: it is dropped, and nothing of it is used again. */
  #enter(step: () => void): void {
    try {
      step();
    } catch (cause) {
      this.#death = new Failure('internal', 'The WebAssembly instance failed and was dropped.', { cause });
      for (const pending of this.#calls.values()) pending.reject(this.#death);
      for (const ticket of this.#tickets.values()) ticket.abandon();
      this.#calls.clear();
      this.#tickets.clear();
      this.#host.end();
    }
  }
}

/** What the core decides by whether to try again. */
function retryHints(error: unknown): object {
  if (!isA(APIError, error)) return {};
  const { status, apiCode: code, retryAfterMs, shouldRetry } = error;
  return { status, code, retryAfterMs, shouldRetry };
}

/** What was thrown may be a proxy, which may throw when it is asked what it is. */
function isA<Kind>(kind: new (...args: never[]) => Kind, thrown: unknown): thrown is Kind {
  try {
    return thrown instanceof kind;
  } catch {
    return false;
  }
}

function codeOf(error: unknown): string {
  if (isA(Failure, error)) return error.code;
  if (!isA(SqlError, error)) return 'callback_failed';
  return error.code === 'invalid' ? 'invalid_argument' : error.code;
}

/** Heads are parsed by a strict reader: a lone surrogate becomes U+FFFD, as it would in any request. */
function headText(head: unknown): string {
  let text: string;
  try {
    text = JSON.stringify(head);
  } catch (cause) {
    throw new UserError('invalid_argument', `An option cannot be written as JSON: ${messageOf(cause)}.`, { cause });
  }
  if (!/\\ud[89a-f]/i.test(text)) return text;
  return JSON.stringify(head, (_, value) => (typeof value === 'string' ? value.toWellFormed() : value));
}
