import assert from 'node:assert/strict';
import { test } from 'node:test';

import { type Item, type ModelRequest, type OnDisconnect, type OpenAIServer, scriptedModel } from 'agents-wasm/testing';

import { checkedServer } from '../support/checked-server.ts';
import { call, eventsOf, respond, stream } from '../support/responses-api.ts';

const user = (content: string) => ({ role: 'user', content });
const callOf = (call_id: string) => ({ type: 'function_call', call_id, name: 'f', arguments: '{}' });
const outputOf = (call_id: string) => ({ type: 'function_call_output', call_id, output: 'ok' });

async function create(server: OpenAIServer, items: object[] = []): Promise<string> {
  return (await call(server, 'POST', '/conversations', { items })).body.id;
}

async function list(server: OpenAIServer, id: string): Promise<Item[]> {
  return (await call(server, 'GET', `/conversations/${id}/items?order=asc&limit=100`)).body.data;
}

const said = (items: Item[]) => items.map(({ type, content }) => (content as { text: string }[])?.[0]?.text ?? type);
const history = async (server: OpenAIServer, id: string) => said(await list(server, id));

async function refused(server: OpenAIServer, request: object, path = '/responses'): Promise<unknown[]> {
  const { status, body } = await call(
    server,
    'POST',
    path,
    path === '/responses' ? { model: 'm', ...request } : request,
  );
  return [status, body.error.message, body.error.param, body.error.code];
}

const LOCKED = [
  400,
  'Another process is currently operating on this conversation. Please retry in a few seconds.',
  'conversation',
  'conversation_locked',
];

