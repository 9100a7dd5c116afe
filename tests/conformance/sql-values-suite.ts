import assert from 'node:assert/strict';
import type { SqlDatabase, SqlValue } from '../../dist/bridges/sql-database.js';
import { fails, ids, insert, type TestWith } from './sql-cases.ts';

/** Deno and Node 22 end text at its first NUL when they read it. */
const CUTS_TEXT = 'Deno' in globalThis || globalThis.process?.versions.node.startsWith('22.');

/** What goes in comes out as it was, or is refused. */
export function sqlValuesSuite(testWith: TestWith, looksFirst: boolean): void {
  testWith('rows go in as one JSON text and come out as one blob', async (database) => {
    const items = Array.from({ length: 1000 }, (_, n) => ({ n, text: `Grüße 😀 \u0000 "${n}"` }));
    const [, out] = await database.batch([
      {
        sql: 'INSERT INTO t SELECT key, value FROM json_each(CAST(?1 AS TEXT)) WHERE true ON CONFLICT DO NOTHING',
        params: [bytes(JSON.stringify(items))],
      },
      { sql: "SELECT CAST('[' || group_concat(value, ',') || ']' AS BLOB) FROM (SELECT value FROM t ORDER BY id)" },
    ]);
    assert.deepEqual(JSON.parse(text(out?.[0]?.[0])), items);
  });

  testWith('megabytes of text and of bytes come back as they were', async (database) => {
    const size = Math.min(5_000_000, database.limits.maxValueBytes);
    const long = 'äöü😀 0123456789 '.repeat(Math.floor(size / 22));
    const blob = pattern(size);
    const expected = blob.slice();
    await database.batch([insert(1, long), insert(2, blob)]);
    const [rows] = await database.batch([{ sql: 'SELECT value FROM t ORDER BY id' }]);
    assert.equal(rows?.[0]?.[0] === long, true);
    assert.equal(sameBytes(rows?.[1]?.[0], expected), true);
  });

  testWith('text of any kind comes back as it was', async (database) => {
    const texts = [
      '',
      ' ',
      "it's",
      '"; DROP TABLE t; --',
      '?1',
      'é',
      'e\u0301',
      '😀',
      '\ufeffmark',
      '\u2028',
      '\uffff',
    ];
    assert.deepEqual(await roundTrip(database, texts), texts);
  });

  testWith('text with a NUL comes back whole, or is refused where the runtime would cut it', async (database) => {
    if (CUTS_TEXT) {
      const error = await fails(roundTrip(database, ['a\0b']), 'invalid');
      assert.match(error.message, /params\[1\] contains a NUL/);
    } else {
      assert.deepEqual(await roundTrip(database, ['\0', 'a\0b', '\0\0']), ['\0', 'a\0b', '\0\0']);
    }
  });

  testWith('blobs come back as Uint8Array, also empty ones and bytes that are no text', async (database) => {
    const blobs = [[], [0], [0xff], [0xc3], [0xed, 0xa0, 0x80], [0xef, 0xbb, 0xbf], [0, 1, 0]];
    const results = await roundTrip(
      database,
      blobs.map((blob) => Uint8Array.from(blob)),
    );
    assert.deepEqual(
      results.map((blob) => [...(blob as Uint8Array)]),
      blobs,
    );
    assert.equal(
      results.every((blob) => blob instanceof Uint8Array),
      true,
    );
  });

  testWith('bytes that are no text survive a CAST to TEXT and back', async (database) => {
    const [rows] = await database.batch([
      { sql: 'SELECT CAST(CAST(?1 AS TEXT) AS BLOB) AS value', params: [Uint8Array.of(0x61, 0xff, 0x00, 0x62)] },
    ]);
    assert.equal(sameBytes(rows?.[0]?.[0], Uint8Array.of(0x61, 0xff, 0x00, 0x62)), true);
  });

  testWith('an empty text, an empty blob and NULL are three things', async (database) => {
    const [rows] = await database.batch([
      {
        sql: 'SELECT typeof(?1) AS a, typeof(?2) AS b, typeof(?3) AS c, ?3 AS d',
        params: ['', new Uint8Array(0), null],
      },
    ]);
    assert.deepEqual(rows, [['text', 'blob', 'null', null]]);
  });

  testWith('safe integers are INTEGER and other numbers REAL, and both come back exactly', async (database) => {
    const integers = [0, 1, -1, 2 ** 31, -(2 ** 31) - 1, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER];
    const reals = [0.5, -0.1, 1e-300, Number.MIN_VALUE, 123456.789];
    assert.deepEqual(await roundTrip(database, [...integers, ...reals]), [...integers, ...reals]);
    const [types] = await database.batch([{ sql: 'SELECT typeof(value) AS type, count(*) AS n FROM t GROUP BY 1' }]);
    assert.deepEqual(types, [
      ['integer', integers.length],
      ['real', reals.length],
    ]);
  });

  testWith('an integer that a number would round fails the batch', async (database) => {
    const statements = [insert(1, 'kept?'), { sql: 'SELECT 9007199254740993 AS big' }];
    const error = await fails(database.batch(statements), 'invalid');
    assert.match(error.message, /statements\[1\]/);
    assert.deepEqual(await ids(database), looksFirst ? [] : [1]);
    const [rows] = await database.batch([{ sql: 'SELECT CAST(9007199254740993 AS TEXT) AS big' }]);
    assert.deepEqual(rows, [['9007199254740993']]);
  });

  testWith('a parameter that SQL has no type for is refused by name, without its value', async (database) => {
    const bad = [undefined, true, 10n, Number.NaN, Infinity, 2 ** 53, {}, [], new Date(), Symbol('x'), () => 1];
    const views = [new ArrayBuffer(2), new DataView(new ArrayBuffer(2)), new Uint16Array(2)];
    for (const value of [...bad, ...views, 'secret \ud800']) {
      const params = ['fine', value] as SqlValue[];
      const statements = [insert(1, 1), { sql: 'INSERT INTO t VALUES (?1, ?2)', params }];
      const error = await fails(database.batch(statements), 'invalid');
      assert.match(error.message, /statements\[1\]\.params\[1\]/);
      assert.equal(error.message.includes('secret'), false);
    }
    assert.deepEqual(await ids(database), []);
  });

  testWith('a missing parameter is NULL and one too many is refused', async (database) => {
    const [rows] = await database.batch([{ sql: 'SELECT ?1 AS a, ?2 AS b', params: [1] }]);
    assert.deepEqual(rows, [[1, null]]);
    const [again] = await database.batch([{ sql: 'SELECT ?1 AS a, ?2 AS b' }]);
    assert.deepEqual(again, [[null, null]]);
    await fails(database.batch([{ sql: 'SELECT ?1 AS a', params: [1, 2] }]), 'invalid');
    const params = new Array(database.limits.maxParams + 1).fill(0);
    await fails(database.batch([{ sql: 'SELECT 1 AS a', params }]), 'invalid');
  });

  testWith('a part of a larger buffer leaves the rest to its owner', async (database) => {
    const buffer = pattern(100);
    await database.batch([insert(1, buffer.subarray(10, 20)), insert(2, buffer.subarray(15, 25))]);
    assert.equal(sameBytes(buffer, pattern(100)), true);
    const [rows] = await database.batch([{ sql: 'SELECT value FROM t ORDER BY id' }]);
    assert.equal(sameBytes(rows?.[0]?.[0], pattern(100).subarray(10, 20)), true);
  });

  testWith('one array may be two parameters', async (database) => {
    const blob = Uint8Array.of(1, 2, 3);
    await database.batch([insert(1, blob), insert(2, blob)]);
    const [rows] = await database.batch([{ sql: 'SELECT hex(value) AS hex FROM t' }]);
    assert.deepEqual(rows, [['010203'], ['010203']]);
  });
}

/** Writes each value and reads them all. */
async function roundTrip(database: SqlDatabase, values: SqlValue[]): Promise<SqlValue[]> {
  await database.batch(values.map((value, index) => insert(index, value)));
  const [rows] = await database.batch([{ sql: 'SELECT value FROM t ORDER BY id' }]);
  return (rows ?? []).map((row) => row[0] ?? null);
}

function pattern(length: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length }, (_, index) => (index * 31) & 0xff);
}

function sameBytes(actual: unknown, expected: Uint8Array): boolean {
  if (!(actual instanceof Uint8Array) || actual.length !== expected.length) return false;
  return actual.every((byte, index) => byte === expected[index]);
}

const bytes = (value: string) => new TextEncoder().encode(value);
const text = (value: SqlValue | undefined) => new TextDecoder().decode(value as Uint8Array);
