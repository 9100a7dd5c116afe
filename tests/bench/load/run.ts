import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';

import { askRun } from './ask.ts';
import { costTable, type Measured } from './costs.ts';
import { measureIdle } from './idle.ts';
import { countRows, countWoken, measureSizes, WOKEN } from './rows.ts';
import { type Server, startNode, startWorkerd } from './servers.ts';
import { SIDES, type SideName } from './setting.ts';
import { loadTable, type Place, rowTable, type Stored, sizeTable } from './tables.ts';
import { CONNECTIONS, LENGTHS, measureThroughput } from './throughput.ts';

// Loads workerd and Node with runs of both libraries, counts what runs write, and prints tables in Markdown.

const folder = mkdtempSync(join(tmpdir(), 'agents-wasm-load-'));
// A thousand databases are not made to measure the disk.
const memoryFolder = mkdtempSync(join('/dev/shm', 'agents-wasm-load-'));
const loads = [loadavg()[0] as number];
let started = 0;
const room = (place = folder) => join(place, String(++started));

type Start = (side: SideName) => Promise<Server>;

async function withServers<Result>(start: Start, use: (servers: Record<SideName, Server>) => Promise<Result>) {
  const servers = {} as Record<SideName, Server>;
  try {
    for (const side of SIDES) servers[side] = await start(side);
    return await use(servers);
  } finally {
    for (const server of Object.values(servers)) await server.close();
  }
}

async function measurePlace(where: string, starts: { load: Start; idle: Start }): Promise<Place> {
  const throughput: Place['throughput'] = {};
  await withServers(starts.load, async (servers) => {
    // What runs first is not yet compiled, and an answer may then take longer than a connection lives.
    for (const side of SIDES) await askRun(servers[side], { conversation: 'first' });
    await measureThroughput(servers, 0);
    for (const length of LENGTHS) throughput[length] = await measureThroughput(servers, length);
  });
  loads.push(loadavg()[0] as number);
  return { where, throughput, idle: await withServers(starts.idle, measureIdle) };
}

async function measureStored(where: string, start: (place: string) => Promise<Server>): Promise<Stored> {
  const place = room();
  const runs = await onServer(start(place), countRows);
  runs.push(await onServer(start(place), countWoken));
  return { where, runs, sizes: await onServer(start(room()), measureSizes) };
}

async function onServer<Result>(starting: Promise<Server>, use: (server: Server) => Promise<Result>): Promise<Result> {
  const server = await starting;
  try {
    return await use(server);
  } finally {
    await server.close();
  }
}

try {
  const began = performance.now();
  const inWorkerd = { load: (side: SideName) => startWorkerd(side, room()), idle: inspected };
  const inNode = {
    load: (side: SideName) => startNode(side, room()),
    idle: (side: SideName) => startNode(side, room(memoryFolder)),
  };
  const places = [await measurePlace('workerd', inWorkerd), await measurePlace('Node', inNode)];
  const stored = [
    await measureStored('Durable Object', (place) => startWorkerd('durable', place, { className: 'Counted' })),
    await measureStored('D1', (place) => startWorkerd('d1', place, { d1: true })),
  ];
  loads.push(loadavg()[0] as number);
  const [cpu] = cpus();
  const load = `${Math.min(...loads).toFixed(1)} to ${Math.max(...loads).toFixed(1)}`;
  const seconds = ((performance.now() - began) / 1000).toFixed(0);
  console.log(`\n${new Date().toISOString().slice(0, 10)}, Node ${process.version}, ${cpus().length} × ${cpu?.model}`);
  console.log(`${CONNECTIONS} connections; load average of the machine ${load}; ${seconds} s in all\n`);
  const costs = costTable(costsOf(stored[0], places[0]), costsOf(stored[1], places[0]));
  for (const table of [loadTable(places), rowTable(stored), sizeTable(stored), costs]) console.log(`${table}\n`);
} finally {
  for (const each of [folder, memoryFolder]) rmSync(each, { recursive: true });
}

/** D1's worker is not loaded: its run takes about the processor time of an object's. */
function costsOf(stored: Stored | undefined, place: Place | undefined): Measured {
  const run = stored?.runs.find((one) => one.what === WOKEN);
  const processor = place?.throughput[0]?.durable.processor;
  if (!stored || !run || processor === undefined) throw new Error(`There are no figures of ${stored?.where}.`);
  return { rows: run.rows, sizes: stored.sizes, processor };
}

function inspected(side: SideName): Promise<Server> {
  return startWorkerd(side, room(memoryFolder), { inspected: true });
}
