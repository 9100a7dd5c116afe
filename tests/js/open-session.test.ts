import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { openSession, SQLiteSession } from 'agents-wasm';

import { checkLeaks } from '../support/local-api.ts';

const folder = mkdtempSync(join(tmpdir(), 'agents-wasm-'));
after(() => rmSync(folder, { recursive: true }));

checkLeaks();

test('in Node a session is opened in a file, and found again', async () => {
  const name = join(folder, 'conversations');
  {
    await using session = await openSession({ name });
    assert.ok(session instanceof SQLiteSession);
    await session.saveItems('c', ['one']);
  }
  await using session = await openSession({ name: `${name}.db` });
  const { persistence, durable, reason } = await session.storage();
  assert.deepEqual([persistence, durable], ['file', true]);
  assert.ok(reason.includes(`${name}.db`));
  assert.equal((await session.loadItems('c')).length, 1);
});

test('a file that is no database is not replaced by memory', async () => {
  const name = join(folder, 'damaged.db');
  writeFileSync(name, 'not a database, but something that someone wants to keep'.repeat(100));
  await assert.rejects(openSession({ name, allowMemory: true }), {
    name: 'SessionError',
    code: 'corrupt',
    message: /The conversations of .* are in a file, which cannot be opened now, and nothing else was opened instead/,
  });
  mkdirSync(join(folder, 'folder.db'));
  await assert.rejects(openSession({ name: join(folder, 'folder'), allowMemory: true }), { name: 'SessionError' });
  await assert.rejects(openSession({ name: join(folder, 'missing/x'), allowMemory: true }), { code: 'not_found' });
});
