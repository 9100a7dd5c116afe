import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { CrashDisk } from '../support/crash-disk.ts';
import { assertAllowed, NOTHING, observe, type Step, Story, save, waysOn, wholeStory } from '../support/crash-story.ts';
import { type CrashSqlite, loadCrashSqlite } from '../support/crash-vfs.ts';
import { assertNoLeaks, DatabaseSession } from '../support/database-session.ts';
import { pickOf, seeded } from '../support/random.ts';

/** As the Worker in a browser has it. */
const SETTINGS = ['locking_mode = EXCLUSIVE', 'journal_mode = WAL', 'synchronous = FULL', 'temp_store = MEMORY'];
/** The log goes into the database as often as it can, so that cuts fall into that too. */
const RESTLESS = [...SETTINGS, 'wal_autocheckpoint = 2'];
const NO_SYNC = RESTLESS.map((one) => one.replace('FULL', 'OFF'));

let sqlite: CrashSqlite;

before(async () => {
  sqlite = await loadCrashSqlite();
});

after(assertNoLeaks);

interface Outcome {
  story: Story;
  disk: CrashDisk;
}

/** Tells the story to a disk until its power fails. */
async function tellUntilCut(disk: CrashDisk, pragmas: readonly string[], steps: readonly Step[]): Promise<Outcome> {
  const story = new Story();
  try {
    await using session = new DatabaseSession(sqlite.open(disk, pragmas));
    await story.tell(session, steps);
  } catch (error) {
    if (!disk.isOff) throw error;
  }
  return { story, disk };
}

/** Holds what is found on a disk to the story, and goes on from there. */
async function checkSurvivor(disk: CrashDisk, { story }: Outcome, where: string, random: () => number): Promise<void> {
  const database = sqlite.open(disk, SETTINGS);
  await using session = new DatabaseSession(database);
  assert.deepEqual(database.check(), ['ok'], where);
  const found = await observe(session);
  assertAllowed(found, story.allowed(), where);
  const [open] = await session.openRuns('c');
  assert.notEqual(open?.state, 'running', 'nobody is at a run whose process is gone');
  const next = new Story(found);
  await next.tell(session, [pickOf(random, waysOn(found)), save('last', 1)]);
  assert.deepEqual(await observe(session), next.state, where);
  assert.deepEqual(database.check(), ['ok'], where);
}

/** Cuts the power `cuts` times, spread over all operations of the story. */
async function cutAndCheck(
  seed: number,
  cuts: number,
  pragmas: readonly string[],
  steps: () => Step[],
): Promise<number> {
  const whole = await tellUntilCut(new CrashDisk(), pragmas, steps());
  const { operations } = whole.disk;
  const count = Math.min(cuts, operations);
  for (let cut = 0; cut < count; cut++) {
    const random = seeded(seed + cut);
    const disk = new CrashDisk();
    disk.cutAt = 1 + Math.floor(((cut + random()) * operations) / count);
    const where = `with the power cut in operation ${disk.cutAt} of ${operations}, seed ${seed + cut}`;
    const outcome = await tellUntilCut(disk, pragmas, steps());
    await checkSurvivor(disk.afterCut(random), outcome, where, random);
  }
  return count;
}

test('a story that is not cut off ends as it says', async () => {
  const disk = new CrashDisk();
  const { story } = await tellUntilCut(disk, SETTINGS, wholeStory());
  assert.notDeepEqual(story.state, NOTHING);
  await checkSurvivor(
    disk.afterCut(() => 0.99),
    { story, disk },
    'at the end',
    seeded(1),
  );
});

test('a power cut at any moment loses nothing acknowledged and leaves nothing half', async () => {
  assert.equal(await cutAndCheck(1_000, 100, SETTINGS, wholeStory), 100);
});

test('nor does one while the log goes into the database again and again', async () => {
  assert.equal(await cutAndCheck(2_000, 100, RESTLESS, wholeStory), 100);
});

test('a power cut while the tables are made leaves a database that can be used', async () => {
  const cuts = await cutAndCheck(3_000, 100, RESTLESS, () => [save('first', 1)]);
  assert.ok(cuts > 20);
});

test('without syncs the same power cuts lose what was acknowledged and corrupt files, which these tests see', async () => {
  const harm: string[] = [];
  for (let seed = 4_000; seed < 4_010; seed++) {
    const attempt = cutAndCheck(seed, 3, NO_SYNC, wholeStory);
    await attempt.catch(({ message }) => harm.push(message));
  }
  const isLoss = (text: string) => /the store has/.test(text);
  const isDamage = (text: string) => /malformed|not a database|\+ actual/.test(text);
  assert.ok(harm.some(isLoss) && harm.some(isDamage), harm.join('\n'));
});
