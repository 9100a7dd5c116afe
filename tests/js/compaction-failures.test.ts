import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Agent, type APIError, MemorySession, OpenAIResponsesCompactionSession, run, SQLiteSession } from 'agents-wasm';

import { allOf, compactingApi, kindsOf, longTalk, said, user } from '../support/compacting.ts';
import { checkLeaks } from '../support/local-api.ts';

checkLeaks();

const folder = mkdtempSync(join(tmpdir(), 'agents-wasm-'));
after(() => rmSync(folder, { recursive: true }));
let files = 0;
const newFile = () => join(folder, `${++files}.db`);

const FORCE = { force: true, compactionArgs: { targetItems: 2 } };

test('a server without compact is told by name, and what to do', async () => {
  const { openai } = compactingApi({ compact: false });
  await using session = new OpenAIResponsesCompactionSession({ openai });
  await session.saveItems('c', longTalk(4));
  await assert.rejects(session.runCompaction('c', FORCE), ({ code, message }: APIError) => {
    assert.equal(code, 'unsupported');
    assert.match(message, /summary/);
    return true;
  });
  assert.deepEqual(await session.loadItems('c'), longTalk(4));
});

test('whatever the server answers in place of a compaction, the history stays as it was', async () => {
  const compaction = { type: 'compaction', id: 'cmp_1', encrypted_content: 'x' };
  const usage = { input_tokens: 1, output_tokens: 1, total_tokens: 2 };
  const answer = (output: unknown) => async () =>
    Response.json({ id: 'resp_1', object: 'response.compaction', output, usage });
  const cases: Record<string, [() => Promise<Response>, string]> = {
    'too many requests': [
      async () => Response.json({ error: { message: 'Slow down.' } }, { status: 429 }),
      'api_error',
    ],
    'a broken server': [async () => Response.json({ error: { message: 'Oops.' } }, { status: 500 }), 'api_error'],
    'no network': [() => Promise.reject(new TypeError('fetch failed')), 'api_connection'],
    'a page': [async () => new Response('<html>'), 'model_behavior'],
    'half an answer': [async () => new Response('{"id":"resp_1","output":[{"type":"comp'), 'model_behavior'],
    'no output': [answer(undefined), 'model_behavior'],
    'no compaction': [answer([user('Question 1')]), 'model_behavior'],
    'two compactions': [answer([compaction, compaction]), 'model_behavior'],
    'an answer to something else': [answer([said('Hello.'), compaction]), 'model_behavior'],
  };
  for (const [name, [meddle, code]] of Object.entries(cases)) {
    const { openai } = compactingApi({ meddle });
    await using session = new OpenAIResponsesCompactionSession({ openai });
    await session.saveItems('c', longTalk(4));
    const before = allOf(await session.loadItems('c'));
    await assert.rejects(session.runCompaction('c', FORCE), { code }, name);
    assert.deepEqual(allOf(await session.loadItems('c')), before, name);
  }
});

test('a request for a compaction is sent again as any other', async () => {
  let tries = 0;
  const meddle = async (respond: () => Promise<Response>) =>
    ++tries < 3
      ? Response.json({ error: { message: 'Wait.' } }, { status: 429, headers: { 'retry-after-ms': '1' } })
      : respond();
  const { openai } = compactingApi({ meddle }, { maxRetries: 2 });
  await using session = new OpenAIResponsesCompactionSession({ openai });
  await session.saveItems('c', longTalk(4));
  assert.equal((await session.runCompaction('c', FORCE)).status, 'done');
  assert.equal(tries, 3);
});

test('what is added to a conversation while it is compacted is not lost, nor is the compaction', async () => {
  const session = new MemorySession();
  const { runConfig } = compactingApi({ turns: ['In between.'] });
  const { openai } = compactingApi({
    meddle: async (respond) => {
      await run(new Agent({ name: 'a' }), 'hi', { session, conversationId: 'c', runConfig });
      return respond();
    },
  });
  await session.saveItems('c', longTalk(3));
  assert.equal((await session.runCompaction('c', { ...FORCE, openai })).status, 'done');
  const items = await session.loadItems('c');
  assert.deepEqual(kindsOf(items), ['user', 'user', 'compaction', 'user', 'assistant', 'user', 'assistant']);
  assert.equal(items.at(-2)?.content, 'hi');
  await session.close();
});

test('a compaction is overtaken by a change of what it folds, and leaves that alone', async () => {
  await using session = new MemorySession();
  await session.saveItems('c', longTalk(3));
  const { openai } = compactingApi({
    meddle: async (respond) => {
      const [, answer] = await session.loadItems('c');
      await session.deleteItems('c', [answer!.uid!]);
      return respond();
    },
  });
  const { status, usage } = await session.runCompaction('c', { ...FORCE, openai });
  assert.deepEqual([status, usage.requests], ['overtaken', 1]);
  assert.deepEqual(kindsOf(await session.loadItems('c')), ['user', 'user', 'assistant', 'user', 'assistant']);
});

