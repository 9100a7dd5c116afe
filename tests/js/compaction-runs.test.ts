import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, beforeEach, test } from 'node:test';
import {
  Agent,
  type Item,
  MemorySession,
  OpenAIResponsesCompactionArgs,
  OpenAIResponsesCompactionSession,
  Runner,
  run,
  type SessionWarning,
  SQLiteSession,
  tool,
} from 'agents-wasm';
import { scriptedModel } from 'agents-wasm/testing';

import { compactingApi, kindsOf, longTalk, longText } from '../support/compacting.ts';
import { checkLeaks, tick } from '../support/local-api.ts';

checkLeaks();

const folder = mkdtempSync(join(tmpdir(), 'agents-wasm-'));
after(() => rmSync(folder, { recursive: true }));

const unhandled: unknown[] = [];
const note = (reason: unknown) => unhandled.push(reason);
beforeEach(() => void process.on('unhandledRejection', note));
afterEach(() => {
  process.off('unhandledRejection', note);
  assert.deepEqual(unhandled, []);
});

const agent = new Agent({ name: 'a' });
const short = { sessionSettings: { compactionThreshold: 4 }, compactionArgs: { targetItems: 2 } };
const compactions = (items: Item[]) => items.filter(({ type }) => type === 'compaction').length;

test('the example of the guide', async () => {
  const { runConfig } = compactingApi();
  const session = new OpenAIResponsesCompactionSession();
  const assistant = new Agent({ name: 'assistant', instructions: 'You are a helpful assistant' });
  const result = await Runner.run(assistant, 'Hello', { session, conversationId: 'conv-123', runConfig });
  assert.ok(result.finalOutput.length > 0);
  assert.equal((await result.compaction)?.status, 'not_due');
  await session.close();
  const compactionArgs = new OpenAIResponsesCompactionArgs({ targetItems: 50, minSummaryTokens: 100 });
  await new OpenAIResponsesCompactionSession({ compactionArgs }).close();
});

test('a conversation of runs is compacted behind them, and every run after it goes on', async () => {
  const { runConfig, asked } = compactingApi();
  await using session = new OpenAIResponsesCompactionSession(short);
  const place = { session, conversationId: 'c', runConfig };
  await run(agent, "Hello, I'm John", place);
  await session.saveItems('c', longTalk(3));
  for (let turn = 1; turn <= 6; turn++) {
    const { compaction, finalOutput } = await run(agent, "What's my name?", place);
    assert.equal(finalOutput, 'Your name is John.');
    assert.notEqual((await compaction)?.status, 'failed');
  }
  assert.ok(asked().length >= 1);
  assert.equal(compactions(await session.loadItems('c')), 1);
  const all = await session.loadItems('c', { includeCompacted: true });
  assert.equal(all.length, 2 + 6 + 12);
});

test('a result does not wait for the compaction behind its run, unless it is told to', async () => {
  const held = Promise.withResolvers<void>();
  const { runConfig } = compactingApi({
    turns: [longText('a'), longText('b')],
    meddle: async (respond) => {
      await held.promise;
      return respond();
    },
  });
  await using session = new OpenAIResponsesCompactionSession({ ...short, compactionArgs: { targetItems: 1 } });
  await session.saveItems('c', longTalk(3));
  const place = { session, conversationId: 'c', runConfig };
  const first = await run(agent, 'hi', place);
  assert.equal(compactions(await session.loadItems('c')), 0);
  held.resolve();
  const outcome = await first.compaction;
  assert.equal(outcome?.status, 'done');
  assert.equal(first.usage.requests, 1, 'what comes later does not count');
  await session.saveItems('c', longTalk(3, 4));
  const second = await run(agent, 'more', { ...place, compaction: 'await' });
  const awaited = await second.compaction;
  assert.ok(awaited && 'usage' in awaited && awaited.status === 'done');
  assert.equal(second.usage.requests, 2);
  assert.ok(second.usage.outputTokens >= awaited.usage.outputTokens);
  assert.equal(compactions(await session.loadItems('c')), 1);
});

test('a streamed run waits for its compaction where it is told to, and is read as ever', async () => {
  const { runConfig } = compactingApi({ turns: [['Hello', ' there.']].map((text) => ({ text })) });
  await using session = new OpenAIResponsesCompactionSession(short);
  await session.saveItems('c', longTalk(3));
  const stream = await run(agent, 'hi', { session, conversationId: 'c', runConfig, stream: true, compaction: 'await' });
  let text = '';
  for await (const piece of stream.toTextStream()) text += piece;
  assert.equal(text, 'Hello there.');
  const { usage, compaction } = await stream.completed;
  assert.equal((await compaction)?.status, 'done');
  assert.equal(usage.requests, 2);
  assert.equal(compactions(await session.loadItems('c')), 1);
});

