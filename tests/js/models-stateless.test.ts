import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Agent, MemorySession, run, tool } from 'agents-wasm';

import { answeredBy, checkLeaks } from '../support/local-api.ts';
import { eventStream } from '../support/model-request.ts';

// Servers of the Responses API that keep nothing: Ollama, llama.cpp, vLLM, OpenRouter, Open Responses.

checkLeaks();

type Body = Record<string, any>;

const message = (text: string, more: object = {}) => ({
  type: 'message',
  role: 'assistant',
  content: [{ type: 'output_text', text }],
  ...more,
});
const add = tool({ name: 'add', parameters: { type: 'object', properties: {} }, execute: () => '3' });
const agent = new Agent({ name: 'a', tools: [add], modelSettings: { store: false } });

/** The `runConfig` of a server that answers with these, and the bodies that it was sent. */
function stateless(answers: ((body: Body) => Response)[]) {
  const bodies: Body[] = [];
  const runConfig = answeredBy(async (_url, init) => {
    const body: Body = JSON.parse(new TextDecoder().decode(init.body as Uint8Array));
    bodies.push(body);
    // As OpenRouter and llama.cpp do.
    if (body.store !== false || body.previous_response_id) {
      return Response.json({ error: { code: 400, message: 'This server keeps nothing.', type: 'x' } }, { status: 400 });
    }
    return (answers.shift() as (body: Body) => Response)(body);
  });
  return { bodies, runConfig };
}

test('a conversation works without a server that remembers it', async () => {
  await using session = new MemorySession();
  const call = { type: 'function_call', call_id: 'call_1', name: 'add', arguments: '{}' };
  const { bodies, runConfig } = stateless([
    () => Response.json({ output: [call] }),
    () => Response.json({ output: [message('3')] }),
    ({ input }) => Response.json({ output: [message(`${input.length} items`)] }),
  ]);
  const options = { session, conversationId: 'c', runConfig };
  assert.equal((await run(agent, 'add', options)).finalOutput, '3');
  assert.equal((await run(agent, 'again', options)).finalOutput, '5 items');
  assert.deepEqual(
    bodies.map(({ input }) => input.length),
    [1, 3, 5],
  );
});

test('a response without id, status, usage or other fields that nobody needs is a response', async () => {
  const { runConfig } = stateless([
    () => Response.json({ output: [message('ok')] }),
    () => Response.json({ id: null, status: 'completed', usage: null, output: [message('ok')], error: null }),
  ]);
  for (let i = 0; i < 2; ++i) {
    const result = await run(agent, 'hi', { runConfig });
    assert.equal(result.finalOutput, 'ok');
    assert.equal(result.lastResponseId, undefined);
    assert.deepEqual([result.usage.requests, result.usage.totalTokens], [1, 0]);
  }
});

test('unknown fields and types of items go back as they came, encrypted reasoning too', async () => {
  const output = [
    { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'gAAAA==', 'acme:x': [1e5] },
    { type: 'acme:probe', id: 'p_1', status: 'completed', deep: { er: null } },
    { type: 'function_call', call_id: 'call_1', name: 'add', arguments: '{}', 'acme:y': 1 },
  ];
  const { bodies, runConfig } = stateless([
    () => Response.json({ output, input_tokens_per_turn: [1] }),
    () => Response.json({ output: [message('ok')] }),
  ]);
  const settings = { store: false, include: ['reasoning.encrypted_content'] };
  const asking = new Agent({ name: 'a', tools: [add], modelSettings: settings });
  assert.equal((await run(asking, 'hi', { runConfig })).finalOutput, 'ok');
  assert.deepEqual(bodies[0]?.include, settings.include);
  assert.deepEqual(bodies[1]?.input.slice(1, 4), output);
});

test('a stream without numbers, with [DONE], reasoning text and events of its own is a stream', async () => {
  const thought = { type: 'reasoning', content: [{ type: 'reasoning_text', text: 'Hm.' }] };
  const { runConfig } = stateless([
    () =>
      eventStream([
        { type: 'response.created', response: { output: [] } },
        { type: 'response.reasoning_text.delta', delta: 'Hm.' },
        { type: 'acme:progress', percent: 50 },
        { type: 'response.output_text.delta', delta: 'ok' },
        { type: 'response.output_item.done', item: thought },
        { type: 'response.output_item.done', item: message('ok') },
        { type: 'response.completed', response: { output: [], usage: { input_tokens: 3, output_tokens: 1 } } },
        '[DONE]',
      ]),
  ]);
  const stream = await run(agent, 'hi', { runConfig, stream: true });
  const types: string[] = [];
  for await (const event of stream) if (event.type === 'raw_model_stream_event') types.push(event.data.type);
  assert.equal(types.length, 7);
  assert.ok(types.includes('acme:progress'));
  const { finalOutput, newItems, usage } = await stream.completed;
  assert.equal(finalOutput, 'ok');
  assert.deepEqual(newItems[0]?.rawItem, thought);
  assert.equal(usage.totalTokens, 4);
});

test('an error whose code is a number is told like any other', async () => {
  const { runConfig } = stateless([]);
  const storing = new Agent({ name: 'a' });
  await assert.rejects(run(storing, 'hi', { runConfig }), {
    status: 400,
    apiCode: '400',
    message: 'The API answered with status 400: This server keeps nothing.',
  });
});
