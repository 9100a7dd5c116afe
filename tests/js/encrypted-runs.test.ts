import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';
import { inspect } from 'node:util';

import {
  Agent,
  EncryptedSession,
  MemoryProcessor,
  MemorySession,
  Runner,
  RunState,
  run,
  SQLiteSession,
  tool,
} from 'agents-wasm';
import type { Turn } from 'agents-wasm/testing';

import { checkLeaks, localApi } from '../support/local-api.ts';

checkLeaks();

const folder = mkdtempSync(join(tmpdir(), 'agents-wasm-'));
after(() => rmSync(folder, { recursive: true }));

const KEY = 'KEY-that-is-nowhere';
const DOWN: Turn = { failed: { message: 'down' } };
const CALL: Turn = { calls: [{ name: 'HIDDEN_pay', callId: 'c1', arguments: { euros: 'HIDDEN-argument' } }] };
const over = (underlyingSession: SQLiteSession | MemorySession) =>
  new EncryptedSession({ underlyingSession, encryptionKey: KEY });

function payAgent(more: object = {}): { agent: Agent; paid: string[] } {
  const paid: string[] = [];
  const execute = ({ euros }: { euros: string }) => {
    paid.push(euros);
    return 'HIDDEN-output';
  };
  return { paid, agent: new Agent({ name: 'cashier', tools: [tool({ name: 'HIDDEN_pay', execute, ...more })] }) };
}

test('a run on it that fails behind a tool is taken up where it broke off, by another session with the key', async () => {
  const dbPath = join(folder, 'resumed.db');
  const { agent, paid } = payAgent();
  const { server, runConfig } = localApi([CALL, DOWN, 'Thank you.']);
  const first = over(new SQLiteSession({ dbPath }));
  await assert.rejects(run(agent, 'buy', { session: first, conversationId: 'c', runConfig }), { code: 'model_failed' });
  assert.deepEqual(await first.loadItems('c'), []);
  await first.close();

  await using session = over(new SQLiteSession({ dbPath }));
  const [open] = await session.openRuns('c');
  assert.deepEqual([open?.state, open?.errorCode, open?.items.length], ['failed', 'model_failed', 3]);
  const { finalOutput } = await Runner.resume(agent, { session, conversationId: 'c', runConfig });
  assert.deepEqual([finalOutput, paid], ['Thank you.', ['HIDDEN-argument']]);
  assert.equal(server.requests[2]?.body.input.length, 3);
  assert.equal((await session.loadItems('c')).length, 4);
  assert.deepEqual(await session.openRuns('c'), []);
  const told = (await session.loadItems('c')).map(({ agent, turn }) => [agent?.name, turn]);
  assert.deepEqual(told.at(-1), ['cashier', 2]);
});

test('a run on it keeps other runs out, and what had begun when it was stopped is not repeated', async () => {
  const dbPath = join(folder, 'stopped.db');
  const { agent } = payAgent({ execute: () => new Promise(() => {}) });
  const { runConfig } = localApi([CALL, 'I do not know whether it was paid.']);
  const gone = over(new SQLiteSession({ dbPath }));
  const stop = new AbortController();
  const lost = run(agent, 'buy', { session: gone, conversationId: 'c', runConfig, signal: stop.signal });
  lost.catch(() => {});
  while ((await gone.openRuns('c'))[0]?.items.length !== 2) await new Promise((next) => setImmediate(next));
  await using session = over(new SQLiteSession({ dbPath }));
  const [open] = await session.openRuns('c');
  assert.deepEqual([open?.state, open?.items.length], ['running', 2]);
  await assert.rejects(run(agent, 'too', { session, conversationId: 'c', runConfig, onBusy: 'error' }), {
    name: 'ConversationBusyError',
  });
  stop.abort();
  await assert.rejects(lost, { name: 'AbortError' });
  const { finalOutput } = await Runner.resume(agent, { session, conversationId: 'c', runConfig });
  assert.equal(finalOutput, 'I do not know whether it was paid.');
  const [, , output] = await session.loadItems('c');
  assert.match(`${output?.['output']}`, /unknown/);
  await gone.close();
});

test('a run that waits for an approval goes on in another session', async () => {
  const dbPath = join(folder, 'approved.db');
  const { agent, paid } = payAgent({ needsApproval: true });
  const { runConfig } = localApi([CALL, 'Paid.']);
  const first = over(new SQLiteSession({ dbPath }));
  const waiting = await run(agent, 'buy', { session: first, conversationId: 'c', runConfig });
  const state = await RunState.fromString(agent, waiting.state.toString());
  state.approve(state.getInterruptions()[0]!);
  await first.close();
  await using session = over(new SQLiteSession({ dbPath }));
  assert.equal((await session.openRuns('c'))[0]?.state, 'awaiting_approval');
  const { finalOutput } = await run(agent, state, { session, conversationId: 'c', runConfig });
  assert.deepEqual([finalOutput, paid], ['Paid.', ['HIDDEN-argument']]);
});

