import { tableOf } from '../table.ts';
import { IDLE, type Idle, ITEMS } from './idle.ts';
import type { CountedRun, Sizes } from './rows.ts';
import type { SideName } from './setting.ts';
import { SIDES } from './setting.ts';
import type { Throughput } from './throughput.ts';

const HEAD = ['where', 'what', 'agents-wasm, SQLite', 'agents-wasm, memory', '@openai/agents, memory'];

export interface Place {
  where: string;
  throughput: Record<number, Record<SideName, Throughput>>;
  idle: Record<SideName, Idle>;
}

export function loadTable(places: Place[]): string {
  return tableOf(HEAD, places.flatMap(rowsOf));
}

function rowsOf({ where, throughput, idle }: Place): string[][] {
  const rows = Object.entries(throughput).flatMap(([length, measured]) => {
    const what = length === '0' ? 'a new conversation' : `${Number(length).toLocaleString('en')} items`;
    const row = (unit: string, cell: (one: Throughput) => string) => [
      where,
      `${what}: ${unit}`,
      ...SIDES.map((side) => cell(measured[side])),
    ];
    return [
      row('runs a second', ({ perSecond }) => perSecond.toFixed(0)),
      row('p50', ({ p50 }) => `${p50.toFixed(1)} ms`),
      row('p99', ({ p99 }) => `${p99.toFixed(1)} ms`),
      ...(SIDES.some((side) => measured[side].lost > 0) ? [row('not answered', ({ lost }) => String(lost))] : []),
      row('processor time of a run', ({ processor }) => `${processor.toFixed(2)} ms`),
    ];
  });
  const many = `${IDLE.toLocaleString('en')} idle conversations of ${ITEMS} items`;
  const memory = ({ process, heap }: Idle['made']) => `${megabytes(process)}, heap ${megabytes(heap)}`;
  return [
    ...rows,
    [where, `${many}: memory`, ...SIDES.map((side) => memory(idle[side].made))],
    [where, 'the same 14 s later', ...SIDES.map((side) => memory(idle[side].later))],
    [
      where,
      `the same with ${IDLE.toLocaleString('en')} others made after that`,
      ...SIDES.map((side) => memory(idle[side].again)),
    ],
    [where, 'items found of one of the first', ...SIDES.map((side) => String(idle[side].items))],
  ];
}

export interface Stored {
  where: string;
  runs: CountedRun[];
  sizes: Sizes;
}

export function rowTable(stored: Stored[]): string {
  const rows = stored.flatMap(({ where, runs }) =>
    runs.map(({ what, rows: { read, written, alarms } }) => [where, what, read, written, alarms].map(String)),
  );
  return tableOf(['where', 'what', 'rows read', 'rows written', 'alarms set'], rows);
}

export function sizeTable(stored: Stored[]): string {
  const kilobytes = (bytes: number) => `${(bytes / 1000).toFixed(1)} KB`;
  const rows = stored.map(({ where, sizes: { first, further } }) => [where, kilobytes(first), kilobytes(further)]);
  return tableOf(['where', 'with one conversation', 'each further one'], rows);
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
