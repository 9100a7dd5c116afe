import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';

import { forReals, holdsMore, isRounded, placed, rollsBack } from '../../js/src/edge/sql-text.ts';

test('a second statement is seen behind the first, and not in its words', () => {
  const trigger =
    'CREATE TRIGGER x AFTER DELETE ON t BEGIN INSERT INTO u VALUES (CASE WHEN 1 THEN 2 END); DELETE FROM v; END';
  const single = [
    'SELECT 1',
    "SELECT ';' AS a;",
    'SELECT 1 ; ;\n',
    'SELECT "a;b" FROM [c;d]',
    '-- ;\nSELECT 1',
    trigger,
    `${trigger};`,
  ];
  for (const sql of single) assert.equal(holdsMore(sql), false, sql);
  const several = ['SELECT 1; SELECT 2', 'SELECT 1; -- more', "SELECT ''';' ; SELECT 1", `${trigger}; DELETE FROM t`];
  for (const sql of several) assert.equal(holdsMore(sql), true, sql);
});

test('a statement that would end the transaction of others is seen, and its words in a text are not', () => {
  assert.equal(rollsBack('INSERT OR ROLLBACK INTO t VALUES (1)'), true);
  assert.equal(rollsBack("SELECT RAISE ( ROLLBACK, 'x')"), true);
  assert.equal(rollsBack("SELECT 'OR ROLLBACK'"), false);
});

test('integers are cast where they stand, and what is not given is NULL', () => {
  const { sql, params } = forReals({ sql: "SELECT ?1, ?2, '?1', ?12 -- ?1", params: [1, 'a'] });
  assert.equal(sql, "SELECT CAST(?1 AS INTEGER), ?2, '?1', ?12 -- ?1");
  assert.deepEqual(params, [1, 'a', ...Array(10).fill(null)]);
  assert.deepEqual(placed('x', { sql: 'SELECT ?2' }, '').params, [null, null]);
  assert.throws(() => placed('x', { sql: 'SELECT 1', params: [1] }, 'statements[3]'), {
    message: /statements\[3\] has more/,
  });
});

test('whatever stands in a quoted text, its statement is one and stays as it is', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const sql = `SELECT '${text.replaceAll("'", "''")}' AS a`;
      assert.equal(holdsMore(sql), false);
      assert.equal(rollsBack(sql), false);
      assert.equal(forReals({ sql, params: [1, 2] }).sql, sql);
    }),
  );
});

test('only what a database can have rounded counts as rounded', () => {
  for (const value of [2 ** 53, -(2 ** 62), 2 ** 63]) assert.equal(isRounded(value), true, String(value));
  for (const value of [2 ** 53 - 1, 0.5, 1e300, 'text', null]) assert.equal(isRounded(value), false, String(value));
});