test('a run whose compaction fails is complete all the same, and one warning says why', async () => {
  const failures: [string, () => Promise<Response>, string][] = [
    ['404', async () => Response.json({ error: { message: 'Invalid URL' } }, { status: 404 }), 'unsupported'],
    ['429', async () => Response.json({ error: { message: 'Slow.' } }, { status: 429 }), 'api_error'],
    ['500', async () => Response.json({ error: { message: 'Oops.' } }, { status: 500 }), 'api_error'],
    ['cut', async () => new Response('{"output":['), 'model_behavior'],
    ['gone', () => Promise.reject(new TypeError('fetch failed')), 'api_connection'],
  ];
  for (const compaction of ['background', 'await'] as const) {
    for (const [name, meddle, code] of failures) {
      const warnings: SessionWarning[] = [];
      const { runConfig } = compactingApi({ turns: ['Hello.', 'Again.'], meddle });
      const onWarning = (warning: SessionWarning) => warnings.push(warning);
      await using session = new OpenAIResponsesCompactionSession({ ...short, onWarning });
      await session.saveItems('c', longTalk(3));
      const place = { session, conversationId: 'c', runConfig, compaction };
      const result = await run(agent, 'hi', place);
      assert.equal(result.finalOutput, 'Hello.');
      const outcome = await result.compaction;
      assert.equal(outcome?.status, 'failed', name);
      assert.equal((outcome?.error as { code?: string } | undefined)?.code, code, name);
      await tick();
      assert.deepEqual(warnings, [{ type: 'compaction_failed', conversationId: 'c', error: outcome?.error }]);
      assert.equal((await session.loadItems('c')).length, 8);
      assert.equal((await run(agent, 'more', { ...place, compaction: 'off' })).finalOutput, 'Again.');
    }
  }
});

test('calls are never parted from their outputs: nothing is compacted before the run is complete', async () => {
  const act = tool({ name: 'act', execute: () => longText('the act') });
  const { runConfig, server } = compactingApi({
    turns: [{ calls: [{ name: 'act', callId: 'c1' }] }, { calls: [{ name: 'act', callId: 'c2' }] }, 'Done.'],
  });
  await using session = new OpenAIResponsesCompactionSession({ ...short, compactionArgs: { targetItems: 1 } });
  await session.saveItems('c', longTalk(3));
  const actor = new Agent({ name: 'a', tools: [act] });
  const { compaction } = await run(actor, 'act', { session, conversationId: 'c', runConfig });
  assert.equal((await compaction)?.status, 'done');
  const paths = server.requests.map(({ path }) => path);
  assert.deepEqual(paths, ['/v1/responses', '/v1/responses', '/v1/responses', '/v1/responses/compact']);
  const items = await session.loadItems('c');
  const left = (type: string) => items.filter((item) => item.type === type).map(({ call_id }) => call_id);
  assert.deepEqual(left('function_call'), left('function_call_output'));
});

test('a run that waits for a decision, failed or was stopped has no compaction behind it', async () => {
  const { runConfig, asked } = compactingApi({ turns: [{ calls: [{ name: 'pay', callId: 'p' }] }, 'Paid.'] });
  await using session = new OpenAIResponsesCompactionSession(short);
  await session.saveItems('c', longTalk(3));
  const payer = new Agent({ name: 'a', tools: [tool({ name: 'pay', needsApproval: true, execute: () => 'paid' })] });
  const place = { session, conversationId: 'c', runConfig };
  const waiting = await run(payer, 'pay', place);
  assert.deepEqual([waiting.interruptions.length, waiting.compaction], [1, undefined]);
  assert.equal(asked().length, 0);
  waiting.state.approve(waiting.interruptions[0]!);
  const { compaction } = await run(payer, waiting.state, place);
  assert.equal((await compaction)?.status, 'done');
  assert.equal(asked().length, 1);
  await assert.rejects(run(agent, 'hi', place), 'the script is over');
  assert.equal(asked().length, 1);
});

test('any session of ours compacts where its settings or those of the run say so', async () => {
  const { runConfig, asked } = compactingApi({ turns: ['a', 'b', 'c', 'd'] });
  const dbPath = join(folder, 'any.db');
  const sessionSettings = { compactionEnabled: true, compactionThreshold: 6 };
  await using session = new SQLiteSession({ dbPath, sessionSettings });
  await session.saveItems('c', longTalk(6));
  const place = { session, conversationId: 'c', runConfig };
  assert.equal((await run(agent, 'hi', { ...place, compaction: 'off' })).compaction, undefined);
  const off = { sessionSettings: { compactionEnabled: false } };
  assert.equal((await run(agent, 'hi', { ...place, ...off })).compaction, undefined);
  const high = { sessionSettings: { compactionThreshold: 1000 } };
  assert.equal((await (await run(agent, 'hi', { ...place, ...high })).compaction)?.status, 'not_due');
  assert.equal(asked().length, 0);
  assert.equal((await (await run(agent, 'hi', place)).compaction)?.status, 'done');
  await using plain = new MemorySession();
  const { compaction } = await run(agent, 'hi', { ...place, session: plain, ...compactingApi({ turns: ['x'] }) });
  assert.equal(compaction, undefined);
});

