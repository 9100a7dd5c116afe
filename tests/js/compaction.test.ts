import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import {
  Agent,
  type CompactionEvent,
  type CompactionProgress,
  type Item,
  MemorySession,
  type Model,
  type ModelRequest,
  OpenAIResponsesCompactionSession,
  run,
  SQLiteSession,
} from 'agents-wasm';

import { compactingApi, kindsOf, longTalk, longText, said, user } from '../support/compacting.ts';
import { compactionSuite } from '../support/compaction-suite.ts';
import { checkLeaks } from '../support/local-api.ts';

checkLeaks();

const folder = mkdtempSync(join(tmpdir(), 'agents-wasm-'));
after(() => rmSync(folder, { recursive: true }));
let files = 0;
const newFile = () => join(folder, `${++files}.db`);

compactionSuite('memory', () => new MemorySession());
compactionSuite('SQLite in memory', () => new SQLiteSession({ dbPath: ':memory:' }));
compactionSuite('SQLite in a file', () => new SQLiteSession({ dbPath: newFile() }));

const FORCE = { force: true, compactionArgs: { targetItems: 2 } };

/** Writes a summary of so many words, and notes what it was asked. */
function summariser(words = 30): Model & { requests: ModelRequest[] } {
  const requests: ModelRequest[] = [];
  return {
    requests,
    async getResponse(request) {
      requests.push(request);
      const usage = { input_tokens: 500, output_tokens: words, total_tokens: 500 + words };
      return { output: [said('word '.repeat(words).trim())], usage };
    },
  };
}

test('below the threshold nobody is asked, from it on a conversation is compacted, and force needs none', async () => {
  const { openai, asked } = compactingApi();
  const settings = { compactionThreshold: 6, compactionEnabled: true };
  await using session = new MemorySession({ sessionSettings: settings });
  await session.saveItems('c', longTalk(2));
  assert.equal((await session.runCompaction('c', { openai })).status, 'not_due');
  assert.equal(asked().length, 0);
  await session.saveItems('c', longTalk(1, 3));
  const { status, kept, folded } = await session.runCompaction('c', { openai });
  assert.deepEqual([status, asked().length], ['done', 1]);
  assert.equal(kept + folded, 6);
  await session.saveItems('d', longTalk(2));
  assert.equal((await session.runCompaction('d', { ...FORCE, openai })).status, 'done');
});

test('a hundred items are compacted to about fifty, if nothing else is said', async () => {
  const { openai, asked } = compactingApi();
  await using session = new OpenAIResponsesCompactionSession({ openai });
  await session.saveItems('c', longTalk(49));
  assert.equal((await session.runCompaction('c')).status, 'not_due');
  await session.saveItems('c', longTalk(1, 50));
  assert.equal((await session.runCompaction('c')).status, 'done');
  const kinds = kindsOf(await session.loadItems('c'));
  assert.deepEqual(kinds.filter((kind) => kind !== 'user').length, 26);
  assert.equal(kinds.indexOf('compaction'), 25);
  assert.equal(asked()[0]?.model, 'gpt-5.6-luna');
  assert.equal((await session.runCompaction('c')).status, 'not_due');
});

test('words of users do not bring a compacted conversation back to its threshold at once', async () => {
  const { openai, asked } = compactingApi();
  await using session = new MemorySession({ sessionSettings: { compactionThreshold: 10 } });
  for (let turn = 1; turn <= 40; turn++) {
    await session.saveItems('c', longTalk(1, turn));
    await session.runCompaction('c', { openai });
  }
  assert.ok(asked().length >= 8 && asked().length <= 20, `${asked().length} compactions`);
});

