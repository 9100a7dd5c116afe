import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import https from 'node:https';
import { readBody } from './body.ts';
import { sendError } from './reply.ts';
import type { Upstream } from './settings.ts';

/** What the page may learn of an answer. Cookies, hop-by-hop headers and the rest stay here. */
const TOLD =
  /^(?:content-type|retry-after|retry-after-ms|x-should-retry|x-request-id|x-ratelimit-.*|openai-(?:processing-ms|version|model))$/;
const LONGEST_ERROR = 1_000_000;
/** Keys as OpenAI writes them, also those that it has shortened before it repeats them. */
const KEY = /\bsk-[\w*.-]{4,}/g;

export interface ApiCall {
  method: string;
  /** Below the base URL, with the query. */
  path: string;
  headers: IncomingMessage['headers'];
  body: Buffer;
}

/** Passes a call on with the key added, and its answer back as it comes. */
export async function forward(upstream: Upstream, call: ApiCall, response: ServerResponse): Promise<void> {
  const request = open(upstream, call);
  // A page that goes away, or stops the run, must not leave a model working for nobody.
  response.on('close', () => request.destroy());
  try {
    const answer = await answerTo(request, call.body);
    const isFine = answer.statusCode !== undefined && answer.statusCode >= 200 && answer.statusCode < 300;
    await (isFine ? passOn(answer, upstream, response) : passError(answer, upstream, response));
  } catch (error) {
    if (response.destroyed) return;
    if (response.headersSent) response.destroy();
    else sendUnreachable(upstream, error as NodeJS.ErrnoException, response);
  }
}

function open({ baseURL, headers }: Upstream, call: ApiCall): http.ClientRequest {
  const url = new URL(baseURL);
  const [path = '', query] = call.path.split('?');
  url.pathname = url.pathname.replace(/\/+$/, '') + path;
  for (const [name, value] of new URLSearchParams(query)) url.searchParams.append(name, value);
  return (url.protocol === 'https:' ? https : http).request(url, {
    method: call.method,
    headers: {
      accept: call.headers.accept ?? '*/*',
      // A compressed answer would have to be unpacked here to be searched for the key.
      'accept-encoding': 'identity',
      'user-agent': 'agents-wasm-demo',
      ...(call.body.length > 0 && {
        'content-type': call.headers['content-type'] ?? 'application/json',
        'content-length': call.body.length,
      }),
      ...headers,
    },
  });
}

function answerTo(request: http.ClientRequest, body: Buffer): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.on('response', resolve).on('error', reject);
    request.end(body);
  });
}

async function passOn(answer: IncomingMessage, upstream: Upstream, response: ServerResponse): Promise<void> {
  response.writeHead(answer.statusCode ?? 502, {
    ...toldHeaders(answer, upstream),
    'cache-control': 'no-store, no-transform',
    'x-accel-buffering': 'no',
  });
  response.flushHeaders();
  for await (const piece of answer) {
    if (!response.write(piece)) await drained(response);
  }
  response.end();
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

/** Errors are short, and servers like to repeat the key that they refuse. */
async function passError(answer: IncomingMessage, upstream: Upstream, response: ServerResponse): Promise<void> {
  const status = answer.statusCode ?? 502;
  if (status < 400) {
    answer.resume();
    return sendError(response, 502, `${upstream.baseURL.host} answered with status ${status}.`, 'upstream_status');
  }
  const text = withoutKey((await readBody(answer, LONGEST_ERROR)).toString(), upstream);
  if (!isJson(text)) {
    const message = `${upstream.baseURL.host} answered with status ${status} and no JSON. Is OPENAI_BASE_URL right?`;
    return sendError(response, status, message, 'upstream_status');
  }
  response.writeHead(status, toldHeaders(answer, upstream)).end(text);
}

function isJson(text: string): boolean {
  try {
    return typeof JSON.parse(text) === 'object';
  } catch {
    return false;
  }
}

function toldHeaders({ headers }: IncomingMessage, upstream: Upstream): Record<string, string> {
  const told = Object.entries(headers).map(([name, value]) => [name, String(value)] as const);
  return Object.fromEntries(told.filter(([name, value]) => TOLD.test(name) && withoutKey(value, upstream) === value));
}

function withoutKey(text: string, { secrets }: Upstream): string {
  return secrets.reduce((rest, secret) => rest.replaceAll(secret, '…'), text).replace(KEY, '…');
}

function sendUnreachable({ baseURL }: Upstream, error: NodeJS.ErrnoException, response: ServerResponse): void {
  const reason = error.code ?? error.name;
  sendError(response, 502, `The demo server could not reach ${baseURL.host} (${reason}).`, 'upstream_unreachable');
}
