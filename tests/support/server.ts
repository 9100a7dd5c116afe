import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, sep } from 'node:path';

const STRICT_CSP = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'";
const MIME: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.wasm': 'application/wasm',
};
/** One transparent pixel: without an icon Chromium logs an error. */
export const FAVICON = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

export interface TestServer {
  /** Ends with a slash. */
  url: string;
  close(): Promise<void>;
}

/**
 * Serves files on loopback under a strict content security policy. Keys of `map` are URL paths: one that ends with a
 * slash stands for a folder on disk, any other for a file. The longest that fits counts. `policy` replaces the content
 * security policy.
 */
export async function serveFolder(map: Record<string, string>, policy = STRICT_CSP): Promise<TestServer> {
  const server = createServer(async (request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname);
    response.setHeader('Content-Security-Policy', policy);
    response.setHeader('Cache-Control', 'no-cache');
    if (path === '/favicon.ico') return response.setHeader('Content-Type', 'image/png').end(FAVICON);
    const file = findFile(map, path.endsWith('/') ? `${path}index.html` : path);
    return file && (await isFile(file)) ? sendFile(file, response) : response.writeHead(404).end('Not found');
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: () => {
      server.closeAllConnections();
      return new Promise((closed) => server.close(() => closed()));
    },
  };
}

function findFile(map: Record<string, string>, path: string): string | undefined {
  const keys = Object.keys(map).sort((a, b) => b.length - a.length);
  const key = keys.find((candidate) => (candidate.endsWith('/') ? path.startsWith(candidate) : path === candidate));
  if (key === undefined || path.split('/').includes('..') || path.includes(sep === '\\' ? '\\' : '\0'))
    return undefined;
  return join(map[key] as string, path.slice(key.length));
}

async function isFile(file: string): Promise<boolean> {
  return stat(file).then(
    (found) => found.isFile(),
    () => false,
  );
}

function sendFile(file: string, response: ServerResponse): void {
  response.setHeader('Content-Type', MIME[extname(file)] ?? 'application/octet-stream');
  createReadStream(file)
    .on('error', () => response.destroy())
    .pipe(response);
}
