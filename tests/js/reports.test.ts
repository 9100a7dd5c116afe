import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Agent, MemorySession, requestPersistence, run, SQLiteSession, tool } from 'agents-wasm';

import { checkLeaks } from '../support/local-api.ts';
import { functionCall, message, modelSays, response } from '../support/model-answers.ts';
import { sessionReportsSuite } from '../support/session-reports-suite.ts';

checkLeaks();

sessionReportsSuite('memory', () => new MemorySession());
sessionReportsSuite('SQLite in memory', () => new SQLiteSession({ dbPath: ':memory:' }));

const act = tool({ name: 'act', execute: () => 'done' });
const agent = new Agent({ name: 'Ann', model: 'gpt-5.6-luna', tools: [act] });

const counted = (input: number, output: number) => ({
  input_tokens: input,
  input_tokens_details: { cached_tokens: 0 },
  output_tokens: output,
  output_tokens_details: { reasoning_tokens: 1 },
  total_tokens: input + output,
});
const answer = (output: object[], input: number, tokens: number) => response(output, { usage: counted(input, tokens) });

test('the statistics tell what the API counted: in all, by run and turn, by agent and by model', async () => {
  await using session = new MemorySession();
  const { runConfig } = modelSays([
    answer([functionCall('1')], 10, 5),
    answer([message('one')], 30, 7),
    answer([message('two')], 50, 9),
  ]);
  const options = { session, conversationId: 'c', runConfig };
  const first = await run(agent, 'go', options);
  await run(agent, 'again', options);
  const { usage, runs, turns, latency, items } = await session.conversationStats('c');
  assert.deepEqual(usage.total, {
    requests: 3,
    inputTokens: 90,
    cachedTokens: 0,
    outputTokens: 21,
    reasoningTokens: 3,
    totalTokens: 111,
  });
  assert.deepEqual(usage.byAgent, { Ann: usage.total });
  assert.deepEqual(usage.byModel, { 'gpt-5.6-luna': usage.total });
  const [one, two] = usage.runs ?? [];
  assert.deepEqual([one?.runId, one?.status, one?.usage], [first.runId, 'completed', first.usage]);
  assert.deepEqual(
    one?.turns.map(({ turn, agent: name, usage: { inputTokens } }) => [turn, name, inputTokens]),
    [
      [1, 'Ann', 10],
      [2, 'Ann', 30],
    ],
  );
  assert.equal(two?.usage.inputTokens, 50);
  assert.deepEqual(runs, { total: 2, byStatus: { completed: 2 } });
  assert.deepEqual([turns, latency.count, items.total], [3, 3, 6]);
  const all = await session.conversationStats();
  assert.deepEqual(all.usage.total, usage.total);
  assert.equal(all.usage.runs, undefined);
});

test('what a run used that failed counts, and the run as one that failed', async () => {
  await using session = new MemorySession();
  const { runConfig } = modelSays([answer([functionCall('1')], 10, 5)], { maxRetries: 0 });
  await assert.rejects(run(agent, 'go', { session, conversationId: 'c', runConfig }));
  const { usage, runs, items } = await session.conversationStats('c');
  assert.equal(usage.total.inputTokens, 10);
  assert.deepEqual(runs, { total: 1, byStatus: { failed: 1 } });
  assert.equal(items.total, 0, 'an open run is no part of the history');
});

test('what is written down of the usage is seen by no run and in no history', async () => {
  await using session = new MemorySession();
  const { runConfig, requests } = modelSays([answer([message('one')], 1, 1), answer([message('two')], 1, 1)]);
  await run(agent, 'go', { session, conversationId: 'c', runConfig });
  await run(agent, 'on', { session, conversationId: 'c', runConfig });
  assert.equal((requests[1]!.input as unknown[]).length, 3);
  const { items } = await session.loadPage('c');
  assert.equal(items.length, 4);
  await session.clear('c');
  assert.equal((await session.conversationStats('c')).usage.total.requests, 0, 'it goes with the history');
});