test("whether it is time is the caller's to say, who is given copies, and items only then", async () => {
  const { openai, asked } = compactingApi();
  const contexts: unknown[] = [];
  let isTime = false;
  await using session = new OpenAIResponsesCompactionSession({
    openai,
    compactionArgs: { targetItems: 2 },
    shouldTriggerCompaction: async ({ sessionItems, compactionCandidateItems, ...rest }) => {
      contexts.push({ ...rest, items: kindsOf(sessionItems), candidates: kindsOf(compactionCandidateItems) });
      for (const item of sessionItems) item.content = 'changed';
      return isTime;
    },
  });
  const items = [{ type: 'message', ...user('typed') }, user('easy'), said(longText('a')), ...longTalk(1)];
  await session.saveItems('c', items);
  assert.equal((await session.runCompaction('c', { responseId: 'resp_1' })).status, 'not_due');
  isTime = true;
  assert.equal((await session.runCompaction('c')).status, 'done');
  assert.equal((await session.runCompaction('c', { force: true })).status, 'nothing_to_fold');
  assert.equal(asked().length, 1);
  const kinds = ['user', 'user', 'assistant', 'user', 'assistant'];
  const context = {
    conversationId: 'c',
    compactionMode: 'input',
    items: kinds,
    candidates: ['assistant', 'assistant'],
  };
  assert.deepEqual(contexts, [
    { ...context, responseId: 'resp_1' },
    { ...context, responseId: undefined },
  ]);
  assert.deepEqual(await session.loadItems('c', { includeCompacted: true }), items);
});

test('a shouldTriggerCompaction that throws fails the call, and nothing changes', async () => {
  const cause = new Error('no idea');
  await using session = new OpenAIResponsesCompactionSession({
    shouldTriggerCompaction: () => {
      throw cause;
    },
  });
  await session.saveItems('c', longTalk(2));
  const expected = {
    name: 'UserError',
    code: 'callback_failed',
    message: /shouldTriggerCompaction failed: no idea/,
    cause,
  };
  await assert.rejects(session.runCompaction('c'), expected);
  assert.deepEqual(await session.loadItems('c'), longTalk(2));
});

test("mode 'auto' sends the items, whether or not a response has seen them", async () => {
  const { openai, asked } = compactingApi();
  await using session = new OpenAIResponsesCompactionSession({ openai });
  await session.saveItems('c', longTalk(3));
  await session.runCompaction('c', { ...FORCE, responseId: 'resp_1' });
  assert.deepEqual(Object.keys(asked()[0] as object).includes('previous_response_id'), false);
  assert.equal(asked()[0]?.input.length, 4);
});

test("mode 'previous_response_id' sends no items, and folds all that the response has seen", async () => {
  const { server, openai, asked, runConfig } = compactingApi({ turns: [longText('a'), longText('b')] });
  await using session = new OpenAIResponsesCompactionSession({ openai, compactionMode: 'previous_response_id' });
  const place = { session, conversationId: 'c', runConfig, compaction: 'off' as const };
  await run(new Agent({ name: 'a' }), 'one', place);
  const { lastResponseId } = await run(new Agent({ name: 'a' }), 'two', place);
  const { status } = await session.runCompaction('c', { force: true, responseId: lastResponseId });
  assert.equal(status, 'done');
  assert.equal(asked()[0]?.previous_response_id, lastResponseId);
  assert.equal(asked()[0]?.input ?? null, null);
  assert.deepEqual(kindsOf(await session.loadItems('c')), ['user', 'user', 'compaction']);
  const unknown = session.runCompaction('c', { force: true, responseId: 'resp_x' });
  await session.saveItems('c', longTalk(1));
  await assert.rejects(unknown, { name: 'APIError', apiCode: 'previous_response_not_found' });
  assert.ok(server.requests.length >= 4);
});

test('pictures and files of users stay as they are, and ids of messages are sent only where the API wants them', async () => {
  const { openai, asked } = compactingApi({ checkIds: true });
  await using session = new MemorySession();
  const content = [
    { type: 'input_text', text: 'Look' },
    { type: 'input_image', image_url: 'data:image/png;base64,iVBORw0KGgo=', detail: 'auto' },
    { type: 'input_file', file_id: 'file_1' },
  ];
  const pictures = { type: 'message', role: 'user', content };
  await session.saveItems('c', [pictures, said(longText('a'), { id: 'msg_1' }), ...longTalk(2)]);
  await session.runCompaction('c', { ...FORCE, openai });
  assert.deepEqual((await session.loadItems('c'))[0], pictures);
  assert.deepEqual(asked()[0]?.input[0], pictures);
});

