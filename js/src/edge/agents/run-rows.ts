/** What of a Durable Object's SQLite is used beside the session's own tables. */
export interface SqlLike {
  exec(sql: string, ...params: (string | number | null)[]): { toArray(): Record<string, unknown>[] };
}

export type RunStatus = 'queued' | 'running' | 'completed' | 'failed' | 'stopped' | 'awaiting_approval';

/** How a conversation was when a run began, to tell after a crash how far that run came. */
export interface Before {
  /** Cursor of its newest item. */
  newest?: string | undefined;
  /** Its open runs. */
  open: string[];
}

/** A run as the object remembers it over restarts. */
export interface RunRow {
  /** As clients call it. */
  id: string;
  conversation: string;
  agent: string;
  status: RunStatus;
  /** JSON. */
  input: string;
  before: Before | undefined;
  /** As the session calls it, once that is known for sure. */
  runId: string | undefined;
  /** Of an interrupted run, for `RunState.fromString`. */
  state: string | undefined;
  /** The highest number that an event of it may have. */
  lastEvent: number;
  /** How often it was taken up after a crash. */
  attempts: number;
  /** What its last event said, as JSON. */
  ending: string | undefined;
}

export type NewRow = Pick<RunRow, 'id' | 'conversation' | 'agent' | 'input' | 'lastEvent'>;

const TABLES = `
  CREATE TABLE IF NOT EXISTS agents_edge_runs (
    conversation TEXT NOT NULL, seq INTEGER NOT NULL, id TEXT NOT NULL UNIQUE, agent TEXT NOT NULL,
    status TEXT NOT NULL, input TEXT NOT NULL, "before" TEXT, run_id TEXT, state TEXT,
    last_event INTEGER NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, ending TEXT,
    PRIMARY KEY (conversation, seq)
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS agents_edge_facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
`;
const COLUMNS = {
  status: 'status',
  before: '"before"',
  runId: 'run_id',
  state: 'state',
  lastEvent: 'last_event',
  attempts: 'attempts',
  ending: 'ending',
} as const;
/** Of each conversation; the items of all of them are in its history. */
const KEPT = 5;
const ACTIVE = "status IN ('queued', 'running')";

/** The runs of an object, and what else it must not forget. Everything happens at once: a Durable Object's SQL does. */
export class RunRows {
  readonly #sql: SqlLike;

  constructor(sql: SqlLike) {
    this.#sql = sql;
    sql.exec(TABLES);
  }

  fact(name: string): string | undefined {
    return this.#all('SELECT value FROM agents_edge_facts WHERE name = ?', name)[0]?.value as string | undefined;
  }

  setFact(name: string, value: string): void {
    this.#all(
      'INSERT INTO agents_edge_facts VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value',
      name,
      value,
    );
  }

  find(id: string): RunRow | undefined {
    return this.#all('SELECT * FROM agents_edge_runs WHERE id = ?', id).map(rowFrom)[0];
  }

  /** Those that wait or are under way, the oldest first. */
  active(): RunRow[] {
    return this.#all(`SELECT * FROM agents_edge_runs WHERE ${ACTIVE} ORDER BY seq`).map(rowFrom);
  }

  newest(conversation: string): RunRow | undefined {
    const rows = this.#all(
      'SELECT * FROM agents_edge_runs WHERE conversation = ? ORDER BY seq DESC LIMIT 1',
      conversation,
    );
    return rows.map(rowFrom)[0];
  }

  add({ id, conversation, agent, input, lastEvent }: NewRow): RunRow {
    this.#all(
      `INSERT INTO agents_edge_runs (conversation, seq, id, agent, status, input, last_event) VALUES (?1,
         (SELECT COALESCE(MAX(seq), 0) + 1 FROM agents_edge_runs WHERE conversation = ?1), ?2, ?3, 'queued', ?4, ?5)`,
      ...[conversation, id, agent, input, lastEvent],
    );
    this.#all(
      `DELETE FROM agents_edge_runs WHERE conversation = ?1 AND NOT ${ACTIVE} AND seq <= (
         SELECT seq FROM agents_edge_runs WHERE conversation = ?1 ORDER BY seq DESC LIMIT 1 OFFSET ${KEPT})`,
      conversation,
    );
    return this.find(id) as RunRow;
  }

  /** Changes a row and what is stored of it. */
  set(row: RunRow, values: Partial<Pick<RunRow, keyof typeof COLUMNS>>): void {
    Object.assign(row, values);
    const names = Object.keys(values) as (keyof typeof COLUMNS)[];
    const stored = names.map((name) => (name === 'before' ? beforeText(row.before) : (row[name] ?? null)));
    const sets = names.map((name) => `${COLUMNS[name]} = ?`).join();
    this.#all(`UPDATE agents_edge_runs SET ${sets} WHERE id = ?`, ...stored, row.id);
  }

  forget(conversation: string): void {
    this.#all('DELETE FROM agents_edge_runs WHERE conversation = ?', conversation);
  }

  #all(sql: string, ...params: (string | number | null)[]): Record<string, unknown>[] {
    return this.#sql.exec(sql, ...params).toArray();
  }
}

function rowFrom(row: Record<string, unknown>): RunRow {
  const { before, run_id: runId, state, last_event: lastEvent, ending } = row;
  return {
    ...(row as unknown as RunRow),
    before: before === null ? undefined : JSON.parse(before as string),
    runId: (runId ?? undefined) as string | undefined,
    state: (state ?? undefined) as string | undefined,
    lastEvent: lastEvent as number,
    ending: (ending ?? undefined) as string | undefined,
  };
}

function beforeText(before: Before | undefined): string | null {
  return before === undefined ? null : JSON.stringify(before);
}
