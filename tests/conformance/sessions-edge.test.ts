import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { observe, Story, wholeStory } from '../support/crash-story.ts';
import { assertNoLeaks, DatabaseSession } from '../support/database-session.ts';
import { openEdgeDatabase } from '../support/edge-limits.ts';
import { sessionBranchesSuite } from '../support/session-branches-suite.ts';
import { sessionFoldsSuite } from '../support/session-folds-suite.ts';
import { sessionKeptSuite } from '../support/session-kept-suite.ts';
import { sessionLongSuite } from '../support/session-long-suite.ts';
import { sessionRandomSuite } from '../support/session-random-suite.ts';
import { type AnySession, sessionSuite } from '../support/session-suite.ts';

// The store's SQL under the limits of Durable Objects and D1, without their engines.

after(assertNoLeaks);

const open = () => new DatabaseSession(openEdgeDatabase) as unknown as AnySession;

// A value has 2 MB there.
sessionSuite('SQL under the limits of the edge', open, { megabytes: 1 });
sessionRandomSuite('SQL under the limits of the edge', open, 100);
sessionFoldsSuite('SQL under the limits of the edge', open);
sessionKeptSuite('SQL under the limits of the edge', open);
sessionBranchesSuite('SQL under the limits of the edge', open);
sessionLongSuite('SQL under the limits of the edge', open, { megabytes: 10 });

test('runs that are done, fail, stop and go on keep within the limits of the edge', async () => {
  await using session = new DatabaseSession(openEdgeDatabase);
  const story = new Story();
  await story.tell(session, wholeStory());
  assert.deepEqual(await observe(session), story.state);
});

test('a value beyond the limit is refused and changes nothing', async () => {
  await using session = new DatabaseSession(openEdgeDatabase);
  await session.saveItems('c', ['before']);
  await assert.rejects(session.saveItems('c', ['x'.repeat(2_000_001)]), {
    code: 'too_large',
    message: /2000029 bytes/,
  });
  assert.deepEqual((await observe(session)).history, ['before']);
});

test('the limits are enforced', async () => {
  const database = await openEdgeDatabase();
  const refused = (sql: string, params: (string | number)[] = []) =>
    assert.rejects(database.batch([{ sql, params }]), { name: 'SqlError', code: 'invalid' }, sql.slice(0, 60));
  await refused('BEGIN');
  await refused('SAVEPOINT a');
  await refused('PRAGMA user_version');
  await refused('SELECT sqlite_version()');
  await refused(`SELECT ${Array.from({ length: 101 }, (_, index) => `?${index + 1}`)}`, Array(101).fill(1));
  await refused(Array(6).fill('SELECT 1').join(' UNION ALL '));
  await refused(`SELECT '${'x'.repeat(100_000)}'`);
  await refused('SELECT ?1', ['x'.repeat(2_000_001)]);
  await refused('SELECT replace(?1, 1, ?2)', ['1'.repeat(3000), 'x'.repeat(1000)]);
  await refused("SELECT 'a' LIKE ?1", ['x'.repeat(51)]);
  const fine = await database.batch([{ sql: "SELECT 'BEGIN; PRAGMA' LIKE ?1", params: ['%PRAGMA'] }]);
  assert.deepEqual(fine, [[[1]]]);
  await database.close();
});
