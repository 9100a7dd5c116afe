import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CONTENT_SECURITY_POLICY } from '../csp.ts';
import { readBody, TooLongError } from './body.ts';
import { type Files, sendFile } from './files.ts';
import { refusal } from './guard.ts';
import { offlineApi } from './offline.ts';
import { type ApiCall, forward } from './proxy.ts';
import { sendError, sendJson } from './reply.ts';
import { apiPath } from './routes.ts';
import { type Settings, SettingsError } from './settings.ts';

const LOOPBACK = '127.0.0.1';
const PORTS_TO_TRY = 20;
const LONGEST_BODY = 64 * 1024 * 1024;
const HEADERS = {
  'content-security-policy': `${CONTENT_SECURITY_POLICY}; frame-ancestors 'none'`,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
};

export interface DemoServer {
  /** Ends with a slash. */
  url: string;
  port: number;
  close(): Promise<void>;
}

/** Serves the page and the API behind it to this machine. */
export async function serve(settings: Settings, files: Files): Promise<DemoServer> {
  const { upstream } = settings;
  const api = upstream ? (call: ApiCall, response: ServerResponse) => forward(upstream, call, response) : offlineApi();
  const server = createServer((request, response) => {
    for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
    answer(request, response).catch((error) => {
      console.error(error);
      if (response.headersSent) response.destroy();
      else sendError(response, 500, 'The demo server failed. Its terminal says why.', 'internal');
    });
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const refused = refusal(request);
    if (refused) return sendError(response, 403, refused, 'forbidden');
    const url = URL.parse(request.url ?? '', `http://${request.headers.host}`);
    if (!url) return sendError(response, 400, 'This address cannot be read.', 'bad_request');
    if (url.pathname.startsWith('/v1/')) return answerApi(request, url, response);
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return sendError(response, 405, 'Only GET works here.', 'method');
    // The browser keeps conversations by origin: under one name there is one history.
    if (url.hostname !== LOOPBACK) {
      url.hostname = LOOPBACK;
      return void response.writeHead(307, { location: url.href }).end();
    }
    if (url.pathname === '/config.json') return sendJson(response, 200, configOf(settings));
    return sendFile(files, url.pathname, response);
  }

  async function answerApi(request: IncomingMessage, url: URL, response: ServerResponse): Promise<void> {
    const path = apiPath(request.method, url);
    if (!path) return sendError(response, 404, 'The page has no business there.', 'not_found');
    try {
      const body = await readBody(request, LONGEST_BODY);
      await api({ method: request.method ?? 'GET', path, headers: request.headers, body }, response);
    } catch (error) {
      if (!(error instanceof TooLongError)) throw error;
      response.setHeader('connection', 'close');
      sendError(response, 413, 'The conversation is too long to be sent.', 'too_large');
    }
  }

  const port = await listen(server, settings);
  return {
    url: `http://${LOOPBACK}:${port}/`,
    port,
    close: () => {
      server.closeAllConnections();
      return new Promise((closed) => server.close(() => closed()));
    },
  };
}

/** What the page is told. */
function configOf({ model, upstream }: Settings): object {
  return { model, offline: upstream === undefined, ...(upstream && { host: upstream.baseURL.host }) };
}

/** The wanted port, or the next free one unless it has to be that. */
async function listen(server: Server, { port, isPortFixed }: Settings): Promise<number> {
  for (let candidate = port; ; candidate += 1) {
    try {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject).listen(candidate, LOOPBACK, () => {
          server.off('error', reject);
          resolve();
        });
      });
      return (server.address() as AddressInfo).port;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
      if (isPortFixed) throw new SettingsError(`Port ${port} is in use. Stop what uses it, or choose another PORT.`);
      if (candidate - port === PORTS_TO_TRY)
        throw new SettingsError(`The ports ${port} to ${candidate} are all in use.`);
    }
  }
}
