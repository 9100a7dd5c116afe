import { createRequire } from 'node:module';
import { join } from 'node:path';

import { BODY, isComplete } from './ask.ts';
import type { Server } from './servers.ts';

const require = createRequire(join(import.meta.dirname, '../../tools/package.json'));
const autocannon = require('autocannon');

export interface Shots {
  connections: number;
  amount: number;
  /** The paths that a connection asks in turns. */
  paths(connection: number): string[];
}

export interface Fired {
  seconds: number;
  /** Milliseconds of each answer, to its end. */
  times: number[];
  /** Runs that were not answered, since the server ended their connection. */
  lost: number;
}

/** So many runs, one at a time on each connection, which is a principal of its own. What is answered must end well. */
export async function fire(server: Server, { connections, amount, paths }: Shots): Promise<Fired> {
  const times: number[] = [];
  let made = 0;
  const instance = autocannon({
    url: server.url,
    connections,
    amount,
    timeout: 30,
    // It ends at one of these steps, of ms.
    sampleInt: 50,
    verifyBody: (body: string) => isComplete(body.toString()),
    setupClient(client: { setRequests(requests: object[]): void }) {
      const connection = made++;
      const headers = { 'x-user': `user-${connection}`, 'content-type': 'application/json' };
      client.setRequests(paths(connection).map((path) => ({ method: 'POST', path, headers, body: BODY })));
    },
  });
  const start = performance.now();
  let end = start;
  instance.on('response', (_client: object, _status: number, _bytes: number, time: number) => {
    end = performance.now();
    times.push(time);
  });
  const { errors, timeouts, mismatches, non2xx } = await instance;
  // A connection that the server ends is no error to autocannon. On a busy machine workerd ends some.
  const lost = amount - times.length;
  if (errors + timeouts + mismatches + non2xx > 0 || lost > amount / 4) {
    const flaws = JSON.stringify({ errors, timeouts, mismatches, non2xx, lost });
    throw new Error(`Of ${amount} runs some did not end well: ${flaws}.`);
  }
  return { seconds: (end - start) / 1000, times, lost };
}