test('a run is compacted for with the model that it had, also with one of its own', async () => {
  const sessionSettings = { compactionEnabled: true, compactionThreshold: 6 };
  const named = compactingApi({ turns: ['a'] });
  await using session = new MemorySession({ sessionSettings });
  await session.saveItems('c', longTalk(6));
  const first = new Agent({ name: 'a', model: 'o4-mini' });
  await (await run(first, 'hi', { session, conversationId: 'c', runConfig: named.runConfig })).compaction;
  assert.equal(named.asked()[0]?.model, 'o4-mini');
  await session.saveItems('d', longTalk(6));
  const own = scriptedModel(['Hello.', 'word '.repeat(20)]);
  const second = new Agent({ name: 'a', model: own });
  const { compaction } = await run(second, 'hi', { session, conversationId: 'd' });
  assert.equal((await compaction)?.status, 'done');
  assert.equal(own.requests.length, 2);
  assert.equal((await session.compactions('d'))[0]?.strategy, 'summary');
});

test('closing a session stops the compaction behind a run, without a warning', async () => {
  const warnings: SessionWarning[] = [];
  const isAsked = Promise.withResolvers<void>();
  const { runConfig } = compactingApi({
    turns: ['Hello.'],
    meddle: () => {
      isAsked.resolve();
      return new Promise<Response>(() => {});
    },
  });
  const dbPath = join(folder, 'closed.db');
  const underlyingSession = new SQLiteSession({ dbPath });
  const onWarning = (warning: SessionWarning) => warnings.push(warning);
  const session = new OpenAIResponsesCompactionSession({ ...short, underlyingSession, onWarning });
  await session.saveItems('c', longTalk(3));
  const { compaction } = await run(agent, 'hi', { session, conversationId: 'c', runConfig });
  await isAsked.promise;
  await session.close();
  assert.deepEqual(await compaction, { status: 'cancelled', conversationId: 'c' });
  assert.deepEqual(warnings, []);
  await using again = new SQLiteSession({ dbPath });
  assert.equal((await again.loadItems('c')).length, 8);
});

test('a run that is told to wait for its compaction can be stopped while it does, and is complete', async () => {
  const controller = new AbortController();
  const { runConfig } = compactingApi({
    turns: ['Hello.'],
    meddle: (respond) => {
      controller.abort();
      return respond();
    },
  });
  await using session = new OpenAIResponsesCompactionSession(short);
  await session.saveItems('c', longTalk(3));
  const { signal } = controller;
  const result = await run(agent, 'hi', { session, conversationId: 'c', runConfig, signal, compaction: 'await' });
  assert.equal(result.finalOutput, 'Hello.');
  assert.equal((await result.compaction)?.status, 'cancelled');
  assert.equal((await session.loadItems('c')).length, 8);
});

test('what was compacted is so in the next process, and can be undone there', async () => {
  const dbPath = join(folder, 'reload.db');
  const { openai } = compactingApi();
  {
    await using session = new SQLiteSession({ dbPath });
    await session.saveItems('c', longTalk(4));
    await session.runCompaction('c', { force: true, compactionArgs: { targetItems: 2 }, openai });
  }
  await using session = new SQLiteSession({ dbPath });
  assert.deepEqual(kindsOf(await session.loadItems('c')), ['user', 'user', 'user', 'compaction', 'user', 'assistant']);
  assert.equal((await session.undoCompaction('c'))?.folded, 3);
  assert.deepEqual(await session.loadItems('c'), longTalk(4));
});

test('a run tells what its model saw, however often the conversation was compacted since', async () => {
  const { runConfig, server } = compactingApi();
  await using session = new OpenAIResponsesCompactionSession(short);
  const place = { session, conversationId: 'c', runConfig, compaction: 'await' as const };
  const seen: { runId: string; sent: Item[] }[] = [];
  await session.saveItems('c', longTalk(3));
  for (let turn = 1; turn <= 5; turn++) {
    const { runId } = await run(agent, longText(`turn ${turn}`), place);
    const { body } = server.requests.findLast(({ path }) => path === '/v1/responses')!;
    seen.push({ runId, sent: body.input });
  }
  assert.ok((await session.compactions('c')).length >= 2);
  for (const { runId, sent } of seen) {
    const items = await session.loadItems('c', { asSeenBy: runId });
    assert.deepEqual(kindsOf(items.slice(0, sent.length)), kindsOf(sent));
    assert.deepEqual(
      items.slice(0, sent.length).map(({ content, encrypted_content }) => content ?? encrypted_content),
      sent.map(({ content, encrypted_content }) => content ?? encrypted_content),
    );
  }
});
