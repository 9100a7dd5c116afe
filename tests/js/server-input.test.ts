import assert from 'node:assert/strict';
import { test } from 'node:test';

import { type Item, type OpenAIServer, scriptedModel } from 'agents-wasm/testing';
import OpenAI from 'openai';

import { checkedServer } from '../support/checked-server.ts';
import { call, respond } from '../support/responses-api.ts';

const clientOf = ({ fetch }: OpenAIServer) => new OpenAI({ apiKey: 'sk-none', baseURL: 'http://local/v1', fetch });

const user = (text: string) => ({ role: 'user' as const, content: text });
const texts = (items: Item[]) => items.map(({ content }) => (content as { text: string }[])[0]?.text);

async function asked(server: OpenAIServer, count: number): Promise<string> {
  const input = Array.from({ length: count }, (_, index) => user(`m${index}`));
  return (await respond(server, { input })).id;
}

async function listed(server: OpenAIServer, id: string, query = ''): Promise<any> {
  return (await call(server, 'GET', `/responses/${id}/input_items${query}`)).body;
}

test('the input of a response is listed as it is stored, the newest first and in pages', async () => {
  const server = checkedServer();
  const id = await asked(server, 25);
  const first = await listed(server, id);
  assert.deepEqual([first.data.length, first.has_more], [20, true]);
  assert.deepEqual([texts(first.data)[0], texts(first.data)[19]], ['m24', 'm5']);
  assert.deepEqual([first.first_id, first.last_id], [first.data[0].id, first.data[19].id]);
  const second = await listed(server, id, `?after=${first.last_id}`);
  assert.deepEqual([texts(second.data), second.has_more], [['m4', 'm3', 'm2', 'm1', 'm0'], false]);
  const ascending = await listed(server, id, '?order=asc&limit=2');
  assert.deepEqual([texts(ascending.data), ascending.has_more], [['m0', 'm1'], true]);
});

test('calls and their outputs are listed with a status; what was inherited is not listed', async () => {
  const server = checkedServer({ model: scriptedModel([{ calls: [{ name: 'f', callId: 'call_1' }] }, 'Done.']) });
  const first = await respond(server, { input: 'hi' });
  const input = [{ type: 'function_call_output', call_id: 'call_1', output: '1' }];
  const { id } = await respond(server, { previous_response_id: first.id, input });
  const { data } = await listed(server, id);
  assert.deepEqual(
    data.map(({ type, status }: Item) => [type, status]),
    [['function_call_output', 'completed']],
  );
});

test('a query that asks for too much, or for nothing that there is, is refused', async () => {
  const server = checkedServer();
  const id = await asked(server, 1);
  const code = async (query: string) => (await listed(server, id, query)).error?.code;
  assert.equal(await code('?limit=1000'), 'integer_above_max_value');
  assert.equal(await code('?limit=0'), 'integer_below_min_value');
  assert.equal(await code('?limit=x'), 'invalid_type');
  assert.equal(await code('?order=up'), 'invalid_value');
  assert.equal(await code('?include[]=everything'), 'invalid_value');
  assert.equal((await call(server, 'GET', `/responses/${id}/input_items?after=msg_x`)).status, 404);
  assert.equal((await call(server, 'GET', '/responses/resp_x/input_items')).status, 404);
});

test('input tokens are counted as they are charged', async () => {
  const server = checkedServer();
  const tools = [{ type: 'function', name: 'f', parameters: { type: 'object', properties: {} } }];
  const request = { model: 'm', input: [user('Hello there')], instructions: 'Be brief.', tools };
  const { body } = await call(server, 'POST', '/responses/input_tokens', request);
  const { id, usage } = await respond(server, request);
  assert.deepEqual(body, { object: 'response.input_tokens', input_tokens: usage?.input_tokens });

  const next = { previous_response_id: id, input: 'more' };
  const counted = await call(server, 'POST', '/responses/input_tokens', next);
  assert.equal(counted.body.input_tokens, (await respond(server, next)).usage?.input_tokens);
  assert.equal((await call(server, 'POST', '/responses/input_tokens', { ...next, store: true })).status, 400);
});

test('what hosted tools found is told only to who asks to include it', async () => {
  const search = {
    type: 'web_search_call',
    status: 'completed',
    action: { type: 'search', query: 'q', sources: [{ type: 'url', url: 'https://example.com' }] },
  };
  const turns = Array.from({ length: 2 }, () => ({ items: [search], text: 'Found.' }));
  const server = checkedServer({ model: scriptedModel(turns) });
  const action = async (include: string[]) => (await respond(server, { input: 'hi', include })).output.at(-1)?.action;
  assert.deepEqual(await action([]), { type: 'search', query: 'q' });
  assert.deepEqual(await action(['web_search_call.action.sources']), search.action);
  const { status, body } = await call(server, 'POST', '/responses', { model: 'm', input: 'x', include: ['all'] });
  assert.deepEqual([status, body.error.param, body.error.code], [400, 'include[0]', 'invalid_value']);
});

test('reasoning comes with its content encrypted when it is stored nowhere or the request asks for it', async () => {
  const server = checkedServer({ model: scriptedModel(Array.from({ length: 3 }, () => ({ reasoning: 'Hm.' }))) });
  const content = async (request: object) =>
    (await respond(server, { input: 'hi', ...request })).output[0]?.encrypted_content;
  assert.equal(await content({}), undefined);
  assert.match(String(await content({ store: false })), /^gAAAAA/);
  assert.match(String(await content({ include: ['reasoning.encrypted_content'] })), /^gAAAAA/);
});

test('with ids checked, reasoning must stay with what it led to', async () => {
  const server = checkedServer({ checkIds: true, model: scriptedModel([{ reasoning: 'Hm.', text: 'One.' }, 'Two.']) });
  const { output } = await respond(server, { input: 'hi' });
  const [reasoning, message] = output;
  const refusal = async (...items: unknown[]) => {
    const { status, body } = await call(server, 'POST', '/responses', { model: 'm', input: [...items, user('more')] });
    return [status, body.error.message];
  };
  assert.deepEqual(await refusal(reasoning), [
    400,
    `Item '${reasoning?.id}' of type 'reasoning' was provided without its required following item.`,
  ]);
  assert.deepEqual(await refusal(message), [
    400,
    `Item '${message?.id}' of type 'message' was provided without its required 'reasoning' item: '${reasoning?.id}'.`,
  ]);
  const [status, text] = await refusal({ id: 'rs_x', type: 'reasoning', summary: [] }, message);
  assert.equal(status, 404);
  assert.match(text, /^Item with id 'rs_x' not found\. Items are not persisted/);
  assert.equal((await respond(server, { input: [reasoning, message, user('more')] })).status, 'completed');
});

test('the official client lists input items page by page and counts tokens', async () => {
  const server = checkedServer();
  const client = clientOf(server);
  const id = await asked(server, 5);
  const seen: Item[] = [];
  const pages = client.responses.inputItems.list(id, { order: 'asc', limit: 2 });
  for await (const item of pages) seen.push(item as unknown as Item);
  assert.deepEqual(texts(seen), ['m0', 'm1', 'm2', 'm3', 'm4']);
  assert.equal(server.requests.filter(({ method }) => method === 'GET').length, 3);
  const { input_tokens } = await client.responses.inputTokens.count({ model: 'm', input: 'hi' });
  assert.ok(input_tokens > 0);
});
