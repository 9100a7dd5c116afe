import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Agent, run, SQLiteSession, tool } from 'agents-wasm';
import { libsqlDatabase, type SqlDatabase } from 'agents-wasm/edge';
import { createOpenAIServer } from 'agents-wasm/testing';

import { empty } from '../support/empty-database.ts';
import { checkLeaks } from '../support/local-api.ts';
import { sessionBranchesSuite } from '../support/session-branches-suite.ts';
import { sessionFoldsSuite } from '../support/session-folds-suite.ts';
import { sessionKeptSuite } from '../support/session-kept-suite.ts';
import { sessionLongSuite } from '../support/session-long-suite.ts';
import { sessionRandomSuite } from '../support/session-random-suite.ts';
import { sessionSearchSuite } from '../support/session-search-suite.ts';
import { sessionSuite } from '../support/session-suite.ts';
import { type Sqld, startSqld } from '../support/sqld.ts';
import { sqlDatabaseSuite } from './sql-suite.ts';

// A real server of libSQL's, which keeps one database: each case begins with an empty one.

checkLeaks();

let server: Sqld;
before(async () => {
  server = await startSqld();
});
after(() => server?.stop());

let lastName = '';
async function named(name: string): Promise<SqlDatabase> {
  const database = libsqlDatabase({ url: server.url });
  if (name !== lastName) await empty(database);
  lastName = name;
  return database;
}

let sessions = 0;
const open = () => new SQLiteSession({ database: named(`session-${++sessions}`), slowMs: 600_000 });

sqlDatabaseSuite('libSQL', named, { image: false, looksFirst: false });
sessionSuite('libSQL', open, { megabytes: 1 });
sessionRandomSuite('libSQL', open, 10);
sessionFoldsSuite('libSQL', open, 4);
sessionKeptSuite('libSQL', open);
sessionBranchesSuite('libSQL', open, 4);
sessionSearchSuite('libSQL', open, 'index');
sessionLongSuite('libSQL', open, { megabytes: 3 });

test('libSQL: what was said is there for who connects later', async () => {
  await using session = open();
  await session.saveItems('c', ['hello']);
  const later = new SQLiteSession({ database: libsqlDatabase({ url: server.url }) });
  assert.deepEqual(
    (await later.loadItems('c')).map(({ content }) => content),
    ['hello'],
  );
  const { persistence, durable, bytes } = await later.storage();
  assert.deepEqual([persistence, durable, (bytes ?? 0) > 0], ['libsql', true, true]);
  await later.close();
});

test('libSQL: what the server does not give at once is read all the same', async () => {
  const database = await named('large');
  await database.batch([{ sql: 'CREATE TABLE t (value)' }]);
  const value = 'x'.repeat(3_000_000);
  for (let id = 0; id < 4; id++) await database.batch([{ sql: 'INSERT INTO t VALUES (?1)', params: [value] }]);
  const [rows] = await database.batch([{ sql: 'SELECT value FROM t' }]);
  assert.ok(rows?.length === 4 && rows.every((row) => row[0] === value));
  await database.close();
});

test('libSQL: a run of one process keeps those of another away, by a lease', async () => {
  // By another name the server is another place, as it is for another process.
  const elsewhere = () => libsqlDatabase({ url: server.url.replace('127.0.0.1', 'localhost') });
  const { fetch } = createOpenAIServer();
  const runConfig = {
    openai: { apiKey: 'sk-test', baseURL: 'http://local/v1', fetch: fetch as typeof globalThis.fetch },
  };
  await using mine = open();
  await using theirs = new SQLiteSession({ database: elsewhere() });
  let refused: unknown;
  const look = tool({
    name: 'look_up',
    parameters: { type: 'object', properties: {}, required: [], additionalProperties: false },
    async execute() {
      refused = await run(new Agent({ name: 'b' }), 'Me too', { session: theirs, ...place, onBusy: 'error' }).catch(
        ({ code }) => code,
      );
      return 'found';
    },
  });
  const place = { conversationId: 'c', runConfig };
  await run(new Agent({ name: 'a', tools: [look] }), 'Use look_up.', { session: mine, ...place });
  assert.equal(refused, 'conversation_busy');
  await run(new Agent({ name: 'b' }), 'And now?', { session: theirs, ...place });
  assert.deepEqual((await mine.loadItems('c')).filter(({ role }) => role === 'user').length, 2);
});
