import { openDB } from 'idb';
import {
  blockedError,
  closedError,
  foreignError,
  isLost,
  isNewer,
  newerError,
  refusedHere,
  sessionError,
} from './idb-errors.ts';
import { createStores, type Database, READ_STORES, type Schema, STORES, VERSION } from './idb-schema.ts';

/** A database that is opened when it is used, and again when the browser or another tab has closed it. */
export class IdbConnection {
  readonly dbName: string;
  readonly #patience: number;
  #opening: Promise<Database> | undefined;
  #isClosed = false;

  /** `patience`: how many milliseconds opening may take while others are in the way. */
  constructor(dbName: string, patience: number) {
    this.dbName = dbName;
    this.#patience = patience;
  }

  /**
   * Does `work`, and once more if it failed because the connection was lost: it must be something that has the same
   * effect when it is done twice.
   */
  async use<T>(work: (database: Database) => Promise<T>): Promise<T> {
    try {
      return await this.#once(work);
    } catch (error) {
      if (!isLost(error) || this.#isClosed) throw this.#isClosed ? closedError() : sessionError(this.dbName, error);
    }
    try {
      return await this.#once(work);
    } catch (error) {
      throw sessionError(this.dbName, error);
    }
  }

  /** What is under way comes to its end. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const database = await this.#opening?.catch(() => undefined);
    this.#opening = undefined;
    database?.close();
  }

  async #once<T>(work: (database: Database) => Promise<T>): Promise<T> {
    if (this.#isClosed) throw closedError();
    this.#opening ??= this.#open();
    const opening = this.#opening;
    try {
      return await work(await opening);
    } catch (error) {
      const isFirst = this.#opening === opening;
      if (isFirst && isLost(error)) this.#opening = undefined;
      if (isLost(error)) await opening.then((database) => database.close()).catch(() => undefined);
      throw error;
    }
  }

  async #open(): Promise<Database> {
    const drop = () => {
      this.#opening = undefined;
    };
    try {
      const database = await this.#opened(drop, VERSION).catch((error) => {
        if (isNewer(error)) return this.#opened(drop);
        throw error;
      });
      const { version } = database;
      if (version > VERSION ? canBeRead(database) : isOurs(database)) return database;
      database.close();
      throw version > VERSION ? newerError(this.dbName, version, 'cannot even read it') : foreignError(this.dbName);
    } catch (error) {
      // What stood in the way may be gone at the next call.
      drop();
      throw openError(this.dbName, error);
    }
  }

  /** Without a version it is the one that the database has. */
  #opened(drop: () => void, version?: number): Promise<Database> {
    if (typeof indexedDB === 'undefined') throw refusedHere(this.dbName, 'this runtime has no IndexedDB');
    let isForeign = false;
    const opened = openDB<Schema>(this.dbName, version, {
      upgrade(database, oldVersion, _version, tx) {
        if (oldVersion === 0) return createStores(database);
        isForeign = !isOurs(database);
        // It keeps its version.
        if (isForeign) tx.abort();
      },
      // Another tab deletes the database or brings it up to date; the next call opens what it leaves.
      blocking(_current, _blocked, event) {
        drop();
        (event.target as IDBDatabase).close();
      },
      terminated: drop,
    });
    const opening = opened.catch((error) => {
      throw isForeign ? foreignError(this.dbName) : error;
    });
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(blockedError(this.dbName));
        opening.then((late) => late.close()).catch(() => undefined);
      }, this.#patience);
      opening.then(resolve, reject).finally(() => clearTimeout(timer));
    });
  }
}

function isOurs({ objectStoreNames }: Database): boolean {
  return STORES.every((name) => objectStoreNames.contains(name));
}

/** Whether a database of a newer version has what is read. */
function canBeRead(database: Database): boolean {
  if (!READ_STORES.every((name) => database.objectStoreNames.contains(name))) return false;
  const { indexNames } = database.transaction('conversations').store;
  return indexNames.contains('byChange') && indexNames.contains('byTime');
}

/** Private windows and embedded pages have an IndexedDB that refuses to open. */
function openError(dbName: string, error: unknown): unknown {
  if (!isLost(error)) return sessionError(dbName, error);
  const { name, message } = error as Error;
  return name === 'InvalidStateError' || name === 'UnknownError'
    ? refusedHere(dbName, `the browser does not open it (${name}: ${message})`, error)
    : sessionError(dbName, error);
}
