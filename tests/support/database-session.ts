import assert from 'node:assert/strict';

import type { SqlDatabase } from '../../js/src/bridges/sql-database.ts';
import { addDatabase, removeDatabase } from '../../js/src/host.ts';
import { loadCore } from '../../js/src/instance.ts';
import { type OpenSession, openInCore } from '../../js/src/sessions/core-session.ts';
import { type SessionStorage, StoredSession } from '../../js/src/sessions/stored-session.ts';

// From the sources, which open what no caller of the package can: a core and a store over any database.

/** The SQL store over a database of the test's. Its `close` closes the database. */
export class DatabaseSession extends StoredSession {
  readonly #given: SqlDatabase | (() => Promise<SqlDatabase>);
  readonly #leaseMs: number;
  #database: SqlDatabase | undefined;
  #id = 0;

  /** A function is called at the first use. Leases are for databases that several sessions have open at once. */
  constructor(database: SqlDatabase | (() => Promise<SqlDatabase>), { leaseMs = 0 }: { leaseMs?: number } = {}) {
    super();
    this.#given = database;
    this.#leaseMs = leaseMs;
  }

  protected override async open(): Promise<OpenSession> {
    this.#database ??= typeof this.#given === 'function' ? await this.#given() : this.#given;
    const { limits } = this.#database;
    removeDatabase(this.#id);
    this.#id = addDatabase(this.#database);
    return openInCore({
      kind: 'sql',
      slowMs: 60_000,
      key: '',
      ...(this.#leaseMs ? { leaseMs: this.#leaseMs } : {}),
      database: this.#id,
      sessionsTable: 'agent_sessions',
      messagesTable: 'agent_messages',
      maxParams: limits.maxParams,
      maxValueBytes: limits.maxValueBytes,
      noBytes: !limits.bytes,
    });
  }

  protected override async release(): Promise<void> {
    removeDatabase(this.#id);
    await this.#database?.close();
  }

  override async storage(): Promise<SessionStorage> {
    await this.opened();
    return (this.#database as SqlDatabase).storage;
  }
}

/** Fails if something is alive in the core that these sessions use. */
export async function assertNoLeaks(): Promise<void> {
  assert.deepEqual((await loadCore()).stats(), { tickets: 0, calls: 0, sessions: 0, runs: 0 });
}
