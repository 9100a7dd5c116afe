import { bodyStream } from './body-stream.ts';
import { badRequest } from './errors.ts';
import type { Fault } from './faults.ts';

interface CallOptions {
  request: Request;
  text: string;
  fault: Fault;
  /** The client's signal, if it gave one. */
  signal: AbortSignal | null | undefined;
}

/** One request while it is being answered. It is over when its body is, or when somebody aborts it. */
export class Call {
  readonly method: string;
  readonly url: URL;
  readonly headers: Headers;
  readonly text: string;
  readonly fault: Fault;
  readonly #controller = new AbortController();
  readonly #clientSignal: AbortSignal | null | undefined;
  readonly #onClientAbort = () => this.abort(this.#clientSignal?.reason);
  readonly #listeners: (() => void)[] = [];
  #streams = false;
  #over = false;

  constructor({ request, text, fault, signal }: CallOptions) {
    this.method = request.method;
    this.url = new URL(request.url);
    this.headers = request.headers;
    this.text = text;
    this.fault = fault;
    this.#clientSignal = signal;
    if (signal?.aborted) this.#onClientAbort();
    else signal?.addEventListener('abort', this.#onClientAbort, { once: true });
  }

  /** Has `listener` called once the call is over, at once if it is. */
  whenOver(listener: () => void): void {
    if (this.#over) listener();
    else this.#listeners.push(listener);
  }

  /** Aborts when the client goes away or the server closes. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Whether the answer's body is still being produced after the answer was given. */
  get streams(): boolean {
    return this.#streams;
  }

  abort(reason: unknown): void {
    this.#controller.abort(reason);
  }

  end(): void {
    this.#clientSignal?.removeEventListener('abort', this.#onClientAbort);
    this.#over = true;
    for (const listener of this.#listeners.splice(0)) listener();
  }

  /** The body as JSON. Throws the live API's error when it is none. */
  json(): unknown {
    const type = this.headers.get('content-type');
    if (type !== null && !type.includes('json')) throw unsupportedContentType(type);
    if (this.text === '') return {};
    try {
      return JSON.parse(this.text);
    } catch {
      throw badRequest(
        'Invalid body: failed to parse JSON value. Please check the value to ensure it is valid JSON. (Common errors include trailing commas, missing closing brackets, missing quotation marks, etc.)',
        null,
        'invalid_json',
      );
    }
  }

  /** An answer whose body is produced while the client reads it. */
  stream(chunks: AsyncIterable<Uint8Array<ArrayBuffer>>, init: ResponseInit): Response {
    this.#streams = true;
    const gone = () => this.abort(new DOMException('The reader went away.', 'AbortError'));
    const body = bodyStream(chunks[Symbol.asyncIterator](), this.signal, { cancel: gone, end: () => this.end() });
    return new Response(body, init);
  }
}

function unsupportedContentType(type: string): Error {
  const plain = type.split(';')[0];
  return badRequest(
    `Unsupported content type: '${plain}'. This API method only accepts 'application/json' requests, but you specified the header 'Content-Type: ${plain}'. Please try again with a supported content type.`,
    null,
    'unsupported_content_type',
  );
}
