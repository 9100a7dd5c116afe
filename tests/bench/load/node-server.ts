import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';

import type { SideName } from './setting.ts';
import { answerTo, partOf, type Side } from './side.ts';

// node-server.ts durable|memory|peer [file]: the worker's routes on loopback. Prints its port, and ends with its parent.

async function open(name: SideName, dbPath = ''): Promise<Side> {
  if (name === 'peer') return (await import('./peer.ts')).peerSide();
  const { MemorySession, SQLiteSession } = await import('agents-wasm');
  const { ourSide } = await import('./ours.ts');
  return ourSide(name === 'memory' ? new MemorySession() : new SQLiteSession({ dbPath }));
}

async function requestFrom(incoming: IncomingMessage): Promise<Request> {
  const { method = 'GET', url } = incoming;
  return new Request(`http://local${url}`, { method, ...(method === 'POST' && { body: await text(incoming) }) });
}

function heapWithoutGarbage(): number {
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

const [name, file] = process.argv.slice(2);
const side = await open(name as SideName, file);
const server = createServer(async (incoming, outgoing) => {
  if (incoming.url === '/gc') return outgoing.end(String(heapWithoutGarbage()));
  const { status, headers, body } = await answerTo(
    await requestFrom(incoming),
    partOf(side, String(incoming.headers['x-user'])),
  );
  outgoing.writeHead(status, Object.fromEntries(headers));
  if (!body) return outgoing.end();
  await pipeline(Readable.fromWeb(body as never), outgoing).catch(console.error);
});
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
process.on('disconnect', () => process.exit());