test('of two compactions of a conversation at once one is made, and those of others go on', async () => {
  const dbPath = newFile();
  await using one = new SQLiteSession({ dbPath });
  await using two = new SQLiteSession({ dbPath });
  const { openai, asked } = compactingApi();
  for (const id of ['c', 'd']) await one.saveItems(id, longTalk(3));
  const both = [one.runCompaction('c', { ...FORCE, openai }), one.runCompaction('c', { ...FORCE, openai })];
  const other = two.runCompaction('d', { ...FORCE, openai });
  const statuses = (await Promise.all(both)).map(({ status }) => status);
  assert.deepEqual(statuses.sort(), ['busy', 'done']);
  assert.equal((await other).status, 'done');
  assert.equal(asked().length, 2);
  assert.equal((await one.compactions('c')).length, 1);
  await one.saveItems('c', longTalk(2, 4));
  const race = [one.runCompaction('c', { ...FORCE, openai }), two.runCompaction('c', { ...FORCE, openai })];
  const outcomes = (await Promise.all(race)).map(({ status }) => status).sort();
  assert.equal(outcomes.filter((status) => status === 'done').length, 1, outcomes.join());
  assert.equal((await two.compactions('c')).length, 2);
});

test('a signal stops a compaction, with its reason, and the history stays as it was', async () => {
  for (const moment of ['before', 'asking'] as const) {
    const controller = new AbortController();
    const reason = new Error('enough');
    const { openai, server } = compactingApi({
      meddle: async (respond) => {
        controller.abort(reason);
        return respond();
      },
    });
    await using session = new MemorySession();
    await session.saveItems('c', longTalk(3));
    if (moment === 'before') controller.abort(reason);
    const compaction = session.runCompaction('c', { ...FORCE, openai, signal: controller.signal });
    await assert.rejects(compaction, { name: 'AbortError', code: 'aborted', cause: reason });
    assert.deepEqual(await session.loadItems('c'), longTalk(3));
    if (moment === 'before') assert.equal(server.requests.length, 0);
    const again = await session.runCompaction('c', { ...FORCE, openai: compactingApi().openai });
    assert.equal(again.status, 'done', 'it leaves nothing in the way');
  }
});

test('closing a session stops its compactions, and waits for them', async () => {
  const { openai } = compactingApi({ meddle: () => new Promise<Response>(() => {}) });
  const session = new OpenAIResponsesCompactionSession({ openai });
  await session.saveItems('c', longTalk(3));
  const asking = Promise.withResolvers<void>();
  const onProgress = () => asking.resolve();
  const compaction = session.runCompaction('c', { ...FORCE, onProgress });
  compaction.catch(() => {});
  await asking.promise;
  await session.close();
  await assert.rejects(compaction, { code: 'aborted' });
  await assert.rejects(session.runCompaction('c', FORCE), { code: /closed|aborted/ });
});

test('what one server has folded another one refuses, and undone it goes on', async () => {
  const first = compactingApi();
  const second = compactingApi({ turns: ['Hello again.'] });
  await using session = new MemorySession();
  await session.saveItems('c', longTalk(3));
  await session.runCompaction('c', { ...FORCE, openai: first.openai });
  const [{ uid } = { uid: '' }] = (await session.loadItems('c')).filter(({ type }) => type === 'compaction');
  await session.replaceItem('c', uid as string, {
    type: 'compaction',
    id: 'cmp_1',
    encrypted_content: 'gAAAAABforeign',
  });
  const place = { session, conversationId: 'c', runConfig: second.runConfig };
  await assert.rejects(run(new Agent({ name: 'a' }), 'hi', place), { apiCode: 'invalid_encrypted_content' });
  await session.saveItems('c', longTalk(1, 4));
  const again = session.runCompaction('c', { ...FORCE, openai: second.openai });
  await assert.rejects(again, { apiCode: 'invalid_encrypted_content' });
  await session.undoCompaction('c');
  assert.equal((await run(new Agent({ name: 'a' }), 'hi', place)).finalOutput, 'Hello again.');
});

test('a warning in the console says that a compaction failed, once', async (context) => {
  const lines: string[] = [];
  context.mock.method(console, 'warn', (line: string) => lines.push(line));
  const { runConfig } = compactingApi({ turns: ['Hello.'], compact: false });
  await using session = new MemorySession({ sessionSettings: { compactionEnabled: true, compactionThreshold: 1 } });
  await session.saveItems('c', longTalk(3));
  const { compaction } = await run(new Agent({ name: 'a' }), 'hi', { session, conversationId: 'c', runConfig });
  const outcome = await compaction;
  assert.equal(outcome?.status, 'failed');
  assert.equal(lines.length, 1);
  assert.match(lines[0] as string, /^agents-wasm: The conversation "c" was not compacted: .*summary/);
});
