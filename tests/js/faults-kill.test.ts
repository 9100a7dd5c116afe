import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';

import { Agent, Runner, run, SQLiteSession, tool } from 'agents-wasm';

import { openNodeDatabase } from '../../js/src/bridges/sql-node.ts';
import { assertAllowed, observe, Story, save, waysOn, wholeStory } from '../support/crash-story.ts';
import { assertNoLeaks, DatabaseSession } from '../support/database-session.ts';
import { type KillPoint, watchKillPoints } from '../support/kill-points.ts';
import { checkLeaks, localApi } from '../support/local-api.ts';
import { pickOf, seeded } from '../support/random.ts';

checkLeaks();

const folder = mkdtempSync(join(tmpdir(), 'agents-wasm-'));
after(async () => {
  rmSync(folder, { recursive: true });
  await assertNoLeaks();
});

let files = 0;
const newFile = () => join(folder, `${++files}.db`);
// Short enough that the lease of each run is over when its remains are looked at.
const LEASE_MS = 30;

type Allowed = ReturnType<Story['allowed']>;

/** Every state that the file of a whole story has between two statements. */
async function killPoints(): Promise<KillPoint<Allowed>[]> {
  const dbPath = newFile();
  const story = new Story();
  const watch = watchKillPoints(dbPath, () => story.allowed());
  try {
    await using session = new DatabaseSession(await openNodeDatabase({ dbPath }), { leaseMs: LEASE_MS });
    await story.tell(session, wholeStory());
  } finally {
    watch.stop();
  }
  return watch.stop();
}

function lay({ remains }: KillPoint<Allowed>): string {
  const dbPath = newFile();
  writeFileSync(dbPath, remains.database);
  if (remains.log.length > 0) writeFileSync(`${dbPath}-wal`, remains.log);
  return dbPath;
}

test('a process that is killed between any two statements leaves a history that is right, and runs that go on', async () => {
  const points = await killPoints();
  assert.ok(points.length > 30, `the file had ${points.length} states`);
  assert.ok(points.flatMap(({ notes }) => notes).length > 500);
  const random = seeded(1);
  for (const point of points) {
    const dbPath = lay(point);
    await using session = new DatabaseSession(await openNodeDatabase({ dbPath }), { leaseMs: LEASE_MS });
    const found = await observe(session);
    for (const { after: sql, note } of point.notes) assertAllowed(found, note, `killed behind ${sql.slice(0, 60)}`);
    const [open] = await session.openRuns('c');
    assert.notEqual(open?.state, 'running', 'its lease is over');
    const next = new Story(found);
    await next.tell(session, [pickOf(random, waysOn(found)), save('last', 1)]);
    assert.deepEqual(await observe(session), next.state);
  }
});

/** Starts a process that is made to be killed. */
function start(dbPath: string, task: 'saves' | 'runs' | 'tool') {
  const script = new URL('../support/killed-process.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, [script, dbPath, task], { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines: string[] = [];
  const reader = createInterface({ input: child.stdout });
  reader.on('line', (line) => lines.push(line));
  return {
    /** Kills it as soon as it has said so many lines, and gives all that it said. */
    async killAfter(count: number): Promise<string[]> {
      while (lines.length < count) await once(reader, 'line');
      const closed = once(reader, 'close');
      child.kill('SIGKILL');
      await Promise.all([closed, once(child, 'exit')]);
      return lines;
    },
  };
}

function checkFile(dbPath: string): void {
  const database = new DatabaseSync(dbPath);
  assert.deepEqual({ ...database.prepare('PRAGMA integrity_check').get() }, { integrity_check: 'ok' });
  database.close();
}

test('a process that is killed while it saves has saved all that it was told is safe, once, and nothing half', async () => {
  const dbPath = newFile();
  const acknowledged = await start(dbPath, 'saves').killAfter(40);
  await using session = new SQLiteSession({ dbPath });
  const said = (await session.loadItems('c')).map(({ content }) => content as string);
  const saves = said.length / 2;
  assert.ok(saves === acknowledged.length || saves === acknowledged.length + 1, `${saves} of ${acknowledged.length}`);
  assert.deepEqual(said, Array.from({ length: saves }, (_, count) => [`${count}.0`, `${count}.1`]).flat());
  checkFile(dbPath);
});

test('a process that is killed while it runs agents has every run that it was told is done, once and whole', async () => {
  const dbPath = newFile();
  const acknowledged = await start(dbPath, 'runs').killAfter(25);
  await using session = new SQLiteSession({ dbPath });
  const items = await session.loadItems('c');
  const runs = items.length / 4;
  assert.ok(runs === acknowledged.length || runs === acknowledged.length + 1, `${runs} of ${acknowledged.length}`);
  items.forEach((item, index) => {
    const count = index >> 2;
    const expected = [`${count}`, `${count}.call`, `${count}.call`, `${count}!`][index % 4];
    const { content, call_id } = item as { content?: string | { text: string }[]; call_id?: string };
    assert.equal(call_id ?? (typeof content === 'string' ? content : content?.[0]?.text), expected);
  });
  assert.ok((await session.openRuns('c')).length <= 1);
  checkFile(dbPath);
});

test('a run whose process is killed inside a tool keeps the conversation until its lease is over, and is taken up then', async () => {
  const dbPath = newFile();
  await start(dbPath, 'tool').killAfter(1);
  const killed = performance.now();
  await using session = new SQLiteSession({ dbPath });
  const [open] = await session.openRuns('c');
  assert.equal(open?.state, 'running', 'nobody can know yet');
  let calls = 0;
  const act = tool({ name: 'act', execute: () => ++calls });
  const agent = new Agent({ name: 'bot', tools: [act] });
  const place = { session, conversationId: 'c', ...localApi(['I do not know whether it worked.']) };
  await assert.rejects(run(agent, 'new', { ...place, onBusy: 'error' }), { code: 'conversation_busy' });
  const { runId } = await Runner.resume(agent, place);
  assert.ok(performance.now() - killed < 12_000);
  assert.equal(runId, open.runId);
  assert.equal(calls, 0, 'a tool that may have done its work is not called again');
  const [said, call, output, answer, ...more] = await session.loadItems('c');
  assert.deepEqual([said?.content, call?.call_id, output?.call_id, more], ['hang', 'hung', 'hung', []]);
  assert.match(output?.output as string, /^Outcome unknown/);
  assert.equal(answer?.role, 'assistant');
  assert.deepEqual(await session.openRuns('c'), []);
});
