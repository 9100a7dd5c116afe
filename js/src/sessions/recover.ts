import {
  openSqlDatabase,
  type SqlDatabase,
  SqlError,
  type SqlStatement,
  type SqlValue,
} from '../bridges/sql-database.ts';
import { checkOptions, checkText } from '../check.ts';
import { SessionError, UserError } from '../errors.ts';
import { asSessionError, SQLiteSession, type SQLiteSessionOptions } from './sqlite-session.ts';

export interface RecoverOptions
  extends Pick<SQLiteSessionOptions, 'sessionsTable' | 'messagesTable' | 'workerUrl' | 'wasmUrl'> {
  /** The damaged database, as a `SQLiteSession` names it. No session may have it open. */
  dbPath: string;
  /** The database that gets what can be read. It must not have conversations yet. */
  into: string;
}

export interface RecoveryReport {
  conversations: number;
  /** Rows of histories that were copied. `doctor` says of each conversation whether what is left of it is whole. */
  items: number;
  /** At most so many rows could not be read: ids that nobody used are among them where a whole page is unreadable. */
  unreadable: number;
}

/** Rows that are read at a time. */
const AT_ONCE = 50;
/** Where the database cannot tell its last row, so many in succession that cannot be read are taken for the end. */
const MOST_IN_VAIN = 1000;

/**
 * Copies all that SQLite can still read of a damaged database (`SessionError` with the code `corrupt`) to a new one, row by
 * row: histories, shelves, titles, metadata. The damaged one keeps what it has. Where the first page or the schema are
 * gone, nothing can be read, and it fails with `corrupt`.
 *
 * @example
 * await recoverDatabase({ dbPath: 'conversations.db', into: 'recovered.db' });
 */
export async function recoverDatabase(options: RecoverOptions): Promise<RecoveryReport> {
  checkOptions('options', options);
  const { dbPath, into, sessionsTable = 'agent_sessions', messagesTable = 'agent_messages', ...places } = options;
  checkText('dbPath', dbPath);
  checkText('into', into);
  if (dbPath === into) throw new UserError('invalid_argument', 'into must be another database than dbPath.');
  await makeEmpty({ dbPath: into, sessionsTable, messagesTable, ...places });
  return asSessionError(copyAll({ dbPath, ...places }, { dbPath: into, ...places }, sessionsTable, messagesTable));
}

/** With the tables of a session, and without conversations. */
async function makeEmpty(options: SQLiteSessionOptions): Promise<void> {
  const session = new SQLiteSession(options);
  try {
    const { conversations } = await session.listConversations({ limit: 1 });
    if (conversations.length > 0)
      throw new UserError('user_error', 'The database named by into has conversations already.');
  } finally {
    await session.close();
  }
}

type Place = Parameters<typeof openSqlDatabase>[0];

