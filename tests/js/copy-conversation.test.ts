import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  copyConversation,
  type Item,
  MemorySession,
  OpenAIConversationsSession,
  OpenAIResponsesCompactionSession,
  SessionError,
  UserError,
} from 'agents-wasm';
import { OpenAIServer } from 'agents-wasm/testing';

const HISTORY: Item[] = [
  { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'What is the weather in Oslo? 🌧️' }] },
  { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'gAAAAA==' },
  {
    type: 'function_call',
    id: 'fc_1',
    call_id: 'call_1',
    name: 'weather',
    arguments: '{"city":"Oslo"}',
    status: 'completed',
  },
  { type: 'function_call_output', call_id: 'call_1', output: 'Rain, 1e5 drops' },
  {
    type: 'message',
    id: 'msg_1',
    role: 'assistant',
    status: 'completed',
    content: [{ type: 'output_text', text: 'It rains.', annotations: [], logprobs: [] }],
  },
];

function onServer(server = new OpenAIServer()): OpenAIConversationsSession {
  return new OpenAIConversationsSession({
    ids: new MemorySession(),
    openai: { baseURL: 'http://local/v1', fetch: server.fetch },
  });
}

/** What an item says, whatever its id is. */
const meaning = (items: readonly Item[]) => items.map(({ id: _, status: __, ...rest }) => rest);

test('a conversation goes from a local session to the server and back, and says the same', async () => {
  const here = new MemorySession();
  const server = onServer();
  const there = new MemorySession();
  const long = Array.from({ length: 60 }, () => HISTORY.map((item) => ({ ...item }))).flat();
  const distinct = long.map((item, index) => ({
    ...item,
    ...(item.id && { id: `${item.id}${index}` }),
    ...(item.call_id && { call_id: `call_${Math.floor(index / 5)}` }),
  })) as Item[];
  await here.saveItems('c', distinct);
  assert.deepEqual(await copyConversation({ from: here, to: server, conversationId: 'c' }), {
    conversationId: 'c',
    items: 300,
  });
  assert.deepEqual(meaning(await server.loadItems('c')), meaning(distinct));
  await copyConversation({ from: server, to: there, conversationId: 'c', toConversationId: 'd' });
  assert.deepEqual(meaning(await there.loadItems('d')), meaning(distinct));
});

test('a copy between local sessions keeps agents, runs and turns, and every byte', async () => {
  const from = new MemorySession();
  const origins = HISTORY.map((_, index) => ({ runId: 'run-1', turn: index, agent: { name: `agent ${index}` } }));
  await from.saveItems('c', HISTORY, { operationId: 'o', origins });
  const to = new MemorySession();
  await copyConversation({ from, to, conversationId: 'c' });
  const known = (items: readonly { agent?: unknown; runId?: string; turn?: number }[]) =>
    items.map(({ agent, runId, turn }) => ({ agent, runId, turn }));
  const copied = await to.loadItems('c');
  assert.equal(JSON.stringify(copied), JSON.stringify(HISTORY));
  assert.deepEqual(known(copied), known(await from.loadItems('c')));
});

test('what a compaction folded is copied in full', async () => {
  const server = new OpenAIServer();
  const from = new OpenAIResponsesCompactionSession({
    compactionArgs: { targetItems: 4 },
    openai: { baseURL: 'http://local/v1', fetch: server.fetch },
  });
  const chat = Array.from({ length: 40 }, (_, index) => ({
    role: index % 2 ? 'assistant' : 'user',
    content: `This is what was said as number ${index}, at some length, so that it is worth folding. `.repeat(8),
  }));
  await from.saveItems('c', chat);
  assert.equal((await from.runCompaction('c', { force: true })).status, 'done');
  const to = new MemorySession();
  await copyConversation({ from, to, conversationId: 'c' });
  assert.deepEqual(await to.loadItems('c'), chat);
});

test('a conversation that has items is not copied to, so that nothing is doubled', async () => {
  const from = new MemorySession();
  const to = onServer();
  await from.saveItems('c', HISTORY);
  await copyConversation({ from, to, conversationId: 'c' });
  await assert.rejects(
    copyConversation({ from, to, conversationId: 'c' }),
    (error) => error instanceof SessionError && error.code === 'conflict',
  );
  assert.equal((await to.loadItems('c')).length, HISTORY.length);
});

test('a server that fails in the middle keeps nothing of a copy', async () => {
  const api = new OpenAIServer();
  const to = onServer(api);
  const from = new MemorySession();
  const chat = Array.from({ length: 50 }, (_, index) => ({ role: 'user', content: `Number ${index}` }));
  await from.saveItems('c', chat);
  const isSecondWrite = () =>
    api.requests.filter(({ method, url }) => method === 'POST' && url.endsWith('/items')).length;
  const counted = new OpenAIConversationsSession({
    ids: new MemorySession(),
    openai: {
      baseURL: 'http://local/v1',
      maxRetries: 0,
      fetch: (input, init) => {
        if (isSecondWrite() === 1 && init?.method === 'POST') api.failNext({ status: 500, path: '/conversations' });
        return api.fetch(input as string, init);
      },
    },
  });
  await assert.rejects(copyConversation({ from, to: counted, conversationId: 'c' }));
  assert.deepEqual(await counted.loadItems('c'), []);
  await copyConversation({ from, to, conversationId: 'c' });
  assert.equal((await to.loadItems('c')).length, 50);
});

test('a copy tells how far it is, and is stopped by its signal', async () => {
  const from = new MemorySession();
  await from.saveItems('c', HISTORY);
  const stages: unknown[] = [];
  await copyConversation({ from, to: new MemorySession(), conversationId: 'c', onProgress: (one) => stages.push(one) });
  assert.deepEqual(stages, [
    { stage: 'loaded', items: 5 },
    { stage: 'saved', items: 5 },
  ]);
  const stop = new AbortController();
  const to = new MemorySession();
  const stopped = copyConversation({
    from,
    to,
    conversationId: 'c',
    signal: stop.signal,
    onProgress: () => stop.abort(),
  });
  await assert.rejects(stopped, { code: 'aborted' });
  assert.deepEqual(await to.loadItems('c'), []);
});

test('what is no session is refused by name', async () => {
  const session = new MemorySession();
  await assert.rejects(copyConversation({ from: 5 as never, to: session, conversationId: 'c' }), UserError);
  await assert.rejects(
    copyConversation({ from: session, to: {} as never, conversationId: 'c' }),
    /^UserError: to must be/,
  );
});
