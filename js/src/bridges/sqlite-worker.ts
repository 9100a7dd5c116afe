// The Worker that holds one SQLite connection, for its page and for the tabs that follow. It ships with sqlite-wasm
// bundled into it and with sqlite3.wasm beside it.
import { closedError } from './sql-check.ts';
import { SqlError, type SqlValue } from './sql-database.ts';
import { SqlFollowers } from './sql-followers.ts';
import { loadSqlite, takeFault } from './sql-load.ts';
import { openPool, type Pool } from './sql-pool.ts';
import type { SqlFailure, SqlNews, SqlOpened, SqlOpenOrder, SqlOrder, SqlReply, SqlRequest } from './sql-rpc.ts';
import { WASM_LIMITS, WasmConnection } from './sql-wasm.ts';

const MEMORY = ':memory:';

/** The part of a Worker's global scope that TypeScript's DOM library does not describe. */
interface WorkerScope {
  onmessage: (event: MessageEvent<SqlRequest | SqlOrder>) => void;
  postMessage(message: SqlReply | SqlNews, transfer?: Transferable[]): void;
  close(): void;
}
const scope = globalThis as unknown as WorkerScope;

let dbPath = '';
let connection: WasmConnection | undefined;
let pool: Pool | undefined;
let followers: SqlFollowers | undefined;
/** Nothing is done before this, so that all is done in the order in which it came. */
let last = Promise.resolve();

scope.onmessage = ({ data }) => {
  last = last.then(() => obey(data));
};
// Not awaited here: Vite makes a classic script of a Worker, which has no await outside of functions.
void holdLife().then((life) => scope.postMessage({ life }));

async function obey(message: SqlRequest | SqlOrder): Promise<void> {
  switch (message.op) {
    case 'open':
      return openFor(message);
    case 'close':
      return close();
    default:
      return answer(message, (reply, buffers) => scope.postMessage(reply, buffers));
  }
}

/** A failure leaves nothing open: whoever comes next tries with another Worker. */
async function openFor(order: SqlOpenOrder): Promise<void> {
  dbPath = order.dbPath;
  try {
    const opened = await open(order);
    scope.postMessage({ opened });
    if (dbPath === MEMORY) return;
    followers = new SqlFollowers(dbPath, opened, (request, reply) => {
      last = last.then(() => answer(request, reply));
    });
  } catch (error) {
    scope.postMessage({ failed: errorOf(error) });
    scope.close();
  }
}

function answer(request: SqlRequest, reply: (reply: SqlReply, buffers?: ArrayBuffer[]) => void): void {
  const { id } = request;
  try {
    const value = perform(request);
    reply({ id, value }, buffersOf(value));
  } catch (error) {
    reply({ id, error: errorOf(error) });
    if (!(error instanceof SqlError)) scope.close();
  }
}

function perform(request: SqlRequest): unknown {
  if (!connection) throw closedError(dbPath);
  takeFault();
  switch (request.op) {
    case 'batch':
      return connection.batch(request.statements);
    case 'size':
      return connection.size();
    case 'image':
      return connection.image();
  }
}

async function open({ wasmUrl, image }: SqlOpenOrder): Promise<SqlOpened> {
  const sqlite3 = await loadSqlite(wasmUrl);
  if (dbPath === MEMORY) {
    connection = new WasmConnection(sqlite3, { dbPath, fileName: MEMORY, image });
    const reason = 'The dbPath ":memory:" names a database that is not kept.';
    return { limits: WASM_LIMITS, storage: { persistence: 'memory', durable: false, reason } };
  }
  pool = await openPool(sqlite3, dbPath);
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
  followers?.close();
  connection?.close();
  connection = undefined;
  pool?.close();
  scope.postMessage({ closed: true });
  scope.close();
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
  if (value instanceof Uint8Array) return [value.buffer as ArrayBuffer];
  if (!Array.isArray(value)) return [];
  const values = (value as SqlValue[][][]).flat(2);
  return values.filter((item) => item instanceof Uint8Array).map((blob) => blob.buffer as ArrayBuffer);
}

/** An exception that is no SqlError comes from a trap in WebAssembly or from exhausted memory; nothing works after it. */
function errorOf(error: unknown): SqlFailure['error'] {
  if (error instanceof SqlError) return { code: error.code, message: error.message };
  const { name, message } = error as Error;
  const advice = 'What was committed is safe. Open it again.';
  return { code: 'io', message: `The Worker of the database "${dbPath}" failed (${name}: ${message}). ${advice}` };
}
