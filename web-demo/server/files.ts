import type { ServerResponse } from 'node:http';
import { extname } from 'node:path';
import { sendError } from './reply.ts';

/** The page's files by their name, without a slash before it. */
export type Files = ReadonlyMap<string, Uint8Array>;

const MIME: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
  '.map': 'application/json',
};

/** Sends a file of the page. What is not in the map does not exist, so there is no path to climb out of. */
export function sendFile(files: Files, pathname: string, response: ServerResponse): void {
  const name = pathname === '/' ? 'index.html' : pathname.slice(1);
  const bytes = files.get(name);
  if (bytes)
    response.writeHead(200, { 'content-type': MIME[extname(name)], 'content-length': bytes.length }).end(bytes);
  else sendError(response, 404, 'There is no such file.', 'not_found');
}