test('a summary is written by any model, in words, and bounds all that remains', async () => {
  const summaryModel = summariser();
  await using session = new OpenAIResponsesCompactionSession({ summaryModel, compactionArgs: { targetItems: 6 } });
  await session.saveItems('c', longTalk(10));
  const { status, usage } = await session.runCompaction('c', { force: true });
  assert.deepEqual([status, usage.inputTokens, usage.outputTokens, usage.requests], ['done', 500, 30, 1]);
  const items = await session.loadItems('c');
  assert.ok(items.length <= 6, `${items.length} items`);
  const summary = items.find(({ content }) =>
    content[0]?.text?.startsWith('Summary of the conversation so far:\nword word'),
  );
  assert.equal(summary?.role, 'assistant');
  assert.deepEqual(items.slice(-2), longTalk(1, 10));
  const [request] = summaryModel.requests;
  assert.ok(request!.instructions.length > 0);
  assert.match(JSON.stringify(request!.input), /Question 1\b/);
  assert.deepEqual(await session.loadItems('c', { includeCompacted: true }), longTalk(10));
});

test('a summary is made where the model is none that the API compacts for', async () => {
  const { openai, server, asked } = compactingApi({ turns: ['word '.repeat(20)], compact: false }, { model: 'llama' });
  await using session = new MemorySession();
  await session.saveItems('c', longTalk(6));
  assert.equal(
    (await session.runCompaction('c', { ...FORCE, compactionArgs: { targetItems: 4 }, openai })).status,
    'done',
  );
  assert.deepEqual([asked().length, server.requests.length, server.requests[0]?.body.model], [0, 1, 'llama']);
  assert.equal((await session.compactions('c'))[0]?.strategy, 'summary');
});

test('a summary that is too short is not used, nor one that saves nothing', async () => {
  await using session = new MemorySession();
  await session.saveItems('c', longTalk(6));
  const summarise = (words: number, minSummaryTokens: number) =>
    session.runCompaction('c', {
      force: true,
      summaryModel: summariser(words),
      compactionArgs: { targetItems: 4, minSummaryTokens },
    });
  const short = await summarise(10, 100);
  assert.deepEqual([short.status, short.usage.outputTokens], ['summary_too_short', 10]);
  const long = await summarise(5000, 100);
  assert.deepEqual([long.status, long.usage.outputTokens], ['no_saving', 5000]);
  assert.deepEqual(await session.loadItems('c'), longTalk(6));
  assert.deepEqual(await session.compactions('c'), []);
  assert.equal((await summarise(150, 100)).status, 'done');
});

test('a compaction tells how far it is, and what became of it', async () => {
  const { openai } = compactingApi();
  const events: CompactionEvent[] = [];
  const progress: CompactionProgress[] = [];
  await using session = new OpenAIResponsesCompactionSession({ openai, onCompaction: (event) => events.push(event) });
  await session.saveItems('c', longTalk(3));
  const outcome = await session.runCompaction('c', { ...FORCE, onProgress: (event) => progress.push(event) });
  await session.loadItems('c');
  assert.deepEqual(
    progress.map(({ phase }) => phase),
    ['planned', 'asked', 'folded'],
  );
  assert.deepEqual(new Set(progress.map(({ items }) => items)), new Set([2]));
  assert.deepEqual(
    events.slice(0, -1),
    progress.map((event) => ({ type: 'progress', ...event })),
  );
  assert.deepEqual(events.at(-1), { type: 'ended', conversationId: 'c', outcome });
});

test('a model still knows what was folded, and the next run is sent no more than is left', async () => {
  const { openai, server, runConfig } = compactingApi();
  await using session = new OpenAIResponsesCompactionSession({ openai });
  const place = { session, conversationId: 'c', runConfig };
  await run(new Agent({ name: 'a' }), "Hello, I'm John", place);
  await session.saveItems('c', longTalk(5));
  await session.runCompaction('c', FORCE);
  const { finalOutput } = await run(new Agent({ name: 'a' }), "What's my name?", place);
  assert.equal(finalOutput, 'Your name is John.');
  const sent = server.requests.at(-1)?.body.input as Item[];
  assert.deepEqual(
    kindsOf(sent).filter((kind) => kind !== 'user'),
    ['compaction', 'assistant'],
  );
});

test('a limit does not decide what is folded', async () => {
  const { openai, asked } = compactingApi();
  await using session = new MemorySession({ sessionSettings: { maxItems: 3 } });
  await session.saveItems('c', longTalk(5));
  await session.runCompaction('c', { ...FORCE, openai });
  assert.equal(asked()[0]?.input.length, 8, 'all of the history, not what runs load of it');
  assert.deepEqual(await session.loadItems('c', { includeCompacted: true }), longTalk(5));
});
