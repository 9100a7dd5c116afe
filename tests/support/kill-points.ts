import { readFileSync } from 'node:fs';
import { StatementSync } from 'node:sqlite';

/** The files of a database, as a process that is killed now would leave them. */
export interface Remains {
  database: Buffer;
  log: Buffer;
}

/** The remains behind a statement, and all that was noted at the moments at which they were the same. */
export interface KillPoint<Note> {
  remains: Remains;
  notes: { after: string; note: Note }[];
}

/**
 * Watches what `node:sqlite` does to a file until `stop`, which gives the points in their order. What a process has
 * handed to the system stays when it is killed, so that a copy between two statements is what a kill there leaves.
 */
export function watchKillPoints<Note>(dbPath: string, note: () => Note): { stop(): KillPoint<Note>[] } {
  const points: KillPoint<Note>[] = [];
  const original = StatementSync.prototype.all;
  StatementSync.prototype.all = function (this: StatementSync, ...values: Parameters<typeof original>) {
    // The driver steps its statements to their end here, BEGIN and COMMIT too.
    const rows = original.apply(this, values);
    const remains = remainsOf(dbPath);
    const last = points.at(-1);
    const point = last && isSame(last.remains, remains) ? last : { remains, notes: [] };
    if (point !== last) points.push(point);
    point.notes.push({ after: this.sourceSQL, note: note() });
    return rows;
  } as typeof original;
  return {
    stop() {
      StatementSync.prototype.all = original;
      return points;
    },
  };
}

function remainsOf(dbPath: string): Remains {
  return { database: readIfThere(dbPath), log: readIfThere(`${dbPath}-wal`) };
}

function readIfThere(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch {
    return Buffer.alloc(0);
  }
}

function isSame(one: Remains, other: Remains): boolean {
  return one.log.equals(other.log) && one.database.equals(other.database);
}
