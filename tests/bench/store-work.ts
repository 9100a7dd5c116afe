import type { IndexedDBSession, SQLiteSession } from 'agents-wasm';

import { type Contender, interleaved } from './measure.ts';

// What is measured of a store, in Node and in a page alike.

type Session = SQLiteSession | IndexedDBSession;
type Query = (sql: string, params: (string | number)[]) => Promise<string[]> | string[];

/** One database, with a session on it, and with the engine below it where that can be asked by itself. */
export interface Database {
  session: Session;
  /** One statement, whose first column comes back. */
  query?: Query;
  close(): Promise<void>;
}

/** Milliseconds of one call, by how much there was. */
export interface Measured {
  what: string;
  ours: Record<number, number>;
  /** At the size that budgets are for. */
  bare: number | undefined;
}

export interface Place {
  /** Opens a database of its own, which `seed` fills first. */
  open(seed: (session: Session, query: Query | undefined) => Promise<void>): Promise<Database>;
  conversations: number[];
}

const LENGTHS = [100, 10_000, 100_000];
const BARE_SIZE = 10_000;
/** A page's clock has steps of 0.1 ms. */
const CALLS = 10;
const TURNS = { turns: 15, warmUp: 3 };
const FILLER = 'some words that people use '.repeat(12);

const SEED_BARE = [
  'CREATE TABLE bare (id INTEGER PRIMARY KEY, session_id TEXT NOT NULL, message_data TEXT NOT NULL)',
  'CREATE INDEX bare_by_session ON bare (session_id, id)',
  'INSERT INTO bare SELECT id, session_id, message_data FROM agent_messages',
];
const LOAD_BARE =
  'SELECT message_data FROM (SELECT id, message_data FROM bare WHERE session_id = ?1 ORDER BY id DESC LIMIT 50) ORDER BY id';
const SAVE_BARE = 'INSERT INTO bare (session_id, message_data) SELECT ?1, value FROM json_each(?2)';
const LIST_BARE = `SELECT json_array(session_id, title, metadata, created_at, updated_at) AS row FROM agent_sessions
  ORDER BY updated_at DESC, session_id DESC LIMIT 20`;
const SEED_LIST = `INSERT INTO agent_sessions (session_id, created_at, updated_at, title, version, life)
  SELECT 'id-' || value, datetime('now', -value || ' seconds'), datetime('now', -value || ' seconds'), 'Title', 1, value
  FROM json_each(?1)`;

const said = (index: number) => ({ role: index % 2 ? 'assistant' : 'user', content: `line ${index}: ${FILLER}` });

/** What one turn with a tool leaves. */
const TURN = [
  said(0),
  { type: 'function_call', call_id: 'call_1', name: 'look', arguments: '{"where":"there"}' },
  { type: 'function_call_output', call_id: 'call_1', output: FILLER },
  said(1),
];

export async function measureStore({ open, conversations }: Place): Promise<Measured[]> {
  const long = await openAll(LENGTHS, (length) => open((session, query) => seedItems(session, query, length)));
  const load = await measure('load the newest 50 items', long, {
    ours: ({ session }) => session.loadItems('c', { maxItems: 50 }),
    bare: async (query) => JSON.parse(`[${await query(LOAD_BARE, ['c'])}]`),
  });
  const save = await measure('save one turn, 4 items', long, {
    ours: ({ session }) => session.saveItems('c', TURN),
    bare: (query) => query(SAVE_BARE, ['c', JSON.stringify(TURN)]),
  });
  await closeAll(long);
  const many = await openAll(conversations, (count) =>
    open((session, query) => seedConversations(session, query, count)),
  );
  const list = await measure('list the newest 20 conversations', many, {
    ours: ({ session }) => session.listConversations({ limit: 20 }),
    bare: async (query) => JSON.parse(`[${await query(LIST_BARE, [])}]`),
  });
  await closeAll(many);
  return [load, save, list];
}

type Databases = Record<number, Database>;

async function openAll(sizes: number[], open: (size: number) => Promise<Database>): Promise<Databases> {
  const databases: Databases = {};
  for (const size of sizes) databases[size] = await open(size);
  return databases;
}

async function closeAll(databases: Databases): Promise<void> {
  for (const database of Object.values(databases)) await database.close();
}

/** All sizes and the bare engine in turns, so that what else the machine does falls on all of them. */
async function measure(
  what: string,
  databases: Databases,
  { ours, bare }: { ours: (database: Database) => Promise<unknown>; bare: (query: Query) => unknown },
): Promise<Measured> {
  const repeated = (call: () => unknown): Contender => ({
    async work() {
      for (let count = 0; count < CALLS; count++) await call();
    },
  });
  const contenders: Record<string, Contender> = {};
  for (const [size, database] of Object.entries(databases)) contenders[size] = repeated(() => ours(database));
  const query = databases[BARE_SIZE]?.query;
  if (query) contenders['bare'] = repeated(() => bare(query));
  const { bare: engine, ...found } = await interleaved(contenders, TURNS);
  const each = Object.entries(found).map(([size, all]) => [size, all / CALLS]);
  return { what, ours: Object.fromEntries(each), bare: engine === undefined ? undefined : engine / CALLS };
}

async function seedItems(session: Session, query: Query | undefined, length: number): Promise<void> {
  for (let from = 0; from < length; from += 5_000) {
    const count = Math.min(5_000, length - from);
    await session.saveItems(
      'c',
      Array.from({ length: count }, (_, index) => said(from + index)),
    );
  }
  for (const sql of query ? SEED_BARE : []) await query?.(sql, []);
}

async function seedConversations(session: Session, query: Query | undefined, count: number): Promise<void> {
  await session.saveItems('c', [said(0)]);
  const numbers = Array.from({ length: count - 1 }, (_, index) => index + 1);
  if (query) return void (await query(SEED_LIST, [JSON.stringify(numbers)]));
  for (let from = 0; from < numbers.length; from += 200) {
    await Promise.all(numbers.slice(from, from + 200).map((number) => session.saveItems(`id-${number}`, [said(0)])));
  }
}
