import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { SQLiteSession } from 'agents-wasm';

import { launchBrowser, openPage, servePage } from '../support/browser.ts';
import { type Measured, measureStore } from './store-work.ts';
import { ms, times } from './table.ts';

// Loads, saves and lists of each store, by how much it holds, against the engine below it in the same place.

export const STORE_HEAD = ['where', 'what', '100', '10,000', '100,000', 'bare engine', 'ratio', 'budget', ''];

export interface StoreRow {
  cells: string[];
  kept: boolean;
}

export async function storeRows(): Promise<StoreRow[]> {
  const rows = asRows('node:sqlite, a file', await inNode(), {});
  const found = await inChromium();
  return [
    ...rows,
    ...asRows('sqlite-wasm, OPFS', found.opfs, { load: 1.5, save: 1.3 }),
    ...asRows('IndexedDB', found.indexeddb, {}),
  ];
}

/** Twice as slow would be growth; less is what else the machine does. */
const GROWTH = 2;

function asRows(where: string, measured: Measured[], budgets: Record<string, number>): StoreRow[] {
  return measured.map(({ what, ours, bare }) => {
    const [least = 0, middle = 0, most = middle] = Object.values(ours);
    const ratio = bare === undefined ? undefined : middle / bare;
    const limit = budgets[what.split(' ', 1)[0] as string];
    const grows = most > GROWTH * least;
    const budget = limit === undefined ? 'does not grow' : `≤ ${limit}×, does not grow`;
    const shown = [100, 10_000, 100_000].map((size) => (ours[size] === undefined ? '' : ms(ours[size])));
    const against = bare === undefined ? ['', ''] : [ms(bare), times(ratio ?? 0)];
    const kept = !grows && (limit === undefined || (ratio ?? 0) <= limit);
    return { cells: [where, what, ...shown, ...against, budget, kept ? 'kept' : 'MISSED'], kept };
  });
}

async function inNode(): Promise<Measured[]> {
  const folder = await mkdtemp(join(tmpdir(), 'agents-bench-'));
  let databases = 0;
  try {
    return await measureStore({
      conversations: [100, 10_000],
      async open(seed) {
        const dbPath = join(folder, `${++databases}.db`);
        const session = new SQLiteSession({ dbPath });
        await session.storage();
        const below = bareDatabase(dbPath);
        await seed(session, below.query);
        return {
          session,
          query: below.query,
          async close() {
            below.close();
            await session.close();
          },
        };
      },
    });
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** A connection of its own, as durable as ours. */
function bareDatabase(dbPath: string) {
  const database = new DatabaseSync(dbPath);
  database.exec('PRAGMA synchronous = FULL');
  const statements = new Map<string, StatementSync>();
  return {
    query(sql: string, params: (string | number)[]): string[] {
      const statement = statements.get(sql) ?? database.prepare(sql);
      statements.set(sql, statement);
      return statement.all(...params).map((row) => Object.values(row)[0] as string);
    },
    close: () => database.close(),
  };
}

async function inChromium(): Promise<{ opfs: Measured[]; indexeddb: Measured[] }> {
  const server = await servePage(new URL('./stores-page.ts', import.meta.url));
  const browser = await launchBrowser();
  try {
    const { page } = await openPage(browser, server.url);
    return {
      opfs: await page.evaluate(() => measureIn('opfs')),
      indexeddb: await page.evaluate(() => measureIn('indexeddb')),
    };
  } finally {
    await browser.close();
    await server.close();
  }
}
