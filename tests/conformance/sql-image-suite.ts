import assert from 'node:assert/strict';
import { openSqlDatabase, type SqlDatabase } from '../../dist/bridges/sql-database.js';
import { fails, ids, insert, type TestWith } from './sql-cases.ts';

/** What every `SqlDatabase` does with the bytes of a whole database. */
export function sqlImageSuite(testWith: TestWith): void {
  testWith('its image holds all that was committed, and says of no log beside it', async (database) => {
    const written = database.batch([
      insert(1, 'one'),
      insert(2, new Uint8Array([0, 255])),
      insert(3, '😀'.repeat(9000)),
    ]);
    const image = await database.image();
    await written;
    assert.equal(String.fromCharCode(...image.subarray(0, 15)), 'SQLite format 3');
    assert.deepEqual([...image.subarray(18, 20)], [1, 1]);
    const rows = await database.batch([{ sql: 'SELECT id, value FROM t ORDER BY id' }]);
    await withImage(image, async (copy) => {
      assert.deepEqual(await copy.batch([{ sql: 'SELECT id, value FROM t ORDER BY id' }]), rows);
      assert.deepEqual(await copy.batch([{ sql: 'PRAGMA integrity_check' }]), [[['ok']]]);
    });
  });

  testWith('an image that is opened is a database of its own, which can be changed and grow', async (database) => {
    await database.batch([insert(1, 'one')]);
    const image = await database.image();
    const before = image.slice();
    await withImage(image, async (copy) => {
      assert.deepEqual([copy.storage.persistence, copy.storage.durable], ['memory', false]);
      await copy.batch([insert(2, new Uint8Array(3_000_000)), { sql: 'CREATE TABLE other (id)' }]);
      await fails(copy.batch([insert(3, 3), insert(3, 3)]), 'conflict');
      assert.deepEqual(await ids(copy), [1, 2]);
      await withImage(await copy.image(), async (second) => assert.deepEqual(await ids(second), [1, 2]));
      assert.deepEqual(await copy.batch([{ sql: 'PRAGMA journal_mode' }]), [[['memory']]]);
    });
    assert.deepEqual(image, before);
    assert.deepEqual(await ids(database), [1]);
  });

  testWith('an image that says of a log is opened as one that has none', async (database) => {
    await database.batch([insert(1, 'one')]);
    const image = await database.image();
    image.fill(2, 18, 20);
    await withImage(image, async (copy) => assert.deepEqual(await ids(copy), [1]));
    assert.deepEqual([...image.subarray(18, 20)], [2, 2]);
  });

  testWith('what is no image is refused with a typed error', async (database) => {
    await database.batch([insert(1, 'x'.repeat(100_000))]);
    const image = await database.image();
    const open = (bytes: unknown) => openSqlDatabase({ dbPath: ':memory:', image: bytes as Uint8Array });
    await fails(open(new Uint8Array()), 'corrupt');
    await fails(open(image.subarray(0, 50)), 'corrupt');
    await fails(open(image.subarray(0, 20_000)), 'corrupt');
    await fails(open(new TextEncoder().encode('no database at all '.repeat(1000))), 'corrupt');
    await fails(open(image.map((byte, index) => (index < 100 ? byte : byte ^ 0x55))), 'corrupt');
    for (const bytes of ['SQLite format 3', [1], null]) await fails(open(bytes), 'invalid');
    await fails(openSqlDatabase({ dbPath: 'elsewhere.db', image }), 'invalid');
  });

  testWith('a closed database has no image', async (database) => {
    await database.close();
    await fails(database.image(), 'closed');
  });
}

async function withImage(image: Uint8Array, use: (copy: SqlDatabase) => Promise<unknown>): Promise<void> {
  const copy = await openSqlDatabase({ dbPath: ':memory:', image });
  try {
    await use(copy);
  } finally {
    await copy.close();
  }
}
