/** The page of the browser tests: the suite over both kinds of storage, and a driver for tests that reload and kill. */
import { openSqlDatabase, type SqlDatabase, type SqlOpenOptions } from '../../dist/bridges/sql-database.js';
import { collected } from '../support/page-test.ts';
import { sqlDatabaseSuite } from './sql-suite.ts';

sqlDatabaseSuite('sqlite-wasm OPFS', (name) => openSqlDatabase({ dbPath: `${name}.db` }));
sqlDatabaseSuite('sqlite-wasm memory', () => openSqlDatabase({ dbPath: ':memory:' }));

type Failure = { code: string; message: string };

const workers: Worker[] = [];
globalThis.Worker = class extends Worker {
  constructor(...args: ConstructorParameters<typeof Worker>) {
    super(...args);
    workers.push(this);
  }
};

let database: SqlDatabase;
const append = (value: string) => ({ sql: 'INSERT INTO written (value) VALUES (?1)', params: [value] });

/** One database that counts its rows; there is one row for each batch. */
const pageDriver = {
  suite: collected,
  workers,

  /** Answers with the number of rows, as the functions after it do. */
  async open(dbPath: string, options: Omit<SqlOpenOptions, 'dbPath'> = {}): Promise<number> {
    database = await openSqlDatabase({ dbPath, ...options });
    await database.batch([{ sql: 'CREATE TABLE IF NOT EXISTS written (id INTEGER PRIMARY KEY, value)' }]);
    return this.count();
  },

  close: () => database.close(),

  async write(batches: number, bytes = 10): Promise<number> {
    for (let count = 0; count < batches; count += 1) await database.batch([append('x'.repeat(bytes))]);
    return this.count();
  },

  /** Writes for as long as it goes, and tells how many batches resolved. */
  async writeUntilFailure(): Promise<{ acknowledged: number; failure: Failure }> {
    for (let acknowledged = 0; ; acknowledged += 1) {
      try {
        await database.batch([append('x')]);
      } catch (error) {
        return { acknowledged, failure: describe(error) };
      }
      globalThis.acknowledge?.(acknowledged + 1);
    }
  },

  async count(): Promise<number> {
    const [rows] = await database.batch([{ sql: 'SELECT count(*) AS n FROM written' }]);
    return Number(rows?.[0]?.[0]);
  },

  async check(): Promise<unknown> {
    const [rows] = await database.batch([{ sql: 'PRAGMA integrity_check' }]);
    return rows?.[0]?.[0];
  },

  async failureOf(call: () => Promise<unknown>): Promise<Failure> {
    return call().then(() => ({ code: 'none', message: 'It did not fail.' }), describe);
  },

  /** Puts a text over the beginning of a database's file. The pool's own header comes first. */
  async overwrite(dbPath: string, text: string): Promise<void> {
    const writable = await (await findFile(dbPath)).createWritable({ keepExistingData: true });
    await writable.write({ type: 'write', position: POOL_HEADER, data: text.repeat(20) });
    await writable.close();
  },

  /** Opens a database's file for writing, which keeps everybody else out, and gives what lets go of it. */
  async hold(dbPath: string): Promise<() => Promise<void>> {
    const writable = await (await findFile(dbPath)).createWritable({ keepExistingData: true });
    return () => writable.close();
  },

  async readText(dbPath: string): Promise<string> {
    return (await (await findFile(dbPath)).getFile()).slice(POOL_HEADER).text();
  },
};

const POOL_HEADER = 4096;

/** The file in the pool of `dbPath` that holds the database. */
async function findFile(dbPath: string): Promise<FileSystemFileHandle> {
  const root = await (await navigator.storage.getDirectory()).getDirectoryHandle('agents-wasm');
  for await (const [name, pool] of root) {
    if (!name.startsWith(`${dbPath}-`)) continue;
    for await (const file of (await (pool as FileSystemDirectoryHandle).getDirectoryHandle('.opaque')).values()) {
      const head = await (await (file as FileSystemFileHandle).getFile()).slice(0, 4).text();
      if (head === '/db\0') return file as FileSystemFileHandle;
    }
  }
  throw new Error(`There is no file for ${dbPath}.`);
}

function describe(error: unknown): Failure {
  const { code, message } = error as Failure;
  return { code, message };
}

declare global {
  var driver: typeof pageDriver;
  /** Tells the test how many batches have resolved, where it listens. */
  var acknowledge: ((total: number) => void) | undefined;
}
Object.assign(globalThis, { driver: pageDriver });
