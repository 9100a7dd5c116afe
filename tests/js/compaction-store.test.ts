import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import type { Item } from '../../js/src/index.ts';
import { CrashDisk } from '../support/crash-disk.ts';
import { type CrashSqlite, loadCrashSqlite } from '../support/crash-vfs.ts';
import { assertNoLeaks, DatabaseSession } from '../support/database-session.ts';

const SETTINGS = ['locking_mode = EXCLUSIVE', 'journal_mode = WAL', 'synchronous = FULL', 'temp_store = MEMORY'];

let sqlite: CrashSqlite;

before(async () => {
  sqlite = await loadCrashSqlite();
});

after(assertNoLeaks);

const output: Item[] = [{ type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'In short.' }] }];
const summaryModel = { getResponse: async () => ({ output, usage: { output_tokens: 4 } }) };
const FORCE = { force: true, summaryModel, compactionArgs: { targetItems: 4 } };

test('a compaction, or its undoing, that finds no space at any of its writes changes nothing', async () => {
  const disk = new CrashDisk();
  await using session = new DatabaseSession(sqlite.open(disk, SETTINGS));
  const talk = Array.from({ length: 6 }, (_, i) => [`${i} `.repeat(2000), ...output]).flat();
  await session.saveItems('c', talk);
  const view = async () => JSON.stringify([await session.loadItems('c'), await session.compactions('c')]);
  for (const change of [() => session.runCompaction('c', FORCE), () => session.undoCompaction('c')]) {
    const expected = await view();
    let refused = 0;
    for (let writes = 0; ; writes++) {
      disk.writesLeft = writes;
      const isDone = await change().then(
        () => true,
        ({ name, code }) => {
          assert.deepEqual([name, code], ['SessionError', 'quota']);
          return false;
        },
      );
      disk.writesLeft = Number.POSITIVE_INFINITY;
      if (isDone) break;
      assert.equal(await view(), expected);
      refused += 1;
    }
    assert.ok(refused > 1, `refused ${refused} times`);
    assert.notEqual(await view(), expected);
  }
  assert.equal((await session.loadItems('c')).length, talk.length);
});
