import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Owned } from 'agents-wasm/edge';
import { createOpenAIServer } from 'agents-wasm/testing';

import { errorOf, fine, HELLO, proxyTo, type Upstream } from '../support/edge-proxy.ts';

const SSE = { 'content-type': 'text/event-stream; charset=utf-8' };

/** Who made what, as a database of the proxy's owner would have it. */
function ledger() {
  const made = new Set<string>();
  const key = (...parts: string[]) => parts.join(' ');
  return {
    made,
    owns: async (principal: string, kind: Owned, id: string) => made.has(key(principal, kind, id)),
    onCreated: async (principal: string, kind: Owned, id: string) => void made.add(key(principal, kind, id)),
  };
}

test('without owns nothing is reachable that lies in the account', async () => {
  const { ask, post, sent } = proxyTo(fine);
  const file = { type: 'input_file', file_id: 'file-1' };
  const bodies: [string, unknown][] = [
    ['conversation', { ...HELLO, conversation: 'conv_1' }],
    ['conversation', { ...HELLO, conversation: { id: 'conv_1' } }],
    ['previous_response_id', { ...HELLO, previous_response_id: 'resp_1' }],
    ['prompt', { model: 'm', prompt: { id: 'pmpt_1' } }],
    ['input', { model: 'm', input: [{ type: 'item_reference', id: 'msg_1' }] }],
    ['input', { model: 'm', input: [{ id: 'msg_1' }] }],
    ['input', { model: 'm', input: [{ id: 'msg_1', type: null }] }],
    ['file_id', { model: 'm', input: [{ role: 'user', content: [file] }] }],
    ['file_id', { model: 'm', input: [{ type: 'function_call_output', call_id: 'c', output: [file] }] }],
    ['vector_store_ids', { ...HELLO, tools: [{ type: 'file_search', vector_store_ids: ['vs_1'] }] }],
    ['container', { ...HELLO, tools: [{ type: 'code_interpreter', container: 'cntr_1' }] }],
    [
      'file_ids',
      { ...HELLO, tools: [{ type: 'code_interpreter', container: { type: 'auto', file_ids: ['file-1'] } }] },
    ],
    [
      'container_id',
      { ...HELLO, tools: [{ type: 'shell', environment: { type: 'container_reference', container_id: 'c' } }] },
    ],
  ];
  for (const [param, body] of bodies) {
    for (const path of ['/responses', '/responses/compact', '/responses/input_tokens']) {
      const answer = await post(path, body);
      assert.equal(((await answer.clone().json()) as any).error.param, param);
      assert.deepEqual(await errorOf(answer), [403, 'not_allowed']);
    }
  }
  const paths: [string, string][] = [
    ['GET', '/responses/resp_1'],
    ['DELETE', '/responses/resp_1'],
    ['POST', '/responses/resp_1/cancel'],
    ['GET', '/responses/resp_1/input_items'],
    ['POST', '/conversations'],
    ['GET', '/conversations/conv_1'],
    ['GET', '/conversations/conv_1/items'],
    ['POST', '/conversations/conv_1/items'],
    ['DELETE', '/conversations/conv_1/items/msg_1'],
  ];
  for (const [method, path] of paths) {
    assert.deepEqual(await errorOf(await ask(method, path)), [403, 'not_allowed'], `${method} ${path}`);
  }
  assert.deepEqual(sent, []);
});

test('a history of the own goes through without owns: its ids open nothing', async () => {
  const { post, sent } = proxyTo(fine);
  const input = [
    { role: 'user', content: 'Which file?' },
    { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'x' },
    { type: 'file_search_call', id: 'fs_1', queries: ['q'], results: [{ file_id: 'file-1', text: 't' }] },
    { type: 'code_interpreter_call', id: 'ci_1', container_id: 'cntr_1', code: '1', outputs: [], status: 'completed' },
    {
      type: 'message',
      id: 'msg_1',
      role: 'assistant',
      content: [
        {
          type: 'output_text',
          text: 'That one.',
          annotations: [{ type: 'file_citation', file_id: 'file-1', index: 1 }],
        },
      ],
    },
    { type: 'function_call', call_id: 'c', name: 'f', arguments: '{"file_id":"file-1"}' },
    { type: 'function_call_output', call_id: 'c', output: 'file_id: file-1' },
  ];
  const tools = [{ type: 'function', name: 'f', parameters: { properties: { file_id: { default: 'file-1' } } } }];
  const body = { model: 'm', input, tools, conversation: null, previous_response_id: null, metadata: { file_id: 'x' } };
  assert.equal((await post('/responses', body)).status, 200);
  assert.deepEqual(sent[0]?.body, body);
});

