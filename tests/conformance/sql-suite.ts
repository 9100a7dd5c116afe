import assert from 'node:assert/strict';
import type { SqlStatement } from '../../dist/bridges/sql-database.js';
import { casesOf, fails, ids, insert, type OpenDatabase } from './sql-cases.ts';
import { sqlImageSuite } from './sql-image-suite.ts';
import { sqlValuesSuite } from './sql-values-suite.ts';

interface Abilities {
  /** Whether the whole database can be had as a file; where not, `image` says so. */
  image?: boolean;
  /** Whether a failure names the statement. */
  namesStatements?: boolean;
  /** Whether an answer that cannot be given undoes its batch. */
  looksFirst?: boolean;
}

/** What every `SqlDatabase` does, whatever is behind it. */
export function sqlDatabaseSuite(driver: string, open: OpenDatabase, abilities: Abilities = {}): void {
  const { image = true, namesStatements = true, looksFirst = true } = abilities;
  const testWith = casesOf(driver, open);
  const at = (index: number) => (namesStatements ? `statements\\[${index}\\].*` : '');
  sqlValuesSuite(testWith, looksFirst);
  if (image) sqlImageSuite(testWith);
  else {
    testWith('its image is refused with what to do instead', async (database) => {
      assert.match((await fails(database.image(), 'unsupported')).message, /exportConversations/);
    });
  }

  testWith('a batch returns one list of rows for each statement, in order', async (database) => {
    const results = await database.batch([
      insert(1, 'one'),
      { sql: 'SELECT id, value FROM t' },
      insert(2, 'two'),
      { sql: 'SELECT value, id FROM t ORDER BY id' },
    ]);
    assert.deepEqual(results, [
      [],
      [[1, 'one']],
      [],
      [
        ['one', 1],
        ['two', 2],
      ],
    ]);
  });

  testWith('an empty batch returns an empty list', async (database) => {
    assert.deepEqual(await database.batch([]), []);
  });

  testWith('a failing statement leaves nothing of its batch', async (database) => {
    await database.batch([insert(1, 'one')]);
    await fails(
      database.batch([insert(2, 'two'), { sql: 'DELETE FROM t WHERE id = 1' }, insert(2, 'again')]),
      'conflict',
    );
    await fails(database.batch([insert(3, 'three'), { sql: 'INSERT INTO missing VALUES (1)' }]), 'invalid');
    assert.deepEqual(await ids(database), [1]);
  });

  testWith('a violated CHECK or UNIQUE is a conflict that names the statement', async (database) => {
    const check = await fails(database.batch([insert(1, 1), insert(2, 13)]), 'conflict');
    assert.match(check.message, new RegExp(`${at(1)}CHECK`));
    const unique = await fails(database.batch([insert(1, 1), insert(1, 2)]), 'conflict');
    assert.match(unique.message, new RegExp(`${at(1)}UNIQUE`));
    assert.deepEqual(await ids(database), []);
  });

  testWith('a conflict that rolls back by itself leaves nothing either', async (database) => {
    const statement = { sql: 'INSERT OR ROLLBACK INTO t VALUES (1, 1)' };
    // Where it would end the transaction of others it is refused.
    await fails(database.batch([insert(1, 1), statement]), image ? 'conflict' : 'invalid');
    assert.deepEqual(await ids(database), []);
  });

  testWith('RETURNING gives the rows that were written', async (database) => {
    const [inserted, updated, deleted] = await database.batch([
      {
        sql: 'INSERT INTO t SELECT key, value FROM json_each(CAST(?1 AS TEXT)) RETURNING id, value',
        params: ['[5,6]'],
      },
      { sql: 'UPDATE t SET value = value * 2 WHERE id = 1 RETURNING value' },
      { sql: 'DELETE FROM t WHERE id = 7 RETURNING id' },
    ]);
    assert.deepEqual(inserted, [
      [0, 5],
      [1, 6],
    ]);
    assert.deepEqual(updated, [[12]]);
    assert.deepEqual(deleted, []);
  });

  testWith('text that is not exactly one statement is refused', async (database) => {
    const bad = [
      '',
      ' ; ',
      '-- only words',
      '/* open',
      '; SELECT 1 AS a',
      'SELECT 1 AS a; SELECT 2 AS b',
      'SELECT 1 AS a; -- after',
      'SELECT 1 AS a\0',
    ];
    for (const sql of [...bad, `${insert(1, 1).sql}; ${insert(2, 2).sql}`]) {
      await fails(database.batch([insert(1, 1), { sql }]), 'invalid');
      await fails(database.batch([insert(1, 1), { sql }]), 'invalid');
    }
    assert.deepEqual(await ids(database), []);
    const [rows] = await database.batch([{ sql: "/* é */ SELECT 'é;' AS a ; ;\n" }]);
    assert.deepEqual(rows, [['é;']]);
  });

  testWith('bad calls and bad SQL are refused with the name of the database', async (database) => {
    const bad = [undefined, null, 'SELECT 1', [null], [{}], [{ sql: 1 }], [{ sql: 'SELECT 1 AS a', params: 'x' }]];
    for (const statements of bad as unknown as SqlStatement[][]) await fails(database.batch(statements), 'invalid');
    const error = await fails(database.batch([{ sql: 'SELEC 1' }]), 'invalid');
    // libSQL reads the text of a whole batch before it begins.
    assert.match(error.message, /(?:statements\[0\] failed on the d|The d)atabase ".*syntax error/);
    await fails(database.batch([{ sql: 'SELECT value FROM json_each(?1)', params: ['[1,'] }]), 'invalid');
  });

  testWith('a statement that would end the transaction is refused', async (database) => {
    const words = ['BEGIN', 'COMMIT', ' end', 'ROLLBACK', 'SAVEPOINT a', 'RELEASE a', 'VACUUM', "ATTACH 'x' AS x"];
    for (const word of [...words, '/* hidden */ -- twice\n COMMIT']) {
      await fails(database.batch([insert(1, 1), { sql: word }]), 'invalid');
    }
    assert.deepEqual(await ids(database), []);
  });

  testWith('batches that overlap run in the order of the calls', async (database) => {
    const append = { sql: 'INSERT INTO t SELECT count(*), ?1 FROM t RETURNING id' };
    const calls = Array.from({ length: 50 }, (_, n) => database.batch([{ ...append, params: [n + 100] }]));
    const returned = await Promise.all(calls);
    assert.deepEqual(
      returned.map((results) => results[0]?.[0]?.[0]),
      Array.from({ length: 50 }, (_, n) => n),
    );
    const [rows] = await database.batch([{ sql: 'SELECT count(*) AS n FROM t WHERE value = id + 100' }]);
    assert.deepEqual(rows, [[50]]);
  });

  testWith('a thousand statements are one batch', async (database) => {
    const statements = Array.from({ length: 1000 }, (_, n) => insert(n, `value ${n}`));
    assert.equal((await database.batch(statements)).length, 1000);
    await fails(database.batch([...statements.map((_, n) => insert(n + 1000, n)), insert(5, 'again')]), 'conflict');
    assert.equal((await ids(database)).length, 1000);
  });

  testWith(
    'more different statements than any cache holds still run, and so do the first ones again',
    async (database) => {
      const statements = Array.from({ length: 400 }, (_, n) => ({ sql: `SELECT ${n} AS n` }));
      const results = await database.batch([...statements, ...statements]);
      assert.deepEqual(
        results.map((rows) => rows[0]?.[0]),
        [...statements.keys(), ...statements.keys()],
      );
    },
  );

  testWith('a statement sees the columns that were added since it last ran', async (database) => {
    const select = { sql: 'SELECT * FROM t' };
    await database.batch([insert(1, 'one'), select]);
    await database.batch([{ sql: "ALTER TABLE t ADD COLUMN extra DEFAULT 'new'" }]);
    assert.deepEqual(await database.batch([select]), [[[1, 'one', 'new']]]);
  });

  testWith('a batch that begins with WITH may write', async (database) => {
    const sql = 'WITH next(id) AS (SELECT count(*) + 1 FROM t) INSERT INTO t SELECT id, ?1 FROM next';
    await database.batch([
      { sql, params: ['one'] },
      { sql, params: ['two'] },
    ]);
    const [rows] = await database.batch([
      { sql: 'WITH all_ids AS (SELECT id FROM t) SELECT sum(id) AS s FROM all_ids' },
    ]);
    assert.deepEqual(rows, [[3]]);
  });

  testWith('the size grows with what is stored', async (database) => {
    const before = await database.size();
    await database.batch([insert(1, new Uint8Array(1_000_000))]);
    const grown = (await database.size()) - before;
    assert.equal(grown > 990_000 && grown < 1_100_000, true);
  });

  testWith('close waits for the batches before it, may be called twice, and ends everything', async (database) => {
    const written = database.batch([insert(1, 1)]);
    await Promise.all([database.close(), database.close()]);
    assert.deepEqual(await written, [[]]);
    await fails(database.batch([insert(2, 2)]), 'closed');
    await fails(database.size(), 'closed');
    await database.close();
  });

  testWith('a second handle sees the same file, and a memory of its own', async (database, name) => {
    const second = await open(name);
    try {
      if (database.storage.persistence === 'memory') {
        await fails(second.batch([insert(1, 1)]), 'invalid');
        return;
      }
      await Promise.all([database.batch([insert(1, 'first')]), second.batch([insert(2, 'second')])]);
      assert.deepEqual(await ids(second), [1, 2]);
      await fails(second.batch([insert(1, 'again')]), 'conflict');
      await second.close();
      assert.deepEqual(await ids(database), [1, 2]);
    } finally {
      await second.close();
    }
  });

  testWith('what was committed is there after closing and opening', async (database, name) => {
    await database.batch([insert(1, 'kept')]);
    await database.close();
    const second = await open(name);
    try {
      const isMemory = second.storage.persistence === 'memory';
      const [rows] = await second.batch([{ sql: "SELECT count(*) AS n FROM sqlite_master WHERE name = 't'" }]);
      assert.deepEqual(rows, [[isMemory ? 0 : 1]]);
      if (!isMemory) assert.deepEqual(await ids(second), [1]);
    } finally {
      await second.close();
    }
  });

  testWith('it says where the data is, and keeps its word on durability', async (database) => {
    const { persistence, durable, reason } = database.storage;
    assert.equal(durable, persistence !== 'memory');
    assert.match(reason, /\.$/);
    if (!['opfs', 'file', 'memory'].includes(persistence)) return;
    const [journal, synchronous, foreignKeys] = await Promise.all(
      ['journal_mode', 'synchronous', 'foreign_keys'].map(
        async (name) => (await database.batch([{ sql: `PRAGMA ${name}` }]))[0],
      ),
    );
    assert.deepEqual(journal, [[durable ? 'wal' : 'memory']]);
    assert.deepEqual(synchronous, [[2]]);
    assert.deepEqual(foreignKeys, [[0]]);
  });
}
