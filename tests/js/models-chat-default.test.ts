import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Agent, MemorySession, run, setDefaultOpenAI } from 'agents-wasm';
import { createOpenAIServer, scriptedModel } from 'agents-wasm/testing';

import { checkLeaks } from '../support/local-api.ts';
import { add } from '../support/own-models.ts';

checkLeaks();

test('Chat Completions serve all models that are given by name, when the defaults say so', async () => {
  await using session = new MemorySession();
  const turns = ['one', { calls: [{ name: 'add', callId: 'call_1' }] }, 'three', 'four'];
  const server = createOpenAIServer({ model: scriptedModel(turns) });
  const openai = { apiKey: 'k', baseURL: 'http://local/v1', fetch: server.fetch as typeof fetch, model: 'llama' };
  const agent = new Agent({ name: 'a', instructions: 'Be brief.', tools: [add] });
  const options = { session, conversationId: 'c' };
  setDefaultOpenAI({ ...openai, api: 'chat_completions' });
  try {
    assert.equal((await run(agent, 'hi', options)).finalOutput, 'one');
    const stream = await run(agent, 'add', { ...options, stream: true });
    const texts: string[] = [];
    for await (const text of stream.toTextStream()) texts.push(text);
    assert.equal(texts.join(''), 'three');
    assert.equal((await stream.completed).usage.requests, 2);
    assert.ok(server.requests.every(({ path }) => path === '/v1/chat/completions'));
    assert.deepEqual(
      server.requests.map(({ body }) => body.messages.length),
      [2, 4, 6],
    );
    assert.equal(server.requests[0]?.body.model, 'llama');
    assert.deepEqual(server.requests[2]?.body.messages.at(-1), { role: 'tool', tool_call_id: 'call_1', content: '3' });
    setDefaultOpenAI(openai);
    assert.equal((await run(agent, 'again', options)).finalOutput, 'four');
    assert.equal(server.requests[3]?.path, '/v1/responses');
  } finally {
    setDefaultOpenAI({});
  }
  assert.throws(() => setDefaultOpenAI({ api: 'soap' as never }), { name: 'UserError', message: /^api must be/ });
});

test('a request of a chat that fails is sent again as any other', async () => {
  const server = createOpenAIServer({ model: scriptedModel(['ok']) });
  const openai = { baseURL: 'http://local/v1', fetch: server.fetch as typeof fetch, maxRetries: 2 };
  server.failNext({ status: 503, headers: { 'retry-after-ms': '1' } });
  server.failNext({ network: true });
  setDefaultOpenAI({ ...openai, api: 'chat_completions' });
  try {
    const modelSettings = { retry: { initialDelayMs: 1 } };
    assert.equal((await run(new Agent({ name: 'a', modelSettings }), 'hi')).finalOutput, 'ok');
    assert.equal(server.requests.length, 3);
  } finally {
    setDefaultOpenAI({});
  }
});
