/** The page of the bench of stores. */
import { IndexedDBSession, SQLiteSession } from 'agents-wasm';

import { openSqlDatabase } from '../../dist/bridges/sql-database.js';
import { type Measured, measureStore, type Place } from './store-work.ts';

let databases = 0;

const places: Record<'opfs' | 'indexeddb', Place> = {
  opfs: {
    conversations: [100, 10_000],
    async open(seed) {
      const dbPath = `bench-${++databases}.db`;
      const session = new SQLiteSession({ dbPath });
      await session.storage();
      // The session's own Worker and connection: all users of a database in a page share them.
      const below = await openSqlDatabase({ dbPath });
      const query = async (sql: string, params: (string | number)[]) => {
        const [rows = []] = await below.batch([{ sql, params }]);
        return rows.map(([value]) => value as string);
      };
      await seed(session, query);
      return {
        session,
        query,
        async close() {
          await below.close();
          await session.close();
        },
      };
    },
  },
  indexeddb: {
    conversations: [100, 10_000],
    async open(seed) {
      const session = new IndexedDBSession({ dbName: `bench-${++databases}` });
      await seed(session, undefined);
      return { session, close: () => session.close() };
    },
  },
};

Object.assign(globalThis, { measureIn: (place: keyof typeof places) => measureStore(places[place]) });

declare global {
  var measureIn: (place: 'opfs' | 'indexeddb') => Promise<Measured[]>;
}
