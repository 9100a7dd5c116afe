import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SQLiteSession } from 'agents-wasm';
import { type DurableObjectStorageLike, durableObjectDatabase, type SqlDatabase, SqlError } from 'agents-wasm/edge';

import { openEdgeDatabase } from '../support/edge-limits.ts';
import { checkLeaks } from '../support/local-api.ts';
import { refused } from '../support/refusals.ts';

checkLeaks();

const said = async (session: SQLiteSession) => (await session.loadItems('c')).map(({ content }) => content);

test('a session keeps its conversations in the database that it is given, and closes it', async () => {
  const database = await openEdgeDatabase();
  const session = new SQLiteSession({ database });
  await session.saveItems('c', ['hello']);
  assert.deepEqual(await said(session), ['hello']);
  const [rows] = await database.batch([{ sql: 'SELECT count(*) AS n FROM agent_messages' }]);
  assert.deepEqual(rows, [[1]]);
  await session.close();
  await assert.rejects(database.batch([]), { name: 'SqlError', code: 'closed' });
});

test('a database may be promised, has tables of other names, and is closed though nobody used it', async () => {
  const database = openEdgeDatabase();
  await using session = new SQLiteSession({ database, messagesTable: 'said' });
  await session.saveItems('c', ['hello']);
  const [rows] = await (await database).batch([{ sql: 'SELECT count(*) AS n FROM said' }]);
  assert.deepEqual(rows, [[1]]);
  const unused = openEdgeDatabase();
  await new SQLiteSession({ database: unused }).close();
  await assert.rejects((await unused).size(), { code: 'closed' });
});

test('a database that could not be opened is an error of the first call, and of none before', async () => {
  const failure = Promise.reject(new SqlError('quota', 'There is no room.'));
  const session = new SQLiteSession({ database: failure });
  await refused(() => session.loadItems('c'), 'SessionError', 'quota', 'no room');
  await session.close();
});

test('what is no database is refused by name', async () => {
  const open = (options: object) => async () => new SQLiteSession(options as { database: SqlDatabase });
  for (const database of [null, 7, 'file.db', {}, { batch() {} }]) {
    await refused(open({ database }), 'UserError', 'invalid_argument', 'database must be an SqlDatabase');
  }
  await refused(open({}), 'UserError', 'invalid_argument', 'dbPath');
  const database = await openEdgeDatabase();
  await refused(open({ database, dbPath: 'x.db' }), 'UserError', 'invalid_argument', 'not both');
  const odd = { ...database, limits: { ...database.limits, maxValueBytes: 'many' } };
  await refused(open({ database: odd }), 'UserError', 'invalid_argument', 'database.limits.maxValueBytes');
  const promised = new SQLiteSession({ database: Promise.resolve({}) as unknown as Promise<SqlDatabase> });
  await refused(() => promised.loadItems('c'), 'UserError', 'invalid_argument', 'database must be an SqlDatabase');
  await promised.close();
  await database.close();
});

test('durableObjectDatabase wants the storage of an object that has SQLite', () => {
  const open = (storage: unknown) => () => durableObjectDatabase(storage as DurableObjectStorageLike);
  for (const storage of [undefined, null, 'storage', {}]) {
    assert.throws(open(storage), { name: 'SqlError', code: 'invalid', message: /ctx\.storage/ });
  }
  const withoutSql = {
    transactionSync() {},
    get sql() {
      throw new Error('SQL is not enabled for this Durable Object class.');
    },
  };
  assert.throws(open(withoutSql), { code: 'unsupported', message: /new_sqlite_classes/ });
});

test('a storage whose exec answers later is refused, since the transaction would be over', async () => {
  const storage = { sql: { exec: async () => ({}) }, transactionSync: (work: () => unknown) => work() };
  const database = durableObjectDatabase(storage as unknown as DurableObjectStorageLike);
  await assert.rejects(database.batch([{ sql: 'SELECT 1' }]), { code: 'invalid', message: /answer at once/ });
});
