import http, { type IncomingMessage } from 'node:http';

export interface RawRequest {
  method?: string;
  /** Any, also those that `fetch` would not send, such as Host. */
  headers?: Record<string, string>;
  body?: string;
}

export interface RawAnswer {
  status: number;
  headers: IncomingMessage['headers'];
  text: string;
}

/** Sends a request and gives its answer as soon as the headers are there. */
export function open(url: string, { method = 'GET', headers, body }: RawRequest = {}): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const { origin, pathname } = new URL(url);
    // A path as it stands: URL would have tidied it up.
    const path = url.slice(origin.length) || pathname;
    http.request(origin, { method, path, headers }).on('response', resolve).on('error', reject).end(body);
  });
}

export async function send(url: string, request?: RawRequest): Promise<RawAnswer> {
  const answer = await open(url, request);
  let text = '';
  for await (const piece of answer) text += piece;
  return { status: answer.statusCode ?? 0, headers: answer.headers, text };
}
