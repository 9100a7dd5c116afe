import { checkBatch, closedError } from './sql-check.ts';
import { SqlClient } from './sql-client.ts';
import type { SqlDatabase, SqlLimits, SqlOpenOptions, SqlStatement, SqlStorage, SqlValue } from './sql-database.ts';
import type { SqlOpened } from './sql-rpc.ts';

const MEMORY = ':memory:';

/** One Worker and how many databases of this page use it: two Workers could not open the same files. */
interface Shared {
  users: number;
  client: SqlClient;
  opened: Promise<SqlOpened>;
}
const shared = new Map<string, Shared>();

/** Opens a database in OPFS, or in memory, through a Worker. One `dbPath` has one connection in a page. */
export async function openWorkerDatabase(options: SqlOpenOptions): Promise<SqlDatabase> {
  const { dbPath } = options;
  const found = shared.get(dbPath);
  const entry = found && !found.client.isOver ? found : start(options);
  entry.users += 1;
  try {
    return new WorkerDatabase(dbPath, entry, await entry.opened);
  } catch (error) {
    await leave(dbPath, entry);
    throw error;
  }
}

function start({ dbPath, workerUrl, wasmUrl }: SqlOpenOptions): Shared {
  const client = new SqlClient(dbPath, workerUrl);
  const absoluteUrl = wasmUrl && new URL(wasmUrl, globalThis.location.href).href;
  const opened = client.call<SqlOpened>({ op: 'open', dbPath, wasmUrl: absoluteUrl });
  const entry = { users: 0, client, opened };
  if (dbPath !== MEMORY) shared.set(dbPath, entry);
  return entry;
}

async function leave(dbPath: string, entry: Shared): Promise<void> {
  entry.users -= 1;
  if (entry.users > 0) return;
  if (shared.get(dbPath) === entry) shared.delete(dbPath);
  await entry.client.close();
}

class WorkerDatabase implements SqlDatabase {
  readonly limits: SqlLimits;
  readonly storage: SqlStorage;
  readonly #dbPath: string;
  readonly #entry: Shared;
  #closing: Promise<void> | undefined;

  constructor(dbPath: string, entry: Shared, { limits, storage }: SqlOpened) {
    this.limits = limits;
    this.storage = storage;
    this.#dbPath = dbPath;
    this.#entry = entry;
  }

  async batch(statements: readonly SqlStatement[]): Promise<SqlValue[][][]> {
    this.#checkOpen();
    checkBatch(this.#dbPath, this.limits, statements);
    const transfer = new Set<ArrayBuffer>();
    const packed = statements.map(({ sql, params = [] }) => ({ sql, params: params.map((p) => pack(p, transfer)) }));
    return this.#entry.client.call({ op: 'batch', statements: packed }, [...transfer]);
  }

  async size(): Promise<number> {
    this.#checkOpen();
    return this.#entry.client.call({ op: 'size' });
  }

  close(): Promise<void> {
    this.#closing ??= leave(this.#dbPath, this.#entry);
    return this.#closing;
  }

  #checkOpen(): void {
    if (this.#closing) throw closedError(this.#dbPath);
  }
}

/** Adds the buffer of a blob to `transfer`. A part of a larger buffer is copied, so that the rest stays with its owner. */
function pack(value: SqlValue, transfer: Set<ArrayBuffer>): SqlValue {
  if (!(value instanceof Uint8Array)) return value;
  const { buffer } = value;
  const isWhole = buffer instanceof ArrayBuffer && buffer.byteLength === value.byteLength;
  const whole = isWhole ? value : value.slice();
  transfer.add(whole.buffer as ArrayBuffer);
  return whole;
}
