import { checkBatch, closedError } from './sql-check.ts';
import { MEMORY, SqlClient } from './sql-client.ts';
import type { SqlDatabase, SqlLimits, SqlOpenOptions, SqlStatement, SqlStorage, SqlValue } from './sql-database.ts';
import { standAlone } from './sql-image.ts';
import type { SqlOpened } from './sql-rpc.ts';

/** What one page's users of a database share, which is how many they are too. */
interface Shared {
  users: number;
  client: SqlClient;
}
const shared = new Map<string, Shared>();

/**
 * Opens a database in OPFS, or in memory. All users of one `dbPath`, in this page and in the other tabs of the origin,
 * share the connection of one Worker.
 */
export async function openWorkerDatabase(options: SqlOpenOptions): Promise<SqlDatabase> {
  const { dbPath, image } = options;
  const found = shared.get(dbPath);
  const entry =
    found && !found.client.isOver ? found : start(image ? { ...options, image: standAlone(image) } : options);
  entry.users += 1;
  try {
    return new WorkerDatabase(dbPath, entry, await entry.client.opened);
  } catch (error) {
    await leave(dbPath, entry);
    throw error;
  }
}

function start(options: SqlOpenOptions): Shared {
  const entry = { users: 0, client: new SqlClient(options) };
  if (options.dbPath !== MEMORY) shared.set(options.dbPath, entry);
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
    const packed = statements.map(({ sql, params = [] }) => ({ sql, params: params.map(pack) }));
    return this.#entry.client.call({ op: 'batch', statements: packed });
  }

  async size(): Promise<number> {
    this.#checkOpen();
    return this.#entry.client.call({ op: 'size' });
  }

  async image(): Promise<Uint8Array> {
    this.#checkOpen();
    return this.#entry.client.call({ op: 'image' });
  }

  close(): Promise<void> {
    this.#closing ??= leave(this.#dbPath, this.#entry);
    return this.#closing;
  }

  #checkOpen(): void {
    if (this.#closing) throw closedError(this.#dbPath);
  }
}

/** A message copies the whole buffer of a blob: a part of a larger one is cut out first. */
function pack(value: SqlValue): SqlValue {
  if (!(value instanceof Uint8Array)) return value;
  const { buffer } = value;
  const isWhole = buffer instanceof ArrayBuffer && buffer.byteLength === value.byteLength;
  return isWhole ? value : value.slice();
}