test('one principal uses what it made, and another one does not learn that it is there', async () => {
  let who = 'ann';
  const { owns, onCreated } = ledger();
  const upstream: Upstream = ({ url, method }) =>
    Response.json({ id: method === 'POST' && url.endsWith('/conversations') ? 'conv_1' : 'resp_1' });
  const { ask, post, sent } = proxyTo(upstream, { authorize: () => who, owns, onCreated });
  assert.deepEqual(await (await post('/conversations', {})).json(), { id: 'conv_1' });
  assert.equal((await post('/responses', { ...HELLO, conversation: 'conv_1' })).status, 200);
  assert.equal((await post('/responses', { ...HELLO, previous_response_id: 'resp_1' })).status, 200);
  assert.equal((await ask('GET', '/conversations/conv_1/items?limit=100')).status, 200);
  assert.equal(sent.length, 4);

  who = 'bob';
  const refused = [
    await post('/responses', { ...HELLO, conversation: 'conv_1' }),
    await post('/responses', { ...HELLO, conversation: { id: 'conv_1' } }),
    await post('/responses', { ...HELLO, previous_response_id: 'resp_1' }),
    await ask('GET', '/conversations/conv_1/items'),
    await ask('DELETE', '/conversations/conv_1'),
    await ask('GET', '/responses/resp_1'),
    await ask('GET', '/conversations/conv_that_is_not_there'),
  ];
  for (const answer of refused) assert.deepEqual(await errorOf(answer), [404, 'not_found']);
  assert.equal(sent.length, 4);
});

test('only true is true: an owner whose answer is a text owns nothing', async () => {
  const { ask } = proxyTo(fine, { owns: (async () => 'ann') as any });
  assert.equal((await ask('GET', '/responses/resp_1')).status, 404);
});

test('the id of a streamed response is told before the client has it', async () => {
  const { made, owns, onCreated } = ledger();
  const server = createOpenAIServer();
  const { post } = proxyTo((request) => server.fetch(request), { owns, onCreated });
  const first = await post('/responses', { ...HELLO, input: "I'm John", stream: true });
  const reader = first.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  while (!text.includes('resp_')) text += (await reader.read()).value;
  const [id] = /resp_\w+/.exec(text) ?? [];
  assert.deepEqual([...made], [`ann response ${id}`]);
  while (!(await reader.read()).done);
  const next = await post('/responses', { ...HELLO, input: "What's my name?", previous_response_id: id });
  assert.match(await next.text(), /Your name is John/);
});

test('a response is found in a stream however its events are cut', async () => {
  const events =
    'event: response.created\r\ndata: {"type":"response.created","response":{"id":"resp_ü"}}\r\n\r\ndata: [DONE]\r\n\r\n';
  const all = new TextEncoder().encode(events);
  for (const size of [1, 7, all.length]) {
    const { made, owns, onCreated } = ledger();
    const body = new ReadableStream({
      start(controller) {
        for (let at = 0; at < all.length; at += size) controller.enqueue(all.slice(at, at + size));
        controller.close();
      },
    });
    const { post } = proxyTo(() => new Response(body, { headers: SSE }), { owns, onCreated });
    assert.equal(await (await post('/responses', { ...HELLO, stream: true })).text(), events);
    assert.deepEqual([...made], ['ann response resp_ü']);
  }
});

test('a response that is not stored is nobody’s', async () => {
  const { made, owns, onCreated } = ledger();
  const { post } = proxyTo(fine, { owns, onCreated });
  await post('/responses', { ...HELLO, store: false });
  assert.deepEqual([...made], []);
});

test('what cannot be remembered is not given out', async () => {
  const onCreated = () => {
    throw new Error('The database is down.');
  };
  const { post, reported } = proxyTo(fine, { owns: () => true, onCreated });
  assert.deepEqual(await errorOf(await post('/conversations', {})), [500, 'proxy_failed']);
  const body = 'data: {"response":{"id":"resp_1"}}\n\n';
  const streamed = proxyTo(() => new Response(body, { headers: SSE }), { owns: () => true, onCreated });
  const answer = await streamed.post('/responses', { ...HELLO, stream: true });
  await assert.rejects(answer.text(), /onCreated of the proxy failed/);
  assert.equal(reported.length + streamed.reported.length, 2);
});

test('a request asks about each id once, and about so many that it is no flood', async () => {
  const asked: string[] = [];
  const { post } = proxyTo(fine, { owns: (_principal, _kind, id) => asked.push(id) > 0 });
  const files = (ids: string[]) => ({ ...HELLO, tools: [{ type: 'file_search', vector_store_ids: ids }] });
  assert.equal((await post('/responses', files(['vs_1', 'vs_2', 'vs_1']))).status, 200);
  assert.deepEqual(asked, ['vs_1', 'vs_2']);
  const many = Array.from({ length: 201 }, (_, index) => `vs_${index}`);
  assert.deepEqual(await errorOf(await post('/responses', files(many))), [400, 'too_many_references']);
  assert.equal(asked.length, 2);
});

test('own paths may have ids of any kind that has an owner', async () => {
  const asked: string[][] = [];
  const owns = (...question: string[]) => asked.push(question) > 0;
  const paths = ['GET /models', 'GET /files/{file}', 'GET /models/{id}'];
  const { ask, sent } = proxyTo(fine, { paths, owns });
  for (const path of ['/models', '/files/file-1', '/models/gpt-5']) assert.equal((await ask('GET', path)).status, 200);
  assert.equal((await ask('GET', '/responses/resp_1')).status, 404);
  assert.deepEqual(asked, [['ann', 'file', 'file-1']]);
  assert.equal(sent.length, 3);
});
