/** The page of the tests with several tabs: one session, whose items are ids that no other call ever uses. */
import { type Item, type SessionError, SQLiteSession } from 'agents-wasm';
import { openSqlDatabase } from '../../dist/bridges/sql-database.js';

type Failure = { code: string; message: string };

const CONVERSATION = 'shared';

let session: SQLiteSession;
let chains: Promise<void>[] = [];
let isAppending = false;
let appended = 0;
let inner: Worker | undefined;
/** Another one in each life of this page. */
const life = crypto.randomUUID().slice(0, 8);

const tabDriver = {
  saved: [] as string[],
  failures: [] as Failure[],

  async open(dbPath: string, workerUrl?: string): Promise<void> {
    // A busy machine is slow without anything being wrong.
    session = new SQLiteSession({ dbPath, slowMs: 60_000, ...(workerUrl && { workerUrl }) });
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

  async failureOf(call: () => Promise<unknown>): Promise<Failure> {
    return call().then(() => ({ code: 'none', message: 'It did not fail.' }), describe);
  },

  /** Appends in a Worker of this page, the same each time. */
  async inWorker(dbPath: string): Promise<string> {
    inner ??= new Worker('/page.js', { type: 'module' });
    inner.postMessage(dbPath);
    return new Promise((resolve) => inner?.addEventListener('message', ({ data }) => resolve(data), { once: true }));
  },

  openSqlDatabase,
};

async function appendOn(): Promise<void> {
  while (isAppending) {
    try {
      const id = await tabDriver.append();
      tabDriver.saved.push(id);
      await globalThis.report?.({ id });
    } catch (error) {
      tabDriver.failures.push(describe(error));
      return globalThis.report?.(describe(error));
    }
  }
}

function describe(error: unknown): Failure {
  const { code, message } = error as SessionError;
  return { code: code ?? 'no code', message };
}

declare global {
  var tab: typeof tabDriver;
  /** Tells the test, where it listens. */
  var report: ((outcome: { id: string } | Failure) => Promise<void>) | undefined;
}
Object.assign(globalThis, { tab: tabDriver });

// In a Worker the script appends one id for each dbPath that it is sent.
if (!('document' in globalThis)) {
  globalThis.onmessage = async ({ data }: MessageEvent<string>) => {
    await tabDriver.open(data);
    globalThis.postMessage(await tabDriver.append());
  };
}
