import { kindOf, messageOf } from '../check.ts';
import type { Message, Reply, Ticket } from '../core.ts';
import { type AgentsError, errorFrom } from '../errors.ts';
import type { OpenAISettings } from '../openai.ts';

/** What the core reads of an answer's headers. */
const HEADERS = ['content-type', 'x-request-id', 'x-should-retry', 'retry-after-ms', 'retry-after'];

interface OpenBody {
  api: OpenAISettings;
  reader: ReadableStreamDefaultReader<Uint8Array>;
  silence: Silence;
}

/**
 * The way to the network: one `fetch` for each request of the core, its body whole or piece by piece. The core names
 * path and body; address and key stay on this side.
 */
export class FetchBridge {
  readonly #bodies = new Map<number, OpenBody>();

  async fetch({ head, body }: Message, api: OpenAISettings, ticket: Ticket): Promise<Reply> {
    const silence = new Silence(api.timeout, ticket.controller);
    try {
      const response = await silence.limit(
        api.fetch(`${api.baseURL}${head.path}`, {
          method: head.method,
          headers: requestHeaders(api, head.retryCount),
          // fetch refuses one of a GET, however empty.
          ...(body.length === 0 ? {} : { body: body as Uint8Array<ArrayBuffer> }),
          signal: silence.signal,
        }),
      );
      const answer = { status: response.status, headers: answerHeaders(response), streamed: false };
      if (head.stream && response.ok && response.body && isEventStream(response)) {
        this.#bodies.set(ticket.id, { api, reader: response.body.getReader(), silence });
        return { head: { ...answer, streamed: true } };
      }
      const bytes = new Uint8Array(await silence.limit(response.arrayBuffer()));
      return { head: answer, body: response.ok ? bytes : withoutKey(bytes, api.apiKey) };
    } catch (error) {
      throw connectionError(error, api);
    }
  }

  /** The next piece of a body; nothing at its end. */
  async read({ head }: Message, ticket: Ticket): Promise<Reply> {
    const open = this.#bodies.get(head.body);
    if (!open) return undefined;
    try {
      const { done, value } = await open.silence.limit(open.reader.read());
      if (done) {
        this.close(head.body);
        return undefined;
      }
      if (!(value instanceof Uint8Array)) throw new TypeError(`a piece of its body is ${kindOf(value)}`);
      return value.length === 0 ? this.read({ head, body: value }, ticket) : { body: value };
    } catch (error) {
      this.close(head.body);
      throw connectionError(error, open.api);
    }
  }

  /** Ends the request whose body this is. */
  close(ticket: number): void {
    const open = this.#bodies.get(ticket);
    if (!open) return;
    this.#bodies.delete(ticket);
    open.silence.end();
    // It may be that of a `fetch` of the caller's, and throw at once.
    Promise.resolve()
      .then(() => open.reader.cancel())
      .catch(() => {});
  }

  closeAll(): void {
    for (const ticket of [...this.#bodies.keys()]) this.close(ticket);
  }
}

/** Ends what has been silent for too long, or is not wanted any more, even if the `fetch` at hand ignores its signal. */
export class Silence {
  readonly #controller: AbortController;
  readonly #ms: number;

  constructor(ms: number, controller: AbortController) {
    this.#ms = ms;
    this.#controller = controller;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  async limit<T>(work: Promise<T>): Promise<T> {
    let onAbort = () => {};
    const ended = new Promise<never>((_, reject) => {
      onAbort = () => reject(this.signal.reason);
    });
    this.signal.addEventListener('abort', onAbort);
    const timer = setTimeout(() => this.#controller.abort(new SilenceError()), this.#ms);
    // What loses the race has nobody to tell of its failure.
    work.catch(() => {});
    try {
      this.signal.throwIfAborted();
      return await Promise.race([work, ended]);
    } finally {
      clearTimeout(timer);
      this.signal.removeEventListener('abort', onAbort);
    }
  }

  end(): void {
    this.#controller.abort();
  }
}

class SilenceError extends Error {}

export function requestHeaders(api: OpenAISettings, retryCount: number): Record<string, string> {
  return {
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
    ...(api.apiKey ? { authorization: `Bearer ${api.apiKey}` } : {}),
    ...(retryCount > 0 ? { 'x-stainless-retry-count': String(retryCount) } : {}),
    ...lowerCased(api.headers),
  };
}

/** Otherwise `Authorization` would come beside our `authorization`, and fetch would send both as one. */
function lowerCased(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

/** Those that somebody here reads; `retry-after` in seconds. */
export function answerHeaders(response: Response): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of HEADERS) {
    const value = response.headers.get(name);
    if (value !== null) found[name] = name === 'retry-after' ? seconds(value) : value;
  }
  return found;
}

/** `retry-after` may be a date; the core counts in seconds. */
function seconds(retryAfter: string): string {
  const date = /^\s*\d/.test(retryAfter) ? Number.NaN : Date.parse(retryAfter);
  return Number.isNaN(date) ? retryAfter : String(Math.max(0, (date - Date.now()) / 1000));
}

function isEventStream(response: Response): boolean {
  const type = response.headers.get('content-type') ?? '';
  return !type.includes('json') && !type.startsWith('text/html');
}

/** Some servers repeat the key they refuse. */
export function withoutKey(bytes: Uint8Array, apiKey: string | undefined): Uint8Array {
  if (!apiKey) return bytes;
  const text = new TextDecoder().decode(bytes);
  return text.includes(apiKey) ? new TextEncoder().encode(text.replaceAll(apiKey, '…')) : bytes;
}

export function connectionError(error: unknown, api: OpenAISettings): AgentsError {
  const { host } = new URL(api.baseURL);
  if (error instanceof SilenceError) {
    return errorFrom('api_connection_timeout', `Nothing came from ${host} for as long as timeout allows.`, {});
  }
  const reason = messageOf(error);
  const told = api.apiKey ? reason.replaceAll(api.apiKey, '…') : reason;
  // A cause that repeats the key would show it in every log.
  const options = api.apiKey && mentions(error, api.apiKey) ? {} : { cause: error };
  return errorFrom('api_connection', `No complete answer came from ${host}: ${told}`, {}, options);
}

function mentions(error: unknown, key: string, depth = 0): boolean {
  // A chain that long may be a ring, and what cannot be looked through is not shown.
  if (depth > 10) return true;
  if (!(error instanceof Error)) return messageOf(error).includes(key);
  if (`${error.message}${error.stack}`.includes(key)) return true;
  return error.cause !== undefined && mentions(error.cause, key, depth + 1);
}
