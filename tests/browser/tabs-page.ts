/** The page of the tests with several tabs: one session, whose items are ids that no other call ever uses. */
import { type Item, type SessionError, SQLiteSession } from 'agents-wasm';
import { openSqlDatabase } from '../../dist/bridges/sql-database.js';

const CONVERSATION = 'shared';

let session: SQLiteSession;
let chains: Promise<void>[] = [];
let isAppending = false;
let appended = 0;
/** Another one in each life of this page. */
const life = crypto.randomUUID().slice(0, 8);

const tabDriver = {
  async open(dbPath: string, workerUrl?: string): Promise<void> {
    session = new SQLiteSession({ dbPath, ...(workerUrl && { workerUrl }) });
    await session.storage();
  },

  close: () => session.close(),
  storage: () => session.storage(),

  /** Gives the id once it is saved. */
  async append(): Promise<string> {
    const id = `${life}-${++appended}`;
    await session.saveItems(CONVERSATION, [{ role: 'user', content: id }]);
    return id;
  },

  /** Appends in several chains until `stop()`, and says of each id that it has been saved, or of a call why not. */
  start(count = 2): void {
    isAppending = true;
    chains = Array.from({ length: count }, appendOn);
  },

  async stop(): Promise<void> {
    isAppending = false;
    await Promise.all(chains);
  },

  async ids(): Promise<string[]> {
    const items = await session.loadItems(CONVERSATION);
    return items.map((item) => (item as Item & { content: string }).content);
  },

  async failureOf(call: () => Promise<unknown>): Promise<{ code: string; message: string }> {
    return call().then(() => ({ code: 'none', message: 'It did not fail.' }), describe);
  },

  openSqlDatabase,
};

async function appendOn(): Promise<void> {
  while (isAppending) {
    try {
      await globalThis.report({ id: await tabDriver.append() });
    } catch (error) {
      return globalThis.report(describe(error));
    }
  }
}

function describe(error: unknown): { code: string; message: string } {
  const { code, message } = error as SessionError;
  return { code: code ?? 'no code', message };
}

declare global {
  var tab: typeof tabDriver;
  var report: (outcome: { id: string } | { code: string; message: string }) => Promise<void>;
}
Object.assign(globalThis, { tab: tabDriver });
