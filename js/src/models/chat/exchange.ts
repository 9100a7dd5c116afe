import { answerHeaders, connectionError, requestHeaders, Silence, withoutKey } from '../../bridges/fetch.ts';
import { APIError, type ErrorDetail, ModelBehaviorError } from '../../errors.ts';
import type { OpenAISettings } from '../../openai.ts';
import { fieldsOf, textOf } from './wire.ts';

/** One request to a server of OpenAI's kind, under the rules that the core's own requests have. */
export class Exchange {
  readonly #api: OpenAISettings;
  readonly #silence: Silence;
  readonly #controller = new AbortController();

  constructor(api: OpenAISettings, signal: AbortSignal) {
    this.#api = api;
    this.#silence = new Silence(api.timeout, this.#controller);
    if (signal.aborted) this.#controller.abort(signal.reason);
    else signal.addEventListener('abort', () => this.#controller.abort(signal.reason), { once: true });
  }

  /** The answer to a POST. Fails with an APIError if it is none of success. */
  async post(path: string, body: object): Promise<Response> {
    const api = this.#api;
    const init = { method: 'POST', headers: requestHeaders(api, 0), body: JSON.stringify(body) };
    const response = await this.#limit(api.fetch(`${api.baseURL}${path}`, { ...init, signal: this.#silence.signal }));
    if (!response.ok) throw statusError(response, new TextDecoder().decode(await this.#bytes(response)));
    if (!contentType(response).startsWith('text/html')) return response;
    this.end();
    throw new ModelBehaviorError('model_behavior', 'The server answered a web page; the base URL may be wrong.');
  }

  async json(response: Response): Promise<unknown> {
    return parsed(new TextDecoder().decode(await this.#limit(response.arrayBuffer())));
  }

  /** The body, in the pieces in which it arrives. */
  async *pieces({ body }: Response): AsyncGenerator<Uint8Array, void, undefined> {
    const reader = body?.getReader();
    if (!reader) return;
    try {
      for (;;) {
        const { done, value } = await this.#limit(reader.read());
        if (done) return;
        yield value;
      }
    } finally {
      reader.cancel().catch(() => {});
    }
  }

  end(): void {
    this.#silence.end();
  }

  async #bytes(response: Response): Promise<Uint8Array> {
    const bytes = new Uint8Array(await this.#limit(response.arrayBuffer()));
    return withoutKey(bytes, this.#api.apiKey);
  }

  async #limit<T>(work: Promise<T>): Promise<T> {
    try {
      return await this.#silence.limit(work);
    } catch (error) {
      throw connectionError(error, this.#api);
    }
  }
}

export function contentType(response: Response): string {
  return response.headers.get('content-type') ?? '';
}

export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ModelBehaviorError('model_behavior', "The server's answer is not valid JSON.", { cause });
  }
}

function statusError(response: Response, body: string): APIError {
  const error = errorIn(body);
  const { code, type, param, message } = fieldsOf(error);
  const said = textOf(message) ?? textOf(error);
  const headers = answerHeaders(response);
  const wait = Number(headers['retry-after-ms'] ?? Number(headers['retry-after'] ?? Number.NaN) * 1000);
  const told = headers['x-should-retry'];
  const detail: ErrorDetail = { status: response.status };
  for (const [name, value] of Object.entries({ code, type, param })) {
    if (value !== null && value !== undefined) detail[name as 'code'] = String(value);
  }
  if (headers['x-request-id']) detail.requestId = headers['x-request-id'];
  if (Number.isFinite(wait)) detail.retryAfterMs = wait;
  if (told === 'true' || told === 'false') detail.shouldRetry = told === 'true';
  const start = `The API answered with status ${response.status}`;
  return new APIError('api_error', said === undefined ? `${start}.` : `${start}: ${said}`, detail);
}

function errorIn(body: string): unknown {
  try {
    const value = JSON.parse(body);
    return fieldsOf(value).error ?? value;
  } catch {
    return undefined;
  }
}
