// The Worker that holds one SQLite connection for a page. It ships with sqlite-wasm bundled into it and with
// sqlite3.wasm beside it.
import { closedError } from './sql-check.ts';
import { SqlError, type SqlValue } from './sql-database.ts';
import { loadSqlite, takeFault } from './sql-load.ts';
import { openPool, type Pool } from './sql-pool.ts';
import type { SqlHello, SqlOpened, SqlReply, SqlRequest } from './sql-rpc.ts';
import { WASM_LIMITS, WasmConnection } from './sql-wasm.ts';

const MEMORY = ':memory:';

/** The part of a Worker's global scope that TypeScript's DOM library does not describe. */
interface WorkerScope {
  onmessage: (event: MessageEvent<SqlRequest>) => void;
  postMessage(message: SqlReply | SqlHello, transfer?: Transferable[]): void;
  close(): void;
}
const scope = globalThis as unknown as WorkerScope;

let dbPath = '';
let connection: WasmConnection | undefined;
let pool: Pool | undefined;
let last = Promise.resolve();

scope.onmessage = ({ data }) => {
  last = last.then(() => answer(data));
};
scope.postMessage({ hello: { life: await holdLife() } });

async function answer(request: SqlRequest): Promise<void> {
  const { id } = request;
  try {
    const value = await perform(request);
    scope.postMessage({ id, value }, buffersOf(value));
  } catch (error) {
    const { code, message } = error instanceof SqlError ? error : fatal(error as Error);
    scope.postMessage({ id, error: { code, message } });
    if (!(error instanceof SqlError)) scope.close();
  }
}

function perform(request: SqlRequest): Promise<unknown> | unknown {
  if (request.op === 'open') return open(request.dbPath, request.wasmUrl);
  if (request.op === 'close') return close();
  if (!connection) throw closedError(dbPath);
  takeFault();
  switch (request.op) {
    case 'batch':
      return connection.batch(request.statements);
    case 'size':
      return connection.size();
  }
}

async function open(path: string, wasmUrl: string | undefined): Promise<SqlOpened> {
  dbPath = path;
  const sqlite3 = await loadSqlite(wasmUrl);
  if (path === MEMORY) {
    connection = new WasmConnection(sqlite3, { dbPath, fileName: MEMORY });
    const reason = 'The dbPath ":memory:" names a database that is not kept.';
    return { limits: WASM_LIMITS, storage: { persistence: 'memory', durable: false, reason } };
  }
  pool = await openPool(sqlite3, path);
  connection = new WasmConnection(sqlite3, { dbPath, fileName: '/db', vfs: pool.vfs, takeFault });
  configure(connection);
  return { limits: WASM_LIMITS, storage: { persistence: 'opfs', durable: true, reason: await opfsReason() } };
}

/** The pool has no shared memory, so that the log works only for a connection that has said it is alone. */
function configure(opened: WasmConnection): void {
  opened.run('PRAGMA locking_mode = EXCLUSIVE');
  opened.run('PRAGMA journal_mode = WAL');
  opened.run('PRAGMA synchronous = FULL');
  opened.run('PRAGMA temp_store = MEMORY');
}

async function opfsReason(): Promise<string> {
  const isKept = await navigator.storage.persisted?.();
  const place = "SQLite keeps the database in this site's private file system (OPFS)";
  return isKept ? `${place}.` : `${place}; the browser may delete it when the disk is full.`;
}

function close(): void {
  connection?.close();
  connection = undefined;
  pool?.close();
}

/** Holds a lock of its own for as long as this Worker lives: its release is the only sign of a Worker's death. */
async function holdLife(): Promise<string | undefined> {
  if (!navigator.locks) return undefined;
  const name = `agents-wasm:worker:${crypto.randomUUID()}`;
  await new Promise<void>((held) => {
    navigator.locks.request(name, () => {
      held();
      return new Promise(() => {});
    });
  });
  return name;
}

function buffersOf(value: unknown): ArrayBuffer[] {
  if (!Array.isArray(value)) return [];
  const values = (value as SqlValue[][][]).flat(2);
  return values.filter((item) => item instanceof Uint8Array).map((blob) => blob.buffer as ArrayBuffer);
}

/** An exception that is no SqlError comes from a trap in WebAssembly or from exhausted memory; nothing works after it. */
function fatal({ name, message }: Error): SqlError {
  const advice = 'What was committed is safe. Open it again.';
  return new SqlError('io', `The Worker of the database "${dbPath}" failed (${name}: ${message}). ${advice}`);
}
