import assert from 'node:assert/strict';
import { before, test } from 'node:test';

import { Agent, OpenAIConversationsSession, OpenAIProvider, Runner, setTracingDisabled, tool } from '@openai/agents';
import { type OpenAIServer, scriptedModel } from 'agents-wasm/testing';
import OpenAI from 'openai';
import { z } from 'zod';

import { checkedServer } from '../support/checked-server.ts';

before(() => setTracingDisabled(true));

const clientOf = ({ fetch }: OpenAIServer, options: object = {}) =>
  new OpenAI({ apiKey: 'sk-none', baseURL: 'http://local/v1', fetch, ...options });
const runnerOf = (openAIClient: OpenAI) =>
  new Runner({ modelProvider: new OpenAIProvider({ openAIClient, useResponses: true }) });
const user = (content: string) => ({ role: 'user' as const, content });

/** The requests to a path, as method and query. */
const requestsTo = (server: OpenAIServer, path: RegExp) =>
  server.requests.filter((request) => path.test(request.path)).map(({ method, url }) => method + new URL(url).search);

/** What a conversation holds, an item a line. */
async function history(client: OpenAI, id: string): Promise<string[]> {
  const lines = [];
  for await (const item of client.conversations.items.list(id, { order: 'asc', limit: 100 })) {
    lines.push(item.type === 'message' ? `${item.role}: ${(item.content[0] as { text: string }).text}` : item.type);
  }
  return lines;
}

test('the official client creates, reads, changes and deletes a conversation', async () => {
  const client = clientOf(checkedServer());
  const conversation = await client.conversations.create({ metadata: { topic: 'demo' }, items: [user('Hello')] });
  assert.deepEqual(conversation.metadata, { topic: 'demo' });
  const { id } = conversation;
  assert.equal((await client.conversations.retrieve(id)).created_at, conversation.created_at);
  const changed = await client.conversations.update(id, { metadata: { topic: 'other' } });
  assert.deepEqual(changed.metadata, { topic: 'other' });

  const [item] = (await client.conversations.items.list(id)).data;
  assert.deepEqual(await client.conversations.items.retrieve(item!.id!, { conversation_id: id }), item);
  assert.equal((await client.conversations.items.delete(item!.id!, { conversation_id: id })).id, id);
  const gone = client.conversations.items.retrieve(item!.id!, { conversation_id: id });
  await assert.rejects(gone, OpenAI.NotFoundError);

  assert.equal((await client.conversations.delete(id)).deleted, true);
  await assert.rejects(client.conversations.retrieve(id), OpenAI.NotFoundError);
  await assert.rejects(client.conversations.delete(id), OpenAI.NotFoundError);
  assert.match((await client.conversations.create()).id, /^conv_/);
});

test('the official client reads five items, two at a time, in three requests', async () => {
  const server = checkedServer();
  const client = clientOf(server);
  const items = Array.from({ length: 5 }, (_, index) => user(`${index}`));
  const { id } = await client.conversations.create({ items });
  const texts = [];
  for await (const item of client.conversations.items.list(id, { order: 'asc', limit: 2 })) {
    texts.push(((item as OpenAI.Conversations.Message).content[0] as { text: string }).text);
  }
  assert.deepEqual(texts, ['0', '1', '2', '3', '4']);
  assert.equal(requestsTo(server, /items$/).length, 3);
});

test('the official client writes 1,000 items in 50 requests and reads them in 10', async () => {
  const server = checkedServer();
  const client = clientOf(server);
  const { id } = await client.conversations.create();
  for (let at = 0; at < 1000; at += 20) {
    const items = Array.from({ length: 20 }, (_, index) => user(`${at + index}`));
    await client.conversations.items.create(id, { items });
  }
  const lines = await history(client, id);
  assert.deepEqual([lines.length, lines[0], lines[999]], [1000, 'user: 0', 'user: 999']);
  const requests = requestsTo(server, /items$/);
  assert.deepEqual([requests.filter((one) => one === 'POST').length, requests.length], [50, 60]);
});

test('the official client asks for what an item includes', async () => {
  const client = clientOf(checkedServer());
  const reasoning = { type: 'reasoning' as const, id: 'rs_1', summary: [], encrypted_content: 'gAAA' };
  const { id } = await client.conversations.create({ items: [reasoning] });
  const { data } = await client.conversations.items.list(id, { include: ['reasoning.encrypted_content'] });
  assert.deepEqual(data, [reasoning]);
});

test('the official client goes on in a conversation, streamed or not', async () => {
  const client = clientOf(checkedServer());
  const { id: conversation } = await client.conversations.create();
  await client.responses.create({ model: 'm', input: "Hello, I'm John", conversation });
  const stream = client.responses.stream({ model: 'm', input: "What's my name?", conversation: { id: conversation } });
  const response = await stream.finalResponse();
  assert.deepEqual([response.output_text, response.conversation], ['Your name is John.', { id: conversation }]);
  assert.deepEqual((await history(client, conversation)).slice(2), [
    "user: What's my name?",
    'assistant: Your name is John.',
  ]);
});