test('nothing that was said, named or noted is in the bytes of the database, and neither is the key', async () => {
  const dbPath = join(folder, 'searched.db');
  const session = over(new SQLiteSession({ dbPath }));
  const { agent } = payAgent();
  const hidden = new Agent({ name: 'cashier', instructions: 'HIDDEN-instructions', tools: agent.tools });
  const turns = [CALL, 'HIDDEN-answer', CALL, DOWN, { calls: [{ name: 'HIDDEN_pay', callId: 'c2' }] }];
  const { runConfig } = localApi(turns);
  const place = { session, conversationId: 'c', runConfig };
  await run(hidden, 'HIDDEN-question', place);
  await assert.rejects(run(hidden, 'HIDDEN-open-run', place));
  await session.setTitle('c', 'HIDDEN-title');
  await session.setMetadata('c', { about: 'HIDDEN-metadata' });
  await session.conversation('c').addItems([
    { type: 'function_call', callId: 'x', name: 'HIDDEN-tool', arguments: '{}', providerData: { note: 'HIDDEN-side' } },
    { type: 'function_call_result', callId: 'x', name: 'HIDDEN-tool', status: 'completed', output: 'HIDDEN-sdk' },
  ] as never);
  const [first] = await session.loadItems('c');
  await session.pinItem('c', first!.uid!);
  const { openRuns, read } = {
    openRuns: await session.openRuns('c'),
    read: (await session.conversation('c').getItems()).map((item) => JSON.stringify(item)),
  };
  assert.equal(openRuns.length, 1);
  assert.match(read.join(), /HIDDEN-side/);

  const bytes = readdirSync(folder)
    .filter((name) => name.startsWith('searched.db'))
    .map((name) => readFileSync(join(folder, name), 'latin1'));
  assert.ok(bytes.length > 1, 'the WAL is searched too');
  for (const text of bytes) {
    // Not `match`, which would print the file.
    for (const secret of ['HIDDEN', KEY, 'model_failed']) assert.ok(!text.includes(secret), secret);
  }
  assert.ok(
    bytes.some((text) => text.includes('cashier')),
    'agents are not hidden',
  );
  await session.close();
});

test('what a change is known by, to be told from another one, says nothing of its texts', async () => {
  const found = new Set<string>();
  for (const [index, encryptionKey] of ['first', 'first', 'second'].entries()) {
    const dbPath = join(folder, `known-${index}.db`);
    const session = new EncryptedSession({ underlyingSession: new SQLiteSession({ dbPath }), encryptionKey });
    await session.saveItems('c', ['yes'], { operationId: 'op' });
    await session.close();
    const database = new DatabaseSync(dbPath);
    const rows = database.prepare('SELECT * FROM agents_wasm_operations').all();
    database.close();
    assert.equal(rows.length, 1);
    found.add(JSON.stringify(Object.values(rows[0]!).filter((value) => /^[\w-]{43}=$/.test(`${value}`))));
  }
  assert.equal(found.size, 2, [...found].join());
  assert.ok(!found.has('[]'));
});

test('the key is in no error, no trace, and nothing that can be seen of the session', async () => {
  const memory = new MemoryProcessor();
  const underlying = new MemorySession();
  const session = over(underlying);
  const { agent } = payAgent();
  const { runConfig } = localApi(['Hello.', DOWN]);
  const traced = { ...runConfig, tracing: { processors: [memory] } };
  const result = await run(agent, 'hi', { session, conversationId: 'c', runConfig: traced });
  const wrong = new EncryptedSession({ underlyingSession: underlying, encryptionKey: 'KEY-that-is-wrong' });
  const failure = await run(agent, 'hi', { session: wrong, conversationId: 'c', runConfig: traced }).then(
    () => assert.fail('It ran.'),
    (error) => error,
  );
  assert.equal(failure.code, 'wrong_key');
  assert.equal(result.trace?.metadata?.['session_type'], 'EncryptedSession');
  const seen = [session, wrong, failure, result, memory].map((one) => inspect(one, { depth: 12, showHidden: true }));
  seen.push(JSON.stringify([session, memory.traces, memory.spans]), `${failure.stack}`);
  for (const text of seen) assert.doesNotMatch(text, /KEY-that/);
  assert.equal((await session.loadItems('c')).length, 2, 'the run with the wrong key left nothing');
  assert.deepEqual(await session.openRuns('c'), []);
  await wrong.close();
  await session.close();
});
