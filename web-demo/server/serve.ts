import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CONTENT_SECURITY_POLICY } from '../csp.ts';
import { apiOf } from './api.ts';
import { type Files, sendFile } from './files.ts';
import { refusal } from './guard.ts';
import { sendError, sendJson } from './reply.ts';
import { type Settings, SettingsError } from './settings.ts';
import { answerWith } from './web.ts';

const LOOPBACK = '127.0.0.1';
const PORTS_TO_TRY = 20;
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
  const api = apiOf(settings.upstream);
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
    if (url.pathname.startsWith('/v1/')) return answerWith(api, url, request, response);
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
