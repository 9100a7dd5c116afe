import { SqlCalls, type SqlLine } from './sql-calls.ts';
import { closedError } from './sql-check.ts';
import { SqlError } from './sql-database.ts';
import { SqlFollower } from './sql-follower.ts';
import { SqlLeader, type SqlLeaderOptions } from './sql-leader.ts';
import { onSuspension } from './sql-lifecycle.ts';
import type { SqlCall, SqlOpened, SqlReply } from './sql-rpc.ts';

export const MEMORY = ':memory:';

/** A follower that has heard nothing at so many looks in a row, 15 s in all, gives up. A page that slept looks once. */
const LOOK_EVERY = 3000;
const LOOKS = 5;

/**
 * How long a page may have stood still and still send a change again. Whoever refuses repetitions forgets the oldest
 * changes some day, and nobody knows how many others were made meanwhile.
 */
const REPEATABLE = 60_000;

/**
 * One page's use of one database. The page that gets the database's Web Lock leads: its Worker has the database open and
 * serves everybody. The others follow, and queue for the lock. What got no answer when the leader changes is sent again.
 */
export class SqlClient {
  /** Rejects if nobody can open the database; the client is over then. */
  readonly opened: Promise<SqlOpened>;
  readonly #options: SqlLeaderOptions;
  readonly #calls: SqlCalls;
  readonly #life = new AbortController();
  #answerOpened: { resolve(opened: SqlOpened): void; reject(error: SqlError): void } | undefined;
  #role: SqlFollower | SqlLeader | undefined;
  /** Aborted to leave the queue for the lock, or to release the lock. */
  #place: AbortController | undefined;
  #looking: ReturnType<typeof setInterval> | undefined;
  #silence = 0;
  #suspendedAt: number | undefined;
  #end: SqlError | undefined;

  constructor(options: SqlLeaderOptions) {
    this.#options = options;
    this.#calls = new SqlCalls(options.dbPath);
    this.opened = new Promise((resolve, reject) => {
      this.#answerOpened = { resolve, reject };
    });
    if (options.dbPath !== MEMORY) onSuspension(this, this.#life.signal);
    this.#need();
  }

  /** Whether every further call fails. */
  get isOver(): boolean {
    return this.#end !== undefined;
  }

  async call<T>(call: SqlCall): Promise<T> {
    if (this.#end) throw this.#end;
    const answer = this.#calls.add<T>(call);
    this.#need();
    return answer;
  }

  /** Leaves the database to others after the calls before this one. */
  async close(): Promise<void> {
    await this.#calls.idle();
    const role = this.#role;
    this.#stop(closedError(this.#options.dbPath));
    await role?.leave();
  }

  /** Lets go of the database and of the place in the queue, since the page may stop running. */
  suspend(): void {
    this.#suspendedAt ??= Date.now();
    // The Worker may be stopped with its page before it gets to close anything, and would keep the files from everybody.
    if (this.#role instanceof SqlLeader) this.#role.abandon();
    this.#leave();
  }

  /** Comes back, as a leader or a follower. */
  resume(): void {
    const pause = Date.now() - (this.#suspendedAt ?? Date.now());
    this.#suspendedAt = undefined;
    if (pause > REPEATABLE) this.#calls.failSentChanges(pauseError(this.#options.dbPath));
    this.#enter();
  }

  #need(): void {
    this.#enter();
    if (this.#looking) return;
    this.#silence = 0;
    this.#looking = setInterval(() => this.#look(), LOOK_EVERY);
  }

  #enter(): void {
    if (this.#place || this.#suspendedAt || this.#end) return;
    const place = new AbortController();
    this.#place = place;
    if (this.#options.dbPath === MEMORY || !navigator.locks) this.#lead();
    else this.#queue(place);
  }

  #queue(place: AbortController): void {
    try {
      this.#follow();
    } catch {
      // Firefox refuses channels to a site that may store nothing, and the Worker learns what else it may not do.
      this.#lead();
      return;
    }
    const name = `agents-wasm:leader:${this.#options.dbPath}`;
    const hold = () =>
      new Promise<void>((release) => {
        place.signal.addEventListener('abort', () => release());
        this.#lead();
      });
    navigator.locks.request(name, { signal: place.signal }, hold).catch(() => {
      // A page without the right to locks learns from its Worker what else it may not do.
      if (this.#place === place && !(this.#role instanceof SqlLeader)) this.#lead();
    });
  }

  #follow(): void {
    const follower: SqlFollower = new SqlFollower(this.#options.dbPath, {
      opened: (opened) => this.#connect(follower, opened),
      reply: (reply) => this.#hear(reply),
    });
    this.#role = follower;
  }

  #lead(): void {
    this.#dismiss();
    let isOpen = false;
    try {
      const leader: SqlLeader = new SqlLeader(this.#options, {
        opened: (opened) => {
          isOpen = true;
          this.#connect(leader, opened);
        },
        reply: (reply) => this.#hear(reply),
        lost: (error) => this.#lose(error, isOpen),
      });
      this.#role = leader;
    } catch (error) {
      this.#lose(error as SqlError, isOpen);
    }
  }

  #connect(line: SqlLine, opened: SqlOpened): void {
    this.#silence = 0;
    this.#calls.connect(line);
    this.#answerOpened?.resolve(opened);
    this.#answerOpened = undefined;
  }

  #hear(reply: SqlReply): void {
    this.#silence = 0;
    this.#calls.settle(reply);
  }

  /** Somebody else may do better, hence the place in the queue is left in each case. */
  #lose(error: SqlError, wasOpen: boolean): void {
    this.#leave();
    if (this.#options.dbPath === MEMORY) this.#stop(error);
    else if (!wasOpen) this.#fail(error);
    else if (!this.#calls.isIdle) this.#enter();
  }

  #look(): void {
    if (this.#role instanceof SqlLeader || this.#suspendedAt) this.#silence = 0;
    else if (++this.#silence >= LOOKS) this.#fail(silenceError(this.#options.dbPath));
    if (this.#answerOpened || !this.#calls.isIdle) return;
    clearInterval(this.#looking);
    this.#looking = undefined;
  }

  #fail(error: SqlError): void {
    if (this.#answerOpened) this.#stop(error);
    else this.#calls.fail(error);
  }

  #stop(error: SqlError): void {
    this.#end = error;
    this.#answerOpened?.reject(error);
    this.#answerOpened = undefined;
    this.#calls.fail(error);
    this.#life.abort();
    this.#leave();
    clearInterval(this.#looking);
  }

  #leave(): void {
    this.#place?.abort();
    this.#place = undefined;
    this.#dismiss();
  }

  #dismiss(): void {
    void this.#role?.leave();
    this.#role = undefined;
    this.#calls.connect(undefined);
  }
}

function silenceError(dbPath: string): SqlError {
  return new SqlError(
    'locked',
    `The tab that has the database "${dbPath}" open does not answer: it is frozen, or busy with one long batch. A batch ` +
      'of this tab that was under way may have been written or not. Close that tab, or wake it, and try again.',
  );
}

function pauseError(dbPath: string): SqlError {
  return new SqlError(
    'io',
    `The page stood still while a batch of the database "${dbPath}" was under way, too long to send it again: it may ` +
      'have been written or not.',
  );
}
