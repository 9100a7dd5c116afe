import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Received {
  method: string;
  url: string;
  headers: IncomingMessage['headers'];
  body: string;
}

/** A server in the place of the API's, whose answers a test writes itself. */
export interface FakeUpstream {
  /** For OPENAI_BASE_URL. */
  baseURL: string;
  received: Received[];
  /** Answers from here on. */
  answer: (request: IncomingMessage, response: ServerResponse) => void;
  close(): Promise<void>;
}

export async function startUpstream(): Promise<FakeUpstream> {
  const server = createServer(async (request, response) => {
    const { method = '', url = '', headers } = request;
    let body = '';
    for await (const piece of request) body += piece;
    upstream.received.push({ method, url, headers, body });
    upstream.answer(request, response);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const upstream: FakeUpstream = {
    baseURL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v1`,
    received: [],
    answer: (_request, response) => response.writeHead(200, { 'content-type': 'application/json' }).end('{}'),
    close: () => {
      server.closeAllConnections();
      return new Promise((closed) => server.close(() => closed()));
    },
  };
  return upstream;
}