async function copyAll(from: Place, into: Place, sessions: string, messages: string): Promise<RecoveryReport> {
  const source = await openSqlDatabase(from);
  try {
    const target = await openSqlDatabase(into);
    try {
      const [shelved, shelves] = [`agents_wasm_${messages}_shelf`, `agents_wasm_${messages}_shelves`];
      if ((await columnsOf(source, messages)).length === 0) {
        throw new SessionError('corrupt', `The database "${from.dbPath}" has no table "${messages}" that can be read.`);
      }
      let unreadable = 0;
      for (const table of [sessions, messages, shelved, shelves]) unreadable += await copyTable(source, target, table);
      const results = await target.batch(mended(sessions, messages, shelved, shelves));
      const [conversations, items] = results.at(-1)?.[0] ?? [];
      return { conversations: Number(conversations), items: Number(items), unreadable };
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}

/** Copies what can be read, and tells how many rows could not. */
async function copyTable(source: SqlDatabase, target: SqlDatabase, table: string): Promise<number> {
  const there = new Set(await columnsOf(source, table));
  // The version of a conversation counts the operations of its own database.
  const columns = (await columnsOf(target, table)).filter((name) => there.has(name) && name !== 'version');
  if (columns.length === 0) return 0;
  const sql = `INSERT OR IGNORE INTO ${table} (${columns}) VALUES (${columns.map((_, index) => `?${index + 1}`)})`;
  let unreadable = 0;
  let inVain = 0;
  const known = await lastRow(source, table);
  const ranges: [first: number, last: number][] = [[0, known ?? Number.MAX_SAFE_INTEGER - 1]];
  for (let range = ranges.pop(); range && inVain < MOST_IN_VAIN; range = ranges.pop()) {
    const [first, last] = range;
    const rows = await readRows(source, table, columns, first, last);
    if (rows) {
      inVain = 0;
      if (rows.length > 0) await target.batch(rows.map(([, ...params]) => ({ sql, params })));
      if (rows.length === AT_ONCE) ranges.push([Number(rows.at(-1)?.[0]) + 1, last]);
    } else if (first === last) {
      unreadable += 1;
      inVain += known === undefined ? 1 : 0;
    } else {
      const middle = first + Math.floor((last - first) / 2);
      ranges.push([middle + 1, last], [first, middle]);
    }
  }
  return unreadable;
}

/** The next rows of a range with their numbers, or nothing when they are damaged. */
async function readRows(source: SqlDatabase, table: string, columns: string[], first: number, last: number) {
  const sql =
    `SELECT rowid AS row_number, ${columns.map((name) => `${name} AS copy_${name}`)} FROM ${table} ` +
    `WHERE rowid BETWEEN ?1 AND ?2 ORDER BY rowid LIMIT ${AT_ONCE}`;
  return whatIsWhole(source, { sql, params: [first, last] });
}

async function lastRow(source: SqlDatabase, table: string): Promise<number | undefined> {
  const newest = await whatIsWhole(source, { sql: `SELECT MAX(rowid) AS last FROM ${table}` });
  if (newest) return Number(newest[0]?.[0]);
  const given = await whatIsWhole(source, { sql: 'SELECT seq FROM sqlite_sequence WHERE name = ?1', params: [table] });
  return given?.[0] && Number(given[0][0]);
}

async function whatIsWhole(source: SqlDatabase, statement: SqlStatement): Promise<SqlValue[][] | undefined> {
  try {
    const [rows] = await source.batch([statement]);
    return rows;
  } catch (error) {
    if (error instanceof SqlError && (error.code === 'corrupt' || error.code === 'invalid')) return undefined;
    throw error;
  }
}

async function columnsOf(database: SqlDatabase, table: string): Promise<string[]> {
  const [rows = []] = await database.batch([{ sql: 'SELECT name FROM pragma_table_info(?1)', params: [table] }]);
  return rows.map(([name]) => String(name));
}

/** What makes the copy a database of ours; the last statement counts. */
function mended(sessions: string, messages: string, shelved: string, shelves: string): SqlStatement[] {
  // A row with a uid is trusted to be an item as we write it. One that is none is left to the doctor.
  const doubtful = `CASE WHEN json_valid(message_data) THEN json(message_data) <> message_data ELSE 1 END`;
  return [
    { sql: `UPDATE ${messages} SET uid = NULL WHERE ${doubtful}` },
    {
      sql:
        `UPDATE ${shelved} SET message_data = json_object('type', 'agents_wasm.undecodable', 'data', message_data) ` +
        `WHERE ${doubtful}`,
    },
    { sql: `INSERT OR IGNORE INTO ${sessions} (session_id) SELECT session_id FROM ${messages}` },
    // What was on a shelf may come back to its place, which nobody else must have by then.
    {
      sql: `UPDATE sqlite_sequence SET seq = MAX(seq, (SELECT COALESCE(MAX(place), 0) FROM ${shelved})) WHERE name = ?1`,
      params: [messages],
    },
    {
      sql:
        `UPDATE ${sessions} SET life = (SELECT MAX(life) FROM ${shelves} s WHERE s.session_id = ${sessions}.session_id) ` +
        'WHERE life IS NULL',
    },
    {
      sql: `SELECT (SELECT COUNT(*) FROM ${sessions}) AS conversations, (SELECT COUNT(*) FROM ${messages}) AS items`,
    },
  ];
}
