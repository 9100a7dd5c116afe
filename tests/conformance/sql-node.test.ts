import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';
import { openSqlDatabase } from '../../dist/bridges/sql-database.js';
import { fails } from './sql-cases.ts';
import { sqlDatabaseSuite } from './sql-suite.ts';

const folder = mkdtempSync(join(tmpdir(), 'agents-sql-'));
const file = (name: string) => join(folder, name);
const MODULE = new URL('../../dist/bridges/sql-database.js', import.meta.url).href;
after(() => rmSync(folder, { recursive: true }));

sqlDatabaseSuite('node:sqlite file', (name) => openSqlDatabase({ dbPath: file(name) }));
sqlDatabaseSuite('node:sqlite memory', () => openSqlDatabase({ dbPath: ':memory:' }));

test('a dbPath that cannot be a database is a typed error that names it', async () => {
  for (const dbPath of ['', 'a\0b', '\ud800', 7, undefined] as string[])
    await fails(openSqlDatabase({ dbPath }), 'invalid');
  assert.match((await fails(openSqlDatabase({ dbPath: folder }), 'invalid')).message, /is a folder/);
  const missing = file('missing/x.db');
  assert.match((await fails(openSqlDatabase({ dbPath: missing }), 'not_found')).message, /missing\/x\.db/);
});

test('a file that is no database is reported as corrupt and kept as it is', async () => {
  for (const text of ['no', 'hello world', 'long '.repeat(10_000)]) {
    writeFileSync(file('garbage.db'), text);
    await fails(openSqlDatabase({ dbPath: file('garbage.db') }), 'corrupt');
    assert.equal(readFileSync(file('garbage.db'), 'utf8'), text);
  }
});

test('another connection is waited for without blocking the process', async () => {
  const database = await openSqlDatabase({ dbPath: file('waits.db') });
  const other = new DatabaseSync(file('waits.db'));
  other.exec('BEGIN EXCLUSIVE; CREATE TABLE t (id)');
  const inserted = database.batch([{ sql: 'INSERT INTO t VALUES (1) RETURNING id' }]);
  await new Promise((resolve) => setTimeout(resolve, 50));
  other.exec('COMMIT');
  assert.deepEqual(await inserted, [[[1]]]);
  other.close();
  await database.close();
});

test('a lock that is held for longer than the timeout is busy, changes nothing, and reads go on', async () => {
  const database = await openSqlDatabase({ dbPath: file('busy.db'), busyTimeout: 100 });
  await database.batch([{ sql: 'CREATE TABLE t (id)' }, { sql: 'INSERT INTO t VALUES (1)' }]);
  const other = new DatabaseSync(file('busy.db'));
  other.exec('BEGIN IMMEDIATE; INSERT INTO t VALUES (2)');
  const select = { sql: 'WITH x AS (SELECT id FROM t) SELECT id FROM x' };
  await fails(database.batch([select, { sql: 'INSERT INTO t VALUES (3)' }]), 'busy');
  assert.deepEqual(await database.batch([select]), [[[1]]]);
  other.exec('ROLLBACK');
  assert.deepEqual(await database.batch([{ sql: 'INSERT INTO t VALUES (3) RETURNING id' }]), [[[3]]]);
  other.close();
  await database.close();
});

test('a database that another process has locked is busy to whoever opens it', async () => {
  const other = new DatabaseSync(file('locked.db'));
  other.exec('BEGIN EXCLUSIVE; CREATE TABLE t (id)');
  await fails(openSqlDatabase({ dbPath: file('locked.db'), busyTimeout: 50 }), 'busy');
  other.exec('COMMIT');
  other.close();
  const database = await openSqlDatabase({ dbPath: file('locked.db') });
  await database.close();
});

test('a process that is killed while it writes loses nothing acknowledged', async () => {
  const script = `
    const { openSqlDatabase } = await import(${JSON.stringify(MODULE)});
    const database = await openSqlDatabase({ dbPath: ${JSON.stringify(file('killed.db'))} });
    await database.batch([{ sql: 'CREATE TABLE t (id INTEGER PRIMARY KEY)' }]);
    for (;;) {
      const [rows] = await database.batch([{ sql: 'INSERT INTO t DEFAULT VALUES RETURNING id' }]);
      process.stdout.write(rows[0][0] + '\\n');
    }`;
  const writer = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  for await (const chunk of writer.stdout) {
    output += chunk;
    if (output.length > 500) writer.kill('SIGKILL');
  }
  const acknowledged = Number(output.trim().split('\n').at(-1));
  const database = await openSqlDatabase({ dbPath: file('killed.db') });
  const [rows] = await database.batch([{ sql: 'SELECT count(*) AS n, max(id) AS last FROM t' }]);
  await database.close();
  assert.ok(acknowledged > 50 && Number(rows?.[0]?.[0]) >= acknowledged);
  assert.equal(rows?.[0]?.[0], rows?.[0]?.[1]);
});

test('a Node without node:sqlite is told which one to use', () => {
  const script = `
    process.getBuiltinModule = undefined;
    const { openSqlDatabase } = await import(${JSON.stringify(MODULE)});
    await openSqlDatabase({ dbPath: 'x.db' }).catch(({ code, message }) => console.log(code, message));`;
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  assert.match(output, /^unsupported .*"x\.db" needs node:sqlite.*Use Node 22\.13/);
});

/** The modules that a module imports before it runs, and those that they import. */
function importedBy(module: URL, seen = new Set<string>()): Set<string> {
  for (const [, name] of readFileSync(module, 'utf8').matchAll(/^(?:import|export)\b[^'"]*?['"]([^'"]+)['"]/gm)) {
    const found = name?.startsWith('.') ? new URL(name, module) : undefined;
    if (seen.has(found?.href ?? `${name}`)) continue;
    seen.add(found?.href ?? `${name}`);
    if (found) importedBy(found, seen);
  }
  return seen;
}

test('the module loads neither driver before a database is opened', () => {
  const imported = [...importedBy(new URL(MODULE))];
  assert.deepEqual(
    imported.filter((name) => /sql-node|sql-opfs|^node:/.test(name)),
    [],
  );
  assert.ok(
    [...importedBy(new URL('../../dist/index.js', import.meta.url))].includes(
      new URL('../../dist/wasm/core.js', import.meta.url).href,
    ),
  );
});
