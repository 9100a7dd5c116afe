import type { SessionError } from '../errors.ts';
import type { AppliedHead, ChangeHead, HostStore, ListHead, ListQuery, PageHead, ReadQuery } from '../store-wire.ts';
import { applyChange } from './idb-change.ts';
import { IdbConnection } from './idb-connection.ts';
import { newerError } from './idb-errors.ts';
import { listConversations, readPage } from './idb-read.ts';
import { type Database, VERSION } from './idb-schema.ts';

export interface IndexedDBOptions {
  dbName: string;
  /** How many milliseconds opening waits while another tab is in the way. */
  busyTimeout: number;
}

/** Why nothing can be changed in a database that a newer version made. */
function refusalOf({ name, version }: Database): SessionError | undefined {
  return version > VERSION ? newerError(name, version, 'only reads it') : undefined;
}

/** Conversations in an IndexedDB database. Several tabs may use it at once. */
export class IndexedDBStore implements HostStore {
  readonly #connection: IdbConnection;

  constructor({ dbName, busyTimeout }: IndexedDBOptions) {
    this.#connection = new IdbConnection(dbName, busyTimeout);
  }

  read(query: ReadQuery): Promise<{ head: PageHead; body: Uint8Array }> {
    return this.#connection.use((database) => readPage(database, query));
  }

  list(query: ListQuery): Promise<ListHead> {
    return this.#connection.use((database) => listConversations(database, query));
  }

  /** Done twice it is the same: the store knows it by its operation id, and leases can be taken or given up again. */
  apply(change: ChangeHead, body: Uint8Array): Promise<AppliedHead> {
    return this.#connection.use(async (database) => {
      const refusal = refusalOf(database);
      if (refusal) throw refusal;
      return applyChange(database, change, body);
    });
  }

  /** Opens the database; tells whether its commits wait for the disk, and why it refuses them all, if it does. */
  describe(): Promise<{ durable: boolean; refusal?: SessionError | undefined }> {
    return this.#connection.use(async (database) => {
      const tx = database.transaction('conversations', 'readonly', { durability: 'strict' });
      return { durable: tx.durability === 'strict', refusal: refusalOf(database) };
    });
  }

  close(): Promise<void> {
    return this.#connection.close();
  }
}