test('the official client does not wait out a lock', async () => {
  const server = checkedServer();
  const client = clientOf(server);
  const { id: conversation } = await client.conversations.create();
  const unlock = server.lockConversation(conversation);
  const request = { model: 'm', input: 'say hi', conversation };
  await assert.rejects(client.responses.create(request), (error) => {
    assert.ok(error instanceof OpenAI.BadRequestError);
    assert.deepEqual([error.code, error.param], ['conversation_locked', 'conversation']);
    return true;
  });
  await assert.rejects(client.conversations.items.create(conversation, { items: [user('x')] }), OpenAI.BadRequestError);
  unlock();
  assert.equal((await client.responses.create(request)).output_text, 'hi');
  assert.equal(requestsTo(server, /responses$/).length, 2);
});

test('the official client doubles what it wrote when the answer to that was lost', async () => {
  const server = checkedServer();
  const client = clientOf(server);
  const { id } = await client.conversations.create();
  server.failNext({ path: /items$/, lostAnswer: true });
  await client.conversations.items.create(id, { items: [user('once')] });
  assert.deepEqual(await history(client, id), ['user: once', 'user: once']);
});

const weather = tool({
  name: 'get_weather',
  description: 'The weather in a city',
  parameters: z.object({ city: z.string() }),
  execute: ({ city }) => `Sunny in ${city}`,
});
const agent = new Agent({ name: 'assistant', instructions: 'Be brief.', tools: [weather] });

for (const streamed of [false, true]) {
  const how = streamed ? 'streams' : 'does';

  const run = async (runner: Runner, input: string, options: object): Promise<unknown> => {
    if (!streamed) return (await runner.run(agent, input, options)).finalOutput;
    const result = await runner.run(agent, input, { ...options, stream: true });
    for await (const _ of result);
    await result.completed;
    return result.finalOutput;
  };

  test(`the Agents SDK ${how} two runs with its own Conversations session`, async () => {
    const client = clientOf(checkedServer());
    const session = new OpenAIConversationsSession({ client });
    const runner = runnerOf(client);
    assert.match(String(await run(runner, "Hello, I'm John", { session })), /Hello John/);
    assert.equal(await run(runner, "What's my name?", { session }), 'Your name is John.');
    const id = await session.getSessionId();
    assert.deepEqual(
      (await history(client, id)).map((line) => line.replace(/:.*/, '')),
      ['user', 'assistant', 'user', 'assistant'],
    );

    const newest = await session.popItem();
    assert.equal((newest as { role: string }).role, 'assistant');
    assert.equal((await session.getItems()).length, 3);
    await session.clearSession();
    await assert.rejects(client.conversations.retrieve(id), OpenAI.NotFoundError);
    assert.deepEqual(await session.getItems(), []);
    assert.notEqual(await session.getSessionId(), id);
  });

  test(`the Agents SDK ${how} a run with a tool and its own Conversations session`, async () => {
    const client = clientOf(checkedServer());
    const session = new OpenAIConversationsSession({ client });
    const output = await run(runnerOf(client), 'What is the weather in Paris?', { session });
    assert.equal(output, 'get_weather says: Sunny in Paris');
    assert.deepEqual(await history(client, await session.getSessionId()), [
      'user: What is the weather in Paris?',
      'function_call',
      'function_call_output',
      'assistant: get_weather says: Sunny in Paris',
    ]);
  });

  test(`the Agents SDK ${how} runs in a conversation that the server keeps`, async () => {
    const server = checkedServer();
    const client = clientOf(server);
    const { id: conversationId } = await client.conversations.create();
    const runner = runnerOf(client);
    await run(runner, 'What is the weather in Paris?', { conversationId });
    await run(runner, "Hello, I'm John", { conversationId });
    assert.equal(await run(runner, "What's my name?", { conversationId }), 'Your name is John.');
    const bodies = server.requests.filter(({ path }) => path === '/v1/responses').map(({ body }) => body.input.length);
    assert.deepEqual(bodies, [1, 1, 1, 1]);
    assert.equal((await history(client, conversationId)).length, 8);
  });
}

test('reasoning that the Agents SDK saves in its own session keeps its id and is sent back before what it led to', async () => {
  const seen: string[][] = [];
  const server = checkedServer({
    checkIds: true,
    model: scriptedModel([
      { reasoning: 'Plan', calls: [{ name: 'get_weather', arguments: { city: 'Paris' } }] },
      { reasoning: 'Done', text: 'Sunny' },
      ({ input }) => {
        seen.push(input.map(({ type }) => type));
        return 'Bye';
      },
    ]),
  });
  const client = clientOf(server);
  const session = new OpenAIConversationsSession({ client });
  const runner = runnerOf(client);
  await runner.run(agent, 'What is the weather?', { session });
  await runner.run(agent, 'Thanks', { session });
  const [call, message] = [
    ['reasoning', 'function_call', 'function_call_output'],
    ['reasoning', 'message'],
  ];
  assert.deepEqual(seen, [['message', ...call, ...message, 'message']]);
  const ids = await session.getItems();
  assert.deepEqual(
    ids.filter(({ type }) => type === 'reasoning').map(({ id }) => id?.slice(0, 3)),
    ['rs_', 'rs_'],
  );
});

test('the Agents SDK fails on the 21st new item of a run, as it does against the live API', async () => {
  const client = clientOf(checkedServer());
  const session = new OpenAIConversationsSession({ client });
  const items = Array.from({ length: 21 }, (_, index) => ({ type: 'message' as const, ...user(`${index}`) }));
  await assert.rejects(session.addItems(items), /400 Invalid 'items': array too long/);
  assert.deepEqual(await session.getItems(), []);
  await session.addItems(items.slice(1));
  assert.equal((await session.getItems()).length, 20);
});
