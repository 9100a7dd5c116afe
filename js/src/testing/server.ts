import type { Backend } from './backend.ts';
import { Call } from './call.ts';
import { ConversationStore } from './conversations.ts';
import { WireError } from './errors.ts';
import { bendBytes, bendsBytes, errorResponse, type Fault, Faults, faultAnswer } from './faults.ts';
import type { Latency } from './generate.ts';
import { addCommonHeaders, preflight } from './http.ts';
import { cryptoRandom } from './ids.ts';
import { checkKey } from './key.ts';
import type { Model } from './model.ts';
import { OfflineModel } from './offline/offline-model.ts';
import { PromptCache } from './prompt-cache.ts';
import { type RateLimit, RateLimiter } from './rate-limit.ts';
import { type ReceivedRequest, RequestLog } from './request-log.ts';
import { dispatch } from './routes/table.ts';
import { ResponseStore } from './store.ts';
import { hang, unlessAborted } from './waiting.ts';
import type { OnDisconnect } from './work.ts';

export interface OpenAIServerOptions {
  /** What answers; the offline model when left out. */
  model?: Model;
  /** The model names that are accepted. When left out, every name is. */
  models?: readonly string[];
  /** The most input tokens that the model reads; there is no limit when left out. */
  contextWindow?: number;
  /** Parameters that the model refuses, as reasoning models refuse `temperature`. */
  unsupported?: readonly string[];
  /** How much may be asked for in a minute; there is no limit when left out. */
  rateLimit?: RateLimit;
  /** Milliseconds before each token, or before the first and before each; 0 when left out. */
  latency?: number | Partial<Latency>;
  /** Whether a key must come with each request: any key, or exactly this one. */
  requireKey?: boolean | string;
  /** Whether item ids in the input must begin as the live API's do, and reasoning must stay with what it led to. */
  checkIds?: boolean;
  /** Whether there is `POST /responses/compact`; many servers of others have none. There is one when left out. */
  compact?: boolean;
  /** Whether streams end with `data: [DONE]`, as those of some other servers do. */
  done?: boolean;
  /** What becomes of a stored response whose client goes away; `finish` when left out. */
  onDisconnect?: OnDisconnect;
  /** How many responses are kept, the newest ones; 1,000 when left out. */
  maxResponses?: number;
  /** How many conversations are kept, those that were written to last; 1,000 when left out. */
  maxConversations?: number;
  /** A number in [0, 1), which ids are made of; pass your own for ids that repeat. */
  random?: () => number;
  /** Milliseconds since 1970. */
  now?: () => number;
}

const ASKS_MODEL = /^\/v1\/(?:responses(?:\/compact)?|chat\/completions)$/;
const MAX_STORED_CHARACTERS = 64 * 2 ** 20;

/**
 * An OpenAI server without a socket: give its `fetch` to a client in place of the global one. It keeps responses and
 * conversations in memory, with the limits, the locks and the errors of the live API.
 */
export class OpenAIServer {
  readonly #backend: Backend;
  readonly #requireKey: boolean | string;
  readonly #faults = new Faults();
  readonly #limiter: RateLimiter;
  readonly #log = new RequestLog();
  readonly #calls = new Set<Call>();

