import type { DurableObjectLike } from 'agents-wasm/edge';

/** What a bill is made of. */
export interface Rows {
  read: number;
  written: number;
  /** Each is billed as a row that is written. */
  alarms: number;
}

type Storage = DurableObjectLike['storage'];
type Cursor = { rowsRead: number; rowsWritten: number };

/** Counts the rows that go through a Durable Object's storage. */
export class Counter {
  #cursors: Cursor[] = [];
  #alarms = 0;

  counted(storage: Storage): Storage {
    const { sql } = storage;
    return {
      transactionSync: (closure) => storage.transactionSync(closure),
      getAlarm: () => storage.getAlarm(),
      setAlarm: (time) => {
        this.#alarms++;
        return storage.setAlarm(time);
      },
      sql: {
        get databaseSize() {
          return sql.databaseSize;
        },
        exec: ((query, ...bindings) => {
          const cursor = sql.exec(query, ...bindings);
          // A cursor counts while it is read, so it is asked later.
          this.#cursors.push(cursor as unknown as Cursor);
          return cursor;
        }) as Storage['sql']['exec'],
      },
    };
  }

  /** Since it was last asked. */
  take(): Rows {
    const cursors = this.#cursors.splice(0);
    const alarms = this.#alarms;
    this.#alarms = 0;
    const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);
    return {
      read: sum(cursors.map(({ rowsRead }) => rowsRead)),
      written: sum(cursors.map(({ rowsWritten }) => rowsWritten)),
      alarms,
    };
  }
}
