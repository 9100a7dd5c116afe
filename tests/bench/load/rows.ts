import { askJson, askRun, seed } from './ask.ts';
import type { Rows } from './row-counter.ts';
import type { Server } from './servers.ts';

// The rows that runs read and write, which is what they are billed by.

export interface CountedRun {
  what: string;
  rows: Rows;
}

const STEADY = 'a run in a conversation of 20 items';
export const WOKEN = `${STEADY}, with nothing in memory`;

/** All in one object or database, in this order. */
export async function countRows(server: Server): Promise<CountedRun[]> {
  const found = [
    await countRun(server, 'the first run of all, which makes the tables', 'first'),
    await countRun(server, 'the first run of a conversation', 'second'),
    await countRun(server, 'its second run', 'second'),
  ];
  for (const items of [20, 200, 1_000]) {
    await seed(server, `of-${items}`, { items });
    await settledRows(server);
    found.push(await countRun(server, `a run in a conversation of ${items.toLocaleString('en')} items`, `of-${items}`));
  }
  return found;
}

/** On a server that was started again after `countRows`. */
export function countWoken(server: Server): Promise<CountedRun> {
  return countRun(server, WOKEN, 'of-20');
}

async function countRun(server: Server, what: string, conversation: string): Promise<CountedRun> {
  await askRun(server, { conversation });
  return { what, rows: await settledRows(server) };
}

/** Writes that nobody waits for may come after the answer. */
async function settledRows(server: Server): Promise<Rows> {
  const sum = { read: 0, written: 0, alarms: 0 };
  for (;;) {
    const { read, written, alarms } = await askJson<Rows>(server, '/rows');
    if (read + written + alarms === 0) return sum;
    sum.read += read;
    sum.written += written;
    sum.alarms += alarms;
  }
}

export interface Sizes {
  /** Bytes of a database with one conversation of 20 items. */
  first: number;
  /** Of each further one in the same database. */
  further: number;
}

const FURTHER = 200;

export async function measureSizes(server: Server): Promise<Sizes> {
  const size = async () => (await askJson<{ bytes: number }>(server, '/size', { user: 'sizes' })).bytes;
  await seed(server, 'sizes-0', { items: 20, user: 'sizes' });
  const first = await size();
  for (let index = 1; index <= FURTHER; index++) await seed(server, `sizes-${index}`, { items: 20, user: 'sizes' });
  return { first, further: ((await size()) - first) / FURTHER };
}
