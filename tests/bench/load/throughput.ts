import { seed } from './ask.ts';
import { type Fired, fire } from './fire.ts';
import { processorTimeOf } from './processes.ts';
import type { Server } from './servers.ts';
import { SIDES, type SideName } from './setting.ts';

// How many runs a server answers in a second, by how long the conversations are.

export const CONNECTIONS = 8;
export const LENGTHS = [0, 200, 1_000];
/** Of each connection, taken in turns, so that none grows by much. */
const CONVERSATIONS = 2;
const ROUNDS = 2;
const ROUND_SECONDS = 1;
const FIRST_AMOUNT = 64;
const MOST = 1_600;

export interface Throughput {
  perSecond: number;
  p50: number;
  p99: number;
  /** Milliseconds of processor time that a run takes of the server. */
  processor: number;
  /** Runs that were not answered. */
  lost: number;
}

type Servers = Record<SideName, Server>;
type Measured = Record<SideName, Throughput>;

/** The sides take turns, so that what else the machine does falls on all of them. */
export async function measureThroughput(servers: Servers, length: number): Promise<Measured> {
  const rounds = { durable: [], memory: [], peer: [] } as Record<SideName, Round[]>;
  for (let round = 0; round <= ROUNDS; round++) {
    for (const side of SIDES) {
      const warmUp = rounds[side][0];
      const amount = warmUp ? amountFor(warmUp) : FIRST_AMOUNT;
      rounds[side].push(await measureRound(servers[side], { length, round, amount }));
    }
  }
  const entries = SIDES.map((side) => [side, summaryOf(rounds[side].slice(1))]);
  return Object.fromEntries(entries) as Measured;
}

interface Round extends Fired {
  processor: number;
}

/** As many as take about as long as a round should. */
function amountFor({ seconds, times }: Round): number {
  const perConnection = Math.round((times.length / seconds / CONNECTIONS) * ROUND_SECONDS);
  return Math.min(MOST, CONNECTIONS * Math.max(4, perConnection));
}

async function measureRound(
  server: Server,
  { length, round, amount }: { length: number; round: number; amount: number },
): Promise<Round> {
  const names = Array.from({ length: CONVERSATIONS }, (_, index) => `of-${length}-${round}-${index}`);
  if (length > 0) await seedAll(server, names, length);
  const before = processorTimeOf(server.pid);
  const fired = await fire(server, {
    connections: CONNECTIONS,
    amount,
    paths: () => (length === 0 ? ['/api/conversations'] : names.map((name) => `/api/conversations/${name}/runs`)),
  });
  return { ...fired, processor: processorTimeOf(server.pid) - before };
}

async function seedAll(server: Server, names: string[], length: number): Promise<void> {
  for (let connection = 0; connection < CONNECTIONS; connection++) {
    for (const name of names) await seed(server, name, { items: length, user: `user-${connection}` });
  }
}

function summaryOf(rounds: Round[]): Throughput {
  const times = rounds.flatMap((round) => round.times).sort((a, b) => a - b);
  const sum = (of: (round: Round) => number) => rounds.reduce((total, round) => total + of(round), 0);
  const seconds = sum((round) => round.seconds);
  const processor = sum((round) => round.processor);
  const lost = sum((round) => round.lost);
  const at = (part: number) => times[Math.min(times.length - 1, Math.floor(times.length * part))] as number;
  return { perSecond: times.length / seconds, p50: at(0.5), p99: at(0.99), processor: processor / times.length, lost };
}
