/** A request as the server received it. Values of headers that carry credentials are not kept. */
export interface ReceivedRequest {
  method: string;
  url: string;
  path: string;
  headers: Record<string, string>;
  /** The body as it came. */
  text: string;
  /** The body as JSON, or its text when it is none. */
  // biome-ignore lint/suspicious/noExplicitAny: tests read into it without a cast
  readonly body: any;
}

const SECRETS = ['authorization', 'proxy-authorization', 'cookie', 'api-key', 'x-api-key'];
const MAX_REQUESTS = 1000;
const MAX_CHARACTERS = 64 * 2 ** 20;

/** The newest requests, oldest first; the oldest go when there are too many, or too much in them. */
export class RequestLog {
  readonly requests: ReceivedRequest[] = [];
  #characters = 0;

  add(request: Request, text: string): void {
    const headers = Object.fromEntries(request.headers);
    for (const name of SECRETS) if (name in headers) headers[name] = withoutSecret(headers[name]!);
    const { method, url } = request;
    const path = new URL(url).pathname;
    this.requests.push({
      method,
      url,
      path,
      headers,
      text,
      // Read on demand: a history kept as text and as objects would take several times the memory.
      get body() {
        return parse(text);
      },
    });
    this.#characters += text.length;
    while (this.requests.length > MAX_REQUESTS || (this.#characters > MAX_CHARACTERS && this.requests.length > 1)) {
      this.#characters -= this.requests.shift()!.text.length;
    }
  }
}

function withoutSecret(value: string): string {
  return /^Bearer\s+\S/i.test(value) ? 'Bearer ***' : '***';
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