/** Waits until a response is stored, as a client can. */
async function stored(server: OpenAIServer, id: string): Promise<Item[]> {
  for (;;) {
    const { status, body } = await call(server, 'GET', `/responses/${id}`);
    if (status === 200) return body.output;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Waits until nothing is made from a conversation. A write that can never succeed tells. */
async function unlocked(server: OpenAIServer, id: string): Promise<void> {
  while ((await call(server, 'DELETE', `/conversations/${id}/items/msg_x`)).status !== 404) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test('the model sees the conversation and the input, and the conversation gets the input and the answer', async () => {
  const seen: string[][] = [];
  const look = (answer: string) => (request: ModelRequest) => {
    seen.push(said(request.input));
    return answer;
  };
  const server = checkedServer({ model: scriptedModel([look('one'), look('two'), look('three')]) });
  const conversation = await create(server, [user('before')]);
  const first = await respond(server, { conversation, input: 'a' });
  const second = await respond(server, { conversation: { id: conversation }, input: [user('b'), user('c')] });
  await respond(server, { conversation });

  assert.deepEqual(seen, [
    ['before', 'a'],
    ['before', 'a', 'one', 'b', 'c'],
    ['before', 'a', 'one', 'b', 'c', 'two'],
  ]);
  for (const response of [first, second]) {
    assert.deepEqual([response.conversation, response.previous_response_id], [{ id: conversation }, null]);
  }
  const items = await list(server, conversation);
  assert.deepEqual(said(items), ['before', 'a', 'one', 'b', 'c', 'two', 'three']);
  assert.deepEqual(items[2], first.output[0]);
  assert.ok(second.usage!.input_tokens > first.usage!.input_tokens);
});

test('a response without a conversation does not name one', async () => {
  assert.equal('conversation' in (await respond(checkedServer(), { input: 'hi' })), false);
});

test('a streamed response names its conversation, which gets all of it before the client sees that it is complete', async () => {
  const server = checkedServer({ model: scriptedModel([{ text: 'one', calls: [{ name: 'f', callId: 'c1' }] }]) });
  const conversation = await create(server);
  const response = await stream(server, { conversation, input: 'a' });
  assert.deepEqual(await list(server, conversation), []);
  const events = await eventsOf(response);
  for (const { response } of [events[0]!, events.at(-1)!] as any[]) {
    assert.deepEqual(response.conversation, { id: conversation });
  }
  assert.deepEqual(await history(server, conversation), ['a', 'one', 'function_call']);
});

test('a conversation and a previous response exclude each other, and the conversation must exist', async () => {
  const server = checkedServer();
  const conversation = await create(server);
  assert.equal(
    (await refused(server, { conversation, previous_response_id: 'resp_x' }))[3],
    'mutually_exclusive_parameters',
  );
  const gone = [404, "Conversation with id 'conv_x' not found.", null, null];
  assert.deepEqual(await refused(server, { conversation: 'conv_x', input: 'a' }), gone);
  assert.deepEqual(await refused(server, { conversation: 'x', input: 'a' }), [
    400,
    "Invalid 'conversation': 'x'. Expected an ID that begins with 'conv'.",
    'conversation',
    'invalid_value',
  ]);
  assert.equal((await refused(server, { conversation }))[2], 'input');
});

test('calls and outputs must match within the conversation and the input together', async () => {
  const server = checkedServer();
  const open = await create(server, [user('a'), callOf('c1')]);
  const noOutput = [400, 'No tool output found for function call c1.', 'input', null];
  assert.deepEqual(await refused(server, { conversation: open, input: 'b' }), noOutput);
  const noCall = [400, 'No tool call found for function call output with call_id c2.', 'input', null];
  assert.deepEqual(await refused(server, { conversation: open, input: [outputOf('c1'), outputOf('c2')] }), noCall);
  const [first] = await list(server, open);
  const twice = `Duplicate item found with id ${first!.id}. Remove duplicate items from your input and try again.`;
  assert.deepEqual(await refused(server, { conversation: open, input: [outputOf('c1'), first] }), [
    400,
    twice,
    'input',
    null,
  ]);

  assert.deepEqual(await history(server, open), ['a', 'function_call']);
  await respond(server, { conversation: open, input: [outputOf('c1')] });
  assert.deepEqual((await history(server, open)).slice(0, 3), ['a', 'function_call', 'function_call_output']);
});

test('a response that is not stored reads the conversation and adds nothing to it', async () => {
  const server = checkedServer();
  const conversation = await create(server, [user("Hello, I'm John")]);
  const response = await respond(server, { conversation, input: "What's my name?", store: false });
  assert.match(JSON.stringify(response.output), /Your name is John/);
  assert.deepEqual(response.conversation, { id: conversation });
  assert.deepEqual(await history(server, conversation), ["Hello, I'm John"]);
});

test('a response that failed adds nothing, one that was cut short adds what there is', async () => {
  const model = scriptedModel([{ failed: { message: 'It broke.' } }, { text: 'Hel', incomplete: 'max_output_tokens' }]);
  const server = checkedServer({ model });
  const conversation = await create(server);
  assert.equal((await respond(server, { conversation, input: 'a' })).status, 'failed');
  assert.deepEqual(await history(server, conversation), []);
  assert.equal((await respond(server, { conversation, input: 'b' })).status, 'incomplete');
  assert.deepEqual(await history(server, conversation), ['b', 'Hel']);
  const { body } = await call(server, 'POST', '/responses', { model: 'm', conversation, input: 'c' });
  assert.equal(body.error.type, 'server_error', 'the script has ended');
  assert.deepEqual(await history(server, conversation), ['b', 'Hel']);
});

test('a response that follows one of a conversation sees what that one saw, and is not part of the conversation', async () => {
  const seen: string[][] = [];
  const look = (request: ModelRequest) => {
    seen.push(said(request.input));
    return 'fork';
  };
  const server = checkedServer({ model: scriptedModel(['one', 'two', look]) });
  const conversation = await create(server, [user('before')]);
  const first = await respond(server, { conversation, input: 'a' });
  await respond(server, { conversation, input: 'b' });
  const fork = await respond(server, { previous_response_id: first.id, input: 'c' });
  assert.deepEqual(seen, [['before', 'a', 'one', 'c']]);
  assert.equal('conversation' in fork, false);
  assert.deepEqual(await history(server, conversation), ['before', 'a', 'one', 'b', 'two']);
});

test('while a response is being made, its conversation can be read and not written to', async () => {
  let answer = (_text: string) => {};
  const asked = Promise.withResolvers<void>();
  const waiting = () => {
    asked.resolve();
    return new Promise<string>((resolve) => (answer = resolve));
  };
  const server = checkedServer({ model: scriptedModel([waiting, 'two']) });
  const conversation = await create(server, [user('before')]);
  const [item] = await list(server, conversation);
  const path = `/conversations/${conversation}`;
  const first = respond(server, { conversation, input: 'a' });
  await asked.promise;

  assert.deepEqual(await refused(server, { conversation, input: 'b' }), LOCKED);
  assert.deepEqual(await refused(server, { items: [user('c')] }, `${path}/items`), LOCKED);
  assert.equal((await call(server, 'DELETE', `${path}/items/${item!.id}`)).body.error.code, 'conversation_locked');
  assert.equal((await call(server, 'DELETE', path)).body.error.code, 'conversation_locked');
  assert.deepEqual(await history(server, conversation), ['before']);
  const counted = await call(server, 'POST', '/responses/input_tokens', { model: 'm', conversation, input: 'b' });
  assert.equal(counted.status, 200);
  assert.equal((await respond(server, { conversation: await create(server), input: 'x' })).status, 'completed');

  answer('one');
  await first;
  await call(server, 'POST', `${path}/items`, { items: [user('d')] });
  assert.deepEqual(await history(server, conversation), ['before', 'a', 'one', 'd']);
});

test('a conversation can be locked by hand', async () => {
  const server = checkedServer({ model: scriptedModel(['one']) });
  const conversation = await create(server);
  const unlock = [server.lockConversation(conversation), server.lockConversation(conversation)];
  unlock[0]!();
  unlock[0]!();
  assert.deepEqual(await refused(server, { conversation, input: 'a' }), LOCKED);
  unlock[1]!();
  await respond(server, { conversation, input: 'a' });
  assert.deepEqual(await history(server, conversation), ['a', 'one']);
  assert.throws(() => server.lockConversation('conv_x'), RangeError);
});

test('a refused request leaves the conversation unlocked', async () => {
  const server = checkedServer({ models: ['m'] });
  const conversation = await create(server);
  assert.equal((await refused(server, { model: 'n', conversation, input: 'a' }))[3], 'model_not_found');
  assert.equal((await respond(server, { conversation, input: 'a' })).status, 'completed');
});

/** A client that goes away after the first event, before anything was said. */
async function desert(server: OpenAIServer, conversation: string): Promise<string> {
  const response = await stream(server, { conversation, input: 'a' });
  const reader = response.body!.getReader();
  const { value } = await reader.read();
  await reader.cancel();
  return /"id":"(resp_\w+)"/.exec(new TextDecoder().decode(value))![1]!;
}

const deserted: [OnDisconnect, string[]][] = [
  ['finish', []],
  ['append', ['a', 'one']],
];
for (const [onDisconnect, expected] of deserted) {
  test(`a response whose client goes away is stored, and its conversation gets ${expected.length} items: ${onDisconnect}`, async () => {
    const server = checkedServer({ model: scriptedModel(['one', 'two']), onDisconnect });
    const conversation = await create(server);
    const id = await desert(server, conversation);
    assert.deepEqual(await refused(server, { conversation, input: 'b' }), LOCKED);
    assert.deepEqual(said(await stored(server, id)), ['one']);
    assert.deepEqual(await history(server, conversation), expected);
    await respond(server, { conversation, input: 'b' });
    assert.deepEqual(await history(server, conversation), [...expected, 'b', 'two']);
  });

  test(`a response whose stream is cut is stored, and its conversation gets ${expected.length} items: ${onDisconnect}`, async () => {
    for (const fault of [{ cutAfter: 2 }, { cutAfter: 2, drop: true }, { cutBytes: 50 }]) {
      const server = checkedServer({ model: scriptedModel(['one']), onDisconnect });
      const conversation = await create(server);
      server.failNext(fault);
      const response = await stream(server, { conversation, input: 'a' });
      await response.text().catch(() => {});
      await unlocked(server, conversation);
      assert.deepEqual(await history(server, conversation), expected);
    }
  });
}

test('a response whose client goes away can be dropped, and the conversation is free at once', async () => {
  const server = checkedServer({ model: scriptedModel(['one', 'two']), onDisconnect: 'drop' });
  const conversation = await create(server);
  const id = await desert(server, conversation);
  await respond(server, { conversation, input: 'b' });
  assert.deepEqual(await history(server, conversation), ['b', 'two']);
  assert.equal((await call(server, 'GET', `/responses/${id}`)).status, 404);
});

test('a client that goes away before there is an answer leaves a response that is finished too', async () => {
  for (const [onDisconnect, expected, streamed] of deserted.flatMap(
    (one) =>
      [
        [...one, true],
        [...one, false],
      ] as const,
  )) {
    let answer = (_text: string) => {};
    const asked = Promise.withResolvers<void>();
    const waiting = () => {
      asked.resolve();
      return new Promise<string>((resolve) => (answer = resolve));
    };
    const server = checkedServer({ model: scriptedModel([waiting]), onDisconnect });
    const conversation = await create(server);
    const controller = new AbortController();
    const gone = stream(server, { conversation, input: 'a', stream: streamed }, { signal: controller.signal });
    await asked.promise;
    controller.abort();
    await assert.rejects(gone, { name: 'AbortError' });
    answer('one');
    await unlocked(server, conversation);
    assert.deepEqual(await history(server, conversation), expected);
  }
});

test('a stream that ends with an error adds nothing, and the conversation is free', async () => {
  const server = checkedServer({ model: scriptedModel(['one', 'two']), onDisconnect: 'append' });
  const conversation = await create(server);
  server.failNext({ errorAfter: 3 });
  assert.equal((await eventsOf(await stream(server, { conversation, input: 'a' }))).at(-1)?.type, 'error');
  await respond(server, { conversation, input: 'b' });
  assert.deepEqual(await history(server, conversation), ['b', 'two']);
});

test('a server that closes drops what is being made, and frees the conversations', async () => {
  const server = checkedServer({ model: scriptedModel(['one', 'two']), latency: 10_000 });
  const conversation = await create(server);
  const id = await desert(server, conversation);
  server.close();
  const free = await call(server, 'POST', `/conversations/${conversation}/items`, { items: [user('b')] });
  assert.equal(free.status, 200);
  assert.deepEqual(await history(server, conversation), ['b']);
  assert.equal((await call(server, 'GET', `/responses/${id}`)).status, 404);
});
