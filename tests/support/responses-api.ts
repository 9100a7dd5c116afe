import type { ResponseObject, StreamEvent } from 'agents-wasm/testing';

interface Server {
  fetch: (url: string, init?: RequestInit) => Promise<Response>;
}

export interface Reply {
  status: number;
  headers: Headers;
  body: any;
}

/** Sends a request with a JSON body, or without one, and reads the JSON answer. */
export async function call(server: Server, method: string, path: string, body?: unknown): Promise<Reply> {
  const init: RequestInit = { method };
  if (body !== undefined) {
    init.headers = { 'content-type': 'application/json' };
    init.body = typeof body === 'string' ? body : JSON.stringify(body);
  }
  const response = await server.fetch(`http://local/v1${path}`, init);
  return { status: response.status, headers: response.headers, body: await response.json() };
}

/** The finished response to a request that is not streamed. */
export async function respond(server: Server, request: object): Promise<ResponseObject> {
  const { body } = await call(server, 'POST', '/responses', { model: 'm', ...request });
  return body;
}

/** Starts a streamed request. */
export function stream(server: Server, request: object, init?: RequestInit): Promise<Response> {
  const body = JSON.stringify({ model: 'm', stream: true, ...request });
  const headers = { 'content-type': 'application/json' };
  return server.fetch('http://local/v1/responses', { method: 'POST', headers, body, ...init });
}

/** All events of a streamed answer, read to its end. */
export async function eventsOf(response: Response): Promise<StreamEvent[]> {
  const blocks = (await response.text()).split('\n\n').filter((block) => block !== '' && block !== 'data: [DONE]');
  return blocks.map((block) => JSON.parse(block.slice(block.indexOf('data: ') + 6)));
}

/** The text of the first message in a response. */
export function textOf(response: ResponseObject): string {
  const message = response.output.find((item) => item.type === 'message');
  return (message?.['content'] as { text: string }[] | undefined)?.[0]?.text ?? '';
}
