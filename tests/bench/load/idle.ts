import { askJson, inParallel, seed } from './ask.ts';
import { memoryOf } from './processes.ts';
import type { Server } from './servers.ts';
import { SIDES, type SideName } from './setting.ts';

// What conversations cost that nobody is at: memory of the process, and whether they are still there.

export const IDLE = 1_000;
export const ITEMS = 20;
/** workerd puts an object out of memory that nobody asked for 10 s. */
const EVICTION_MS = 14_000;

export interface Idle {
  /** What was added, when they had just been made. */
  made: Memory;
  /** And when nobody had asked for a while. */
  later: Memory;
  /** With as many others after that, which may take the place of the first. */
  again: Memory;
  /** Of one of the first, at the end. */
  items: number;
}

interface Memory {
  /** Bytes that the process has. */
  process: number;
  /** Bytes of what is reachable in JavaScript. */
  heap: number;
}

type Servers = Record<SideName, Server>;

export async function measureIdle(servers: Servers): Promise<Record<SideName, Idle>> {
  const before = await memories(servers, async (server) => {
    // What is loaded and compiled at first use does not count.
    for (let index = 0; index < 40; index++) await seed(server, 'warm-up', { items: ITEMS, user: `warm-up-${index}` });
  });
  const make = (first: number) => (server: Server) =>
    inParallel(IDLE, 4, (index) => seed(server, 'idle', { items: ITEMS, user: `idle-${first + index}` }));
  const made = await memories(servers, make(0));
  await new Promise((resolve) => setTimeout(resolve, EVICTION_MS));
  const later = await memories(servers, async () => {});
  const again = await memories(servers, make(IDLE));
  const found = SIDES.map(async (side) => {
    const { items } = await askJson<{ items: number }>(servers[side], '/stored/idle', { user: 'idle-7' });
    const rises = [made, later, again].map((memory) => rise(before[side], memory[side]));
    return [side, { made: rises[0], later: rises[1], again: rises[2], items }];
  });
  return Object.fromEntries(await Promise.all(found)) as Record<SideName, Idle>;
}

async function memories(
  servers: Servers,
  prepare: (server: Server) => Promise<void>,
): Promise<Record<SideName, Memory>> {
  const found = {} as Record<SideName, Memory>;
  for (const side of SIDES) {
    const server = servers[side];
    await prepare(server);
    const heap = await server.collectGarbage();
    found[side] = { process: memoryOf(server.pid), heap };
  }
  return found;
}

function rise(before: Memory, after: Memory): Memory {
  return { process: after.process - before.process, heap: after.heap - before.heap };
}