test('what a compaction folded counts in the statistics, and what it cost is told', async () => {
  await using session = new MemorySession();
  await session.saveItems(
    'c',
    Array.from({ length: 12 }, (_, index) => `${index} `.repeat(500)),
  );
  const output = [{ type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'In short.' }] }];
  const summaryModel = { getResponse: async () => ({ output, usage: { input_tokens: 40, output_tokens: 4 } }) };
  const { status } = await session.runCompaction('c', {
    force: true,
    summaryModel,
    compactionArgs: { targetItems: 4 },
  });
  assert.equal(status, 'done');
  const { items, usage } = await session.conversationStats('c');
  assert.deepEqual([items.total, items.byRole], [12, { user: 12 }]);
  assert.deepEqual([usage.compactions.inputTokens, usage.total.inputTokens], [40, 0]);
});

test('a retention takes what a compaction folded along with what stands for it', async () => {
  await using session = new SQLiteSession({ dbPath: ':memory:' });
  const output = [{ type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'In short.' }] }];
  const summaryModel = { getResponse: async () => ({ output }) };
  const fold = { force: true, summaryModel, compactionArgs: { targetItems: 2 } };
  for (let round = 0; round < 2; round++) {
    await session.saveItems(
      'c',
      Array.from({ length: 8 }, (_, index) => `${round}-${index} `.repeat(300)),
    );
    assert.equal((await session.runCompaction('c', fold)).status, 'done');
  }
  const before = (await session.storageReport()).itemBytes;
  await session.applyRetention({ maxItems: 1 });
  assert.deepEqual(await session.compactions('c'), []);
  assert.equal((await session.loadItems('c', { includeCompacted: true })).length, 1);
  const after = (await session.storageReport()).itemBytes;
  assert.ok(after < before / 4, `${after} of ${before}`);
});

test('a conversation that changes while a retention is at work stays', async () => {
  await using session = new MemorySession();
  for (const id of ['a', 'b', 'c']) await session.saveItems(id, ['x'.repeat(1000)]);
  // The newest is kept. While the first of the others goes, somebody comes back to the last one.
  const onProgress = ({ done }: { done: number }) => {
    if (done === 1) void session.saveItems('a', ['I am back']);
  };
  const { deleted } = await session.applyRetention({ maxBytes: 1500, onProgress });
  assert.deepEqual(deleted, ['b']);
  assert.equal((await session.loadItems('a')).length, 2);
});

test('an erasure stops between two conversations, and is heard', async () => {
  await using session = new MemorySession();
  for (const id of ['u1', 'u2', 'u3']) await session.saveItems(id, ['x']);
  const stop = new AbortController();
  const onProgress = () => stop.abort();
  await assert.rejects(session.erase({ idPrefix: 'u' }, { signal: stop.signal, onProgress }), {
    name: 'AbortError',
  });
  assert.equal((await session.listConversations()).conversations.length, 2);
});

test('a calibration compares what the API counted more with what came between two requests', async () => {
  await using session = new MemorySession();
  const words = 'One of the words that were said here. '.repeat(40);
  const counts = [500, 1700, 2900].map((input) => answer([message(words)], input, 380));
  const { runConfig } = modelSays(counts);
  for (let turn = 0; turn < 3; turn++) await run(agent, words, { session, conversationId: 'c', runConfig });
  const { factor, tokens } = await session.tokenCalibration('c');
  assert.ok(tokens > 1000, String(tokens));
  assert.ok(Math.abs(factor - 2400 / tokens) < 1e-9 && factor > 1, String(factor));
});

test('a session that is closed tells nothing', async () => {
  const session = new MemorySession();
  await session.close();
  for (const call of [
    () => session.conversationStats(),
    () => session.conversationStats('c'),
    () => session.applyRetention({ maxItems: 5 }),
    () => session.erase({ idPrefix: 'x' }),
    () => session.storageReport(),
  ]) {
    await assert.rejects(call, { code: 'closed' });
  }
});

test('where there is no browser nothing is promised, and nothing fails', async () => {
  assert.equal(await requestPersistence(), false);
});
