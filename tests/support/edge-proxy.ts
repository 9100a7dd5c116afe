import { type OpenAIProxyOptions, openAIProxy, type ProxyContext } from 'agents-wasm/edge';

export const KEY = 'sk-proxy-5f1c0123456789abcdef';
export const HELLO = { model: 'm', input: 'Hello' };

export interface Sent {
  method: string;
  url: string;
  headers: Record<string, string>;
  body: any;
}

export type Upstream = (request: Request) => Response | Promise<Response>;

export const fine: Upstream = () => Response.json({ id: 'resp_1', object: 'response' });

/** A proxy whose API is this function, what got through to it, and what its owner was told of failures. */
export function proxyTo(upstream: Upstream, options: Partial<OpenAIProxyOptions> = {}) {
  const sent: Sent[] = [];
  const reported: unknown[] = [];
  const fetch = async (input: string | URL | Request, init?: RequestInit) => {
    const request = new Request(input, init);
    const { method, url, headers } = request;
    const text = await request.clone().text();
    sent.push({ method, url, headers: Object.fromEntries(headers), body: text === '' ? undefined : JSON.parse(text) });
    return upstream(request);
  };
  const proxy = openAIProxy({
    apiKey: KEY,
    authorize: () => 'ann',
    baseURL: 'https://api.local/v1',
    fetch: fetch as typeof globalThis.fetch,
    onError: (error) => reported.push(error),
    ...options,
  });
  /** Asks for a path below the prefix. */
  const ask = async (method: string, path: string, init: RequestInit = {}, context?: ProxyContext) =>
    proxy(new Request(`https://app.local/v1${path}`, { method, ...init }), context);
  const post = async (path: string, body: unknown, init: RequestInit = {}) =>
    ask('POST', path, { body: JSON.stringify(body), ...init });
  return { proxy, sent, reported, ask, post };
}

/** Status and code of an answer that must be an error in the API's shape. */
export async function errorOf(answer: Response): Promise<[number, string | null]> {
  const { error } = (await answer.json()) as { error: Record<string, any> };
  const shape = Object.keys(error).sort().join();
  if (shape !== 'code,message,param,type') throw new Error(`An error of another shape: ${shape}`);
  return [answer.status, error.code];
}