  constructor(options: OpenAIServerOptions = {}) {
    const latency = typeof options.latency === 'number' ? { perToken: options.latency } : options.latency;
    this.#requireKey = options.requireKey ?? false;
    this.#limiter = new RateLimiter(options.rateLimit ?? {}, options.now ?? Date.now);
    this.#backend = {
      model: options.model ?? new OfflineModel(),
      models: options.models,
      store: new ResponseStore({ responses: options.maxResponses ?? 1000, characters: MAX_STORED_CHARACTERS }),
      conversations: new ConversationStore({
        conversations: options.maxConversations ?? 1000,
        characters: MAX_STORED_CHARACTERS,
      }),
      onDisconnect: options.onDisconnect ?? 'finish',
      works: new Set(),
      random: options.random ?? cryptoRandom(),
      now: options.now ?? Date.now,
      latency: { firstToken: 0, perToken: 0, ...latency },
      done: options.done ?? false,
      checkIds: options.checkIds ?? false,
      contextWindow: options.contextWindow ?? Infinity,
      unsupported: options.unsupported ?? [],
      prompts: new PromptCache(),
      compact: options.compact ?? true,
    };
  }

  /** The requests that came in, oldest first; the newest 1,000 of them. */
  get requests(): readonly ReceivedRequest[] {
    return this.#log.requests;
  }

  /** How many requests are being answered, streams that are being read among them. */
  get inFlight(): number {
    return this.#calls.size;
  }

  /** Has the next request go wrong that the fault is for, after those that earlier calls asked for. */
  failNext(fault: Fault): void {
    this.#faults.add(fault);
  }

  /**
   * Locks a conversation, as if a response was being made from it, until the function that is returned is called. Throws a
   * `RangeError` when there is no such conversation.
   */
  lockConversation(id: string): () => void {
    const conversation = this.#backend.conversations.get(id);
    if (!conversation) throw new RangeError('There is no conversation with this id.');
    return conversation.lock();
  }

  /** Forgets the faults that no request has met. */
  clearFaults(): void {
    this.#faults.clear();
  }

  /** Breaks off every request in flight and every response in the making, as a server that goes down does. It stays usable. */
  close(): void {
    for (const work of this.#backend.works) work.drop(new TypeError('terminated'));
    for (const call of this.#calls) call.abort(new TypeError('terminated'));
  }

  /** Answers as the live API would. Rejects only as `fetch` does: when aborted, or where a fault says so. */
  readonly fetch = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const started = this.#backend.now();
    const signal = init?.signal ?? (input instanceof Request ? input.signal : undefined);
    signal?.throwIfAborted();
    const request = new Request(absolute(input), { ...init, signal: null });
    const text = await request.text();
    if (request.method === 'OPTIONS') return this.#finish(preflight(request.headers), request, started);

    this.#log.add(request, text);
    const { pathname } = new URL(request.url);
    const call = new Call({ request, text, signal, fault: this.#faults.next(request.method, pathname) });
    this.#calls.add(call);
    call.whenOver(() => this.#calls.delete(call));
    try {
      const answer = await unlessAborted(this.#answer(call), call.signal);
      return this.#finish(answer, request, started);
    } finally {
      if (!call.streams) call.end();
    }
  };

  async #answer(call: Call): Promise<Response> {
    const { fault } = call;
    if (fault.lostAnswer) await this.#actOn(call);
    if (fault.network) throw new TypeError('fetch failed');
    if (fault.hang) await hang(call.signal);
    const instead = faultAnswer(fault);
    if (fault.lostAnswer && !instead) throw new TypeError('fetch failed');
    const answer = instead ?? (await this.#route(call));
    if (call.streams || !bendsBytes(fault)) return answer;
    const body = [new Uint8Array(await answer.arrayBuffer())];
    return call.stream(bendBytes(each(body), fault, call.signal), { status: answer.status, headers: answer.headers });
  }

  /** Does what a call asks for, whether or not its client stays. */
  async #actOn({ method, url, headers, text }: Call): Promise<void> {
    const request = new Request(url, { method, headers });
    const act = new Call({ request, text, fault: {}, signal: null });
    this.#calls.add(act);
    act.whenOver(() => this.#calls.delete(act));
    try {
      await (await this.#route(act)).arrayBuffer();
    } finally {
      act.end();
    }
  }

  async #route(call: Call): Promise<Response> {
    try {
      checkKey(call.headers, this.#requireKey);
      return await this.#limited(call);
    } catch (error) {
      call.signal.throwIfAborted();
      if (error instanceof WireError) return errorResponse(error);
      const message = error instanceof Error ? error.message : String(error);
      return errorResponse(new WireError(500, { message }, { 'x-should-retry': 'false' }));
    }
  }

  /** The answer of its route; where a model works, with what is left of the rate limits. */
  async #limited(call: Call): Promise<Response> {
    if (call.method !== 'POST' || !ASKS_MODEL.test(call.url.pathname)) return dispatch(call, this.#backend);
    const headers = this.#limiter.take(Math.ceil(call.text.length / 4));
    const answer = await dispatch(call, this.#backend);
    for (const [name, value] of Object.entries(headers)) answer.headers.set(name, value);
    return answer;
  }

  #finish(answer: Response, request: Request, started: number): Response {
    addCommonHeaders(answer.headers, request.headers, this.#backend.random, this.#backend.now() - started);
    return answer;
  }
}

/**
 * A server that speaks OpenAI's Responses API, for tests and for pages that work without a key.
 *
 * @example
 * const server = createOpenAIServer()
 * const client = new OpenAI({ apiKey: 'none', baseURL: 'http://local/v1', fetch: server.fetch })
 */
export function createOpenAIServer(options: OpenAIServerOptions = {}): OpenAIServer {
  return new OpenAIServer(options);
}

/** A path alone means this page, or this machine where there is no page. */
function absolute(input: string | URL | Request): URL | Request {
  return input instanceof Request ? input : new URL(input, globalThis.location?.href ?? 'http://localhost');
}

async function* each<T>(values: T[]): AsyncGenerator<T, void, undefined> {
  yield* values;
}
