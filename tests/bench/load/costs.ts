import { tableOf } from '../table.ts';
import type { Sizes } from './rows.ts';

// What a million conversations cost in a month, on paper, from what was measured and from Cloudflare's price list.

export interface Use {
  conversations: number;
  /** Each has an object of its own. */
  perPrincipal: number;
  /** In a month. */
  runsPerConversation: number;
  /** Of a run, almost all of which the model takes. */
  seconds: number;
}

export const USE: Use = { conversations: 1e6, perPrincipal: 10, runsPerConversation: 10, seconds: 5 };

/** Dollars, and what a month on the paid plan of Workers includes. The README says as of when. */
const PRICES = {
  plan: 5,
  requests: { per: 0.3 / 1e6, included: 10e6, unit: 'million' },
  processor: { per: 0.02 / 1e6, included: 30e6, unit: 'million ms' },
  objectRequests: { per: 0.15 / 1e6, included: 1e6, unit: 'million' },
  duration: { per: 12.5 / 1e6, included: 400_000, unit: 'million GB-s' },
  read: { per: 0.001 / 1e6, included: 25e9, unit: 'million rows' },
  written: { per: 1 / 1e6, included: 50e6, unit: 'million rows' },
  objectBytes: { per: 0.2 / 1e9, included: 5e9, unit: 'GB' },
  d1Bytes: { per: 0.75 / 1e9, included: 5e9, unit: 'GB' },
} as const;

/** Billed whatever an object uses. */
const OBJECT_GIGABYTES = 0.128;

export interface Measured {
  /** Of one run in a conversation of 20 items. */
  rows: { read: number; written: number };
  sizes: Sizes;
  /** Milliseconds of processor time of one run. */
  processor: number;
}

export function costTable(objects: Measured, d1: Measured, use = USE): string {
  const { conversations, perPrincipal, runsPerConversation, seconds } = use;
  const runs = conversations * runsPerConversation;
  const principals = conversations / perPrincipal;
  const n = (value: number) => value.toLocaleString('en', { maximumFractionDigits: 1 });
  const bytes = ({ first, further }: Sizes, databases: number) =>
    databases * first + (conversations - databases) * further;
  const onObjects: Line[] = [
    ['requests of the Worker', `${n(runs)} runs`, runs, 'requests'],
    ['requests of objects', `${n(runs)} runs × 2, with an alarm each`, 2 * runs, 'objectRequests'],
    [
      'duration',
      `${n(runs)} runs × ${n(seconds)} s × ${OBJECT_GIGABYTES} GB`,
      runs * seconds * OBJECT_GIGABYTES,
      'duration',
    ],
    ['rows read', `${n(runs)} runs × ${n(objects.rows.read)}`, runs * objects.rows.read, 'read'],
    [
      'rows written',
      `${n(runs)} runs × (${n(objects.rows.written)} + 1 alarm)`,
      runs * (objects.rows.written + 1),
      'written',
    ],
    [
      'stored bytes',
      `${n(principals)} objects × ${n(objects.sizes.first)} + ${n(conversations - principals)} × ${n(objects.sizes.further)}`,
      bytes(objects.sizes, principals),
      'objectBytes',
    ],
  ];
  const onD1: Line[] = [
    ['requests of the Worker', `${n(runs)} runs`, runs, 'requests'],
    ['processor time, ms', `${n(runs)} runs × ${n(d1.processor)}`, runs * d1.processor, 'processor'],
    ['rows read', `${n(runs)} runs × ${n(d1.rows.read)}`, runs * d1.rows.read, 'read'],
    ['rows written', `${n(runs)} runs × ${n(d1.rows.written)}`, runs * d1.rows.written, 'written'],
    ['stored bytes', `${n(conversations)} × ${n(d1.sizes.further)}`, conversations * d1.sizes.further, 'd1Bytes'],
  ];
  const rows = [...linesOf('Durable Objects', onObjects), ...linesOf('D1', onD1)];
  return tableOf(['where', 'what', 'how much', '', 'less what is included, × price', 'a month'], rows);
}

type Line = [what: string, how: string, amount: number, price: Exclude<keyof typeof PRICES, 'plan'>];

function linesOf(where: string, lines: Line[]): string[][] {
  let total: number = PRICES.plan;
  const rows = lines.map(([what, how, amount, price]) => {
    const { per, included, unit } = PRICES[price];
    const cost = Math.max(0, amount - included) * per;
    total += cost;
    const size = unit === 'GB' ? 1e9 : 1e6;
    const scaled = (value: number) => (value / size).toLocaleString('en', { maximumFractionDigits: 2 });
    const dollars = (per * size).toLocaleString('en', { maximumFractionDigits: 3 });
    return [where, what, how, scaled(amount), `− ${scaled(included)} ${unit}, × $${dollars}`, `$${cost.toFixed(2)}`];
  });
  rows.push([where, 'the plan', '', '', '', `$${PRICES.plan.toFixed(2)}`]);
  rows.push([where, '**in all**', '', '', '', `**$${total.toFixed(2)}**`]);
  return rows;
}
