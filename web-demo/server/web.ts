import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import type { ProxyHandler } from 'agents-wasm/edge';

/** Has a handler of the web's requests answer one of Node's. */
export async function answerWith(
  handler: ProxyHandler,
  url: URL,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const gone = new AbortController();
  response.on('close', () => gone.abort());
  const answer = await handler(webRequest(url, request, gone.signal));
  // What of its body is not read would be taken for the next request.
  if (!request.complete) response.setHeader('connection', 'close');
  response.writeHead(answer.status, Object.fromEntries(answer.headers)).flushHeaders();
  try {
    for await (const piece of answer.body ?? []) {
      if (!response.write(piece)) await drained(response);
    }
    response.end();
  } catch {
    // One that breaks off must not look complete.
    response.destroy();
  }
}

function webRequest(url: URL, request: IncomingMessage, signal: AbortSignal): Request {
  const { method = 'GET', headers } = request;
  const hasBody = method !== 'GET' && method !== 'HEAD';
  return new Request(url, {
    method,
    headers: headers as Record<string, string>,
    signal,
    ...(hasBody && { body: Readable.toWeb(request), duplex: 'half' }),
  } as RequestInit);
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const go = () => {
      response.off('drain', go).off('close', go);
      resolve();
    };
    response.on('drain', go).on('close', go);
  });
}
