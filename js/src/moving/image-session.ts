import type { SqlDatabase } from '../bridges/sql-database.ts';
import { SessionError } from '../errors.ts';
import { asSessionError, SQLiteSession, type SQLiteSessionOptions } from '../sessions/sqlite-session.ts';

export interface ImageSessionOptions extends Omit<SQLiteSessionOptions, 'dbPath' | 'busyTimeout'> {
  /** The bytes of the file that it begins as; empty without it. */
  image?: Uint8Array;
}

/** A database in memory on its way from or to the bytes of a file. */
export class ImageSession extends SQLiteSession {
  readonly #image: Uint8Array | undefined;
  readonly #messagesTable: string;

  constructor({ image, ...options }: ImageSessionOptions) {
    super({ ...options, dbPath: ':memory:' });
    this.#image = image;
    this.#messagesTable = options.messagesTable ?? 'agent_messages';
  }

  async image(): Promise<Uint8Array> {
    const database = await this.database();
    return asSessionError(database.image());
  }

  protected override async openDatabase(): Promise<SqlDatabase> {
    if (!this.#image) return super.openDatabase();
    const database = await super.openDatabase(this.#image);
    try {
      await checkTable(database, this.#messagesTable);
      return database;
    } catch (error) {
      await database.close();
      throw error;
    }
  }
}

/** A session would add its tables to whatever database it is given. */
async function checkTable(database: SqlDatabase, table: string): Promise<void> {
  const sql = "SELECT 1 AS found FROM sqlite_master WHERE type = 'table' AND lower(name) = lower(?1)";
  const [found = []] = await database.batch([{ sql, params: [table] }]);
  if (found.length > 0) return;
  const message = `The database has no table "${table}". Name its tables with sessionsTable and messagesTable.`;
  throw new SessionError('corrupt', message);
}
