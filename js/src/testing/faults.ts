import { conversationLocked, WireError } from './errors.ts';
import { isTerminal } from './generate.ts';
import { hang, sleep } from './waiting.ts';
import type { ErrorBody, StreamEvent } from './wire.ts';

/** What goes wrong with a request. Fields may be combined where that makes sense, as in a slow stream that is cut. */
export interface Fault {
  /** Meets only requests with this method. */
  method?: string;
  /**
   * Meets only requests with this path, or below it: `/conversations` stands for `/v1/conversations/conv_1/items` too. A
   * pattern is tried on the whole path.
   */
  path?: string | RegExp;
  /** Answer with this status (and `headers`, and `error` or `body`) without asking the model. */
  status?: number;
  headers?: Record<string, string>;
  /** Fields of the error of `status` or `errorAfter`; the rest is filled in. */
  error?: Partial<ErrorBody>;
  /** The body to answer with: text or bytes as they are, anything else as JSON. With `status` 200 it can answer a stream with HTML. */
  body?: unknown;
  /** Answer that another request works on the conversation. */
  locked?: boolean;
  /**
   * The server does what it was asked to do, a stream to its end, and the answer is lost: `fetch` rejects as for `network`,
   * or hangs, or answers with `status` or `body`, as a gateway does that has lost its server.
   */
  lostAnswer?: boolean;
  /** `fetch` rejects with a `TypeError`, as it does when there is no network. */
  network?: boolean;
  /** Nothing is ever answered. Ends when the request is aborted or the server closed. */
  hang?: boolean;
  /** The stream ends after this many events. */
  cutAfter?: number;
  /** The body ends after this many bytes. */
  cutBytes?: number;
  /** A cut body fails as a lost connection does, instead of ending in good order. */
  drop?: boolean;
  /** The stream stays open in silence after this many events. */
  hangAfter?: number;
  /** An `error` event follows this many events, and then the end. */
  errorAfter?: number;
  /** The form of that event: as the live API sends it, or as its documentation says. */
  errorForm?: 'nested' | 'flat';
  /** The body comes in chunks of this many bytes, wherever that cuts it. */
  chunkBytes?: number;
  /** Milliseconds to wait before each chunk. */
  chunkDelay?: number;
  /** How many requests in a row are treated so; 1 when left out. */
  times?: number;
}

/** The faults that wait for requests, first come first served. */
export class Faults {
  readonly #waiting: Fault[] = [];

  add(fault: Fault): void {
    for (let i = 0; i < (fault.times ?? 1); ++i) this.#waiting.push(fault);
  }

  /** The first fault that this request meets; none is an empty one. */
  next(method: string, pathname: string): Fault {
    const index = this.#waiting.findIndex((fault) => meets(fault, method, pathname));
    return index < 0 ? {} : this.#waiting.splice(index, 1)[0]!;
  }

  clear(): void {
    this.#waiting.length = 0;
  }
}

function meets({ method, path }: Fault, requestMethod: string, pathname: string): boolean {
  if (method !== undefined && method.toUpperCase() !== requestMethod) return false;
  if (path === undefined) return true;
  if (path instanceof RegExp) return pathname.search(path) >= 0;
  return [path, `/v1${path}`].some((start) => pathname === start || pathname.startsWith(`${start}/`));
}

/** The answer that a fault gives in place of the server, if it gives one. */
export function faultAnswer(fault: Fault): Response | undefined {
  if (fault.locked) return errorResponse(conversationLocked());
  if (fault.status === undefined && fault.body === undefined) return undefined;
  const status = fault.status ?? 200;
  const { body } = fault;
  if (body === undefined) return errorResponse(new WireError(status, errorOf(fault, status), fault.headers));
  const isRaw = typeof body === 'string' || body instanceof Uint8Array;
  const type = isRaw ? 'text/html; charset=utf-8' : 'application/json';
  const bytes = isRaw ? (body as BodyInit) : JSON.stringify(body);
  return new Response(bytes, { status, headers: { 'content-type': type, ...fault.headers } });
}

export function errorResponse(error: WireError): Response {
  return Response.json({ error: error.body }, { status: error.status, headers: error.headers });
}

/** The events, with what the fault does to them. */
export async function* bendEvents(
  events: AsyncIterable<StreamEvent> | Iterable<StreamEvent>,
  fault: Fault,
  signal: AbortSignal,
): AsyncGenerator<StreamEvent, void, undefined> {
  let count = 0;
  for await (const event of events) {
    if (count === fault.cutAfter) return lose(fault);
    if (count === fault.hangAfter) await hang(signal);
    if (count === fault.errorAfter) return yield errorEvent(fault, event.sequence_number);
    ++count;
    yield event;
    if (isTerminal(event)) return;
  }
}

/** The bytes, with what the fault does to them. */
export async function* bendBytes(
  chunks: AsyncIterable<Uint8Array<ArrayBuffer>>,
  fault: Fault,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined> {
  let left = fault.cutBytes ?? Infinity;
  for await (const chunk of chunks) {
    const size = fault.chunkBytes ?? chunk.length;
    for (let at = 0; at < chunk.length; at += size) {
      if (fault.chunkDelay) await sleep(fault.chunkDelay, signal);
      const piece = chunk.slice(at, Math.min(at + size, at + left));
      left -= piece.length;
      yield piece;
      if (left <= 0) return lose(fault);
    }
  }
}

/** Whether a fault does anything to the bytes of an answer. */
export function bendsBytes(fault: Fault): boolean {
  return [fault.cutBytes, fault.chunkBytes, fault.chunkDelay].some((value) => value !== undefined);
}

function lose(fault: Fault): void {
  if (fault.drop) throw new TypeError('terminated');
}

function errorEvent(fault: Fault, sequence: number): StreamEvent {
  const error = { type: 'server_error', code: 'server_error', param: null, ...errorOf(fault, 500) };
  if (fault.errorForm !== 'flat') return { type: 'error', sequence_number: sequence, error };
  const { code, message, param } = error;
  return { type: 'error', code, message, param, sequence_number: sequence };
}

function errorOf(fault: Fault, status: number): Partial<ErrorBody> & { message: string } {
  const usual: Partial<ErrorBody> = status === 429 ? { type: 'requests', code: 'rate_limit_exceeded' } : {};
  const message = status === 429 ? 'Rate limit reached.' : 'The server had an error while processing your request.';
  return { message, ...usual, ...fault.error };
}
