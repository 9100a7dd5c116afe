import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { Item, OpenAIServer } from 'agents-wasm/testing';

import { checkedServer } from '../support/checked-server.ts';
import { call, respond } from '../support/responses-api.ts';

const user = (content: string) => ({ role: 'user', content });
const users = (count: number) => Array.from({ length: count }, (_, index) => user(`${index}`));

async function create(server: OpenAIServer, body: object = {}): Promise<string> {
  const reply = await call(server, 'POST', '/conversations', body);
  assert.equal(reply.status, 200, JSON.stringify(reply.body));
  return reply.body.id;
}

async function list(server: OpenAIServer, id: string, query = 'order=asc'): Promise<Item[]> {
  return (await call(server, 'GET', `/conversations/${id}/items?${query}`)).body.data;
}

async function refusal(server: OpenAIServer, method: string, path: string, body?: object): Promise<unknown[]> {
  const reply = await call(server, method, path, body);
  const { message, type, param, code } = reply.body.error;
  assert.equal(type, 'invalid_request_error');
  return [reply.status, message, param, code];
}

const textsOf = (items: Item[]) => items.map(({ content }) => (content as { text: string }[])[0]?.text);
const idsOf = (items: Item[]) => items.map(({ id }) => id);

test('a conversation is created, read, changed and deleted', async () => {
  const server = checkedServer({ now: () => 1785456000_000 });
  const metadata = { topic: 'demo' };
  const { body } = await call(server, 'POST', '/conversations', { metadata, items: [user('Hello')] });
  assert.match(body.id, /^conv_6a6be580[0-9a-f]{40}$/);
  assert.deepEqual(body, { id: body.id, object: 'conversation', created_at: 1785456000, metadata });

  const path = `/conversations/${body.id}`;
  assert.deepEqual((await call(server, 'GET', path)).body, body);
  const changed = { ...body, metadata: { stage: '2' } };
  assert.deepEqual((await call(server, 'POST', path, { metadata: { stage: '2' } })).body, changed);
  assert.deepEqual((await call(server, 'GET', path)).body, changed);

  const deleted = { id: body.id, object: 'conversation.deleted', deleted: true };
  assert.deepEqual((await call(server, 'DELETE', path)).body, deleted);
  const gone = [404, `Conversation with id '${body.id}' not found.`, null, null];
  for (const [method, rest] of [
    ['DELETE', ''],
    ['GET', ''],
    ['POST', ''],
    ['GET', '/items'],
    ['POST', '/items'],
  ]) {
    const sent = method === 'POST' ? { [rest ? 'items' : 'metadata']: rest ? [user('x')] : {} } : undefined;
    assert.deepEqual(await refusal(server, method!, path + rest, sent), gone);
  }
});

test('a conversation can be created of nothing', async () => {
  const server = checkedServer();
  for (const body of [undefined, {}, { items: [] }, { items: null, metadata: null }]) {
    const reply = await call(server, 'POST', '/conversations', body);
    assert.deepEqual([reply.status, reply.body.metadata], [200, {}]);
    const { body: page } = await call(server, 'GET', `/conversations/${reply.body.id}/items`);
    assert.deepEqual(page, { object: 'list', data: [], first_id: null, has_more: false, last_id: null });
  }
});

test('items are kept in the form in which the live API shows them', async () => {
  const server = checkedServer();
  const id = await create(server);
  const items = [
    user('Hi'),
    { role: 'user', content: [{ type: 'input_image', image_url: 'https://a.example/b.png' }] },
    { role: 'assistant', content: 'Hello' },
    { role: 'assistant', content: [{ type: 'output_text', text: 'Hello' }], phase: 'commentary' },
    { type: 'reasoning', id: 'rs_1', summary: [{ type: 'summary_text', text: 'Hm' }], encrypted_content: 'gAAA' },
    { type: 'function_call', call_id: 'c1', name: 'f', arguments: '{}' },
    { type: 'function_call_output', call_id: 'c1', output: 'ok', status: 'incomplete' },
    { type: 'compaction_trigger' },
  ];
  const added = await call(server, 'POST', `/conversations/${id}/items`, { items });
  const stored = await list(server, id);
  assert.deepEqual(added.body.data, stored);
  assert.deepEqual([added.body.first_id, added.body.last_id], [stored[0]?.id, stored.at(-1)?.id]);

  const said = { type: 'output_text', annotations: [], logprobs: [], text: 'Hello' };
  const answer = { type: 'message', status: 'completed', content: [said], role: 'assistant' };
  assert.deepEqual(
    stored.map(({ id, ...rest }) => [id?.split('_')[0], rest]),
    [
      ['msg', { type: 'message', status: 'completed', content: [{ type: 'input_text', text: 'Hi' }], role: 'user' }],
      [
        'msg',
        {
          type: 'message',
          status: 'completed',
          content: [{ type: 'input_image', detail: 'auto', image_url: 'https://a.example/b.png' }],
          role: 'user',
        },
      ],
      ['msg', answer],
      ['msg', { ...answer, phase: 'commentary' }],
      ['rs', { type: 'reasoning', summary: [{ type: 'summary_text', text: 'Hm' }] }],
      ['fc', { type: 'function_call', call_id: 'c1', name: 'f', arguments: '{}', status: 'completed' }],
      ['fco', { type: 'function_call_output', call_id: 'c1', output: 'ok', status: 'incomplete' }],
    ],
  );
});

test('the encrypted content of reasoning is shown to who asks for it', async () => {
  const server = checkedServer();
  const reasoning = { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'gAAA' };
  const id = await create(server, { items: [reasoning] });
  for (const name of ['include[]', 'include%5B%5D', 'include']) {
    const query = `${name}=reasoning.encrypted_content`;
    assert.deepEqual(await list(server, id, query), [reasoning]);
    const { body } = await call(server, 'GET', `/conversations/${id}/items/rs_1?${query}`);
    assert.deepEqual(body, reasoning);
  }
  assert.deepEqual(await list(server, id), [{ type: 'reasoning', id: 'rs_1', summary: [] }]);
  const [status, , param] = await refusal(server, 'GET', `/conversations/${id}/items?include[]=all`);
  assert.deepEqual([status, param], [400, 'include[0]']);
});

test('items are listed in pages, the newest first unless asked otherwise', async () => {
  const server = checkedServer();
  const id = await create(server, { items: users(5) });
  const page = async (query: string) => {
    const { body } = await call(server, 'GET', `/conversations/${id}/items?${query}`);
    assert.deepEqual([body.first_id, body.last_id], [body.data[0]?.id ?? null, body.data.at(-1)?.id ?? null]);
    return { texts: textsOf(body.data).join(''), more: body.has_more, last: body.last_id };
  };
  for (const [order, pages] of [
    ['asc', ['01', '23', '4']],
    ['desc', ['43', '21', '0']],
  ] as const) {
    let after = '';
    for (const [index, texts] of pages.entries()) {
      const { last, ...rest } = await page(`order=${order}&limit=2${after}`);
      assert.deepEqual(rest, { texts, more: index < 2 });
      after = `&after=${last}`;
    }
    assert.deepEqual(await page(`order=${order}${after}`), { texts: '', more: false, last: null });
  }
  assert.equal((await page('')).texts, '43210');
  await call(server, 'POST', `/conversations/${id}/items`, { items: users(20) });
  assert.equal((await list(server, id, '')).length, 20);
  assert.equal((await list(server, id, 'limit=100')).length, 25);
});

test('a query that asks for no possible page is refused', async () => {
  const server = checkedServer();
  const id = await create(server, { items: users(1) });
  const ask = (query: string) => refusal(server, 'GET', `/conversations/${id}/items?${query}`);
  assert.deepEqual(await ask('limit=1000'), [
    400,
    "Invalid 'limit': integer above maximum value. Expected a value <= 100, but got 1000 instead.",
    'limit',
    'integer_above_max_value',
  ]);
  assert.deepEqual((await ask('limit=0')).at(-1), 'integer_below_min_value');
  assert.deepEqual((await ask('limit=ten')).at(-1), 'invalid_type');
  assert.deepEqual((await ask('order=up')).slice(1), [
    "Invalid value: 'up'. Supported values are: 'asc' and 'desc'.",
    'order',
    'invalid_value',
  ]);
  assert.deepEqual(await ask('after=msg_x'), [404, "No item found with id 'msg_x'", 'after', null]);
});

test('one item can be read and deleted, which answers with the conversation', async () => {
  const server = checkedServer();
  const id = await create(server, { items: users(3) });
  const [, second] = await list(server, id);
  const path = `/conversations/${id}/items/${second!.id}`;
  assert.deepEqual((await call(server, 'GET', path)).body, second);
  assert.deepEqual((await call(server, 'DELETE', path)).body, (await call(server, 'GET', `/conversations/${id}`)).body);
  assert.deepEqual(textsOf(await list(server, id)), ['0', '2']);
  const gone = [404, `Item with id '${second!.id}' not found in conversation.`, null, null];
  assert.deepEqual(await refusal(server, 'GET', path), gone);
  assert.deepEqual(await refusal(server, 'DELETE', path), gone);
});

test('one write takes up to 20 items, and at least one', async () => {
  const server = checkedServer();
  const id = await create(server);
  const path = `/conversations/${id}/items`;
  const tooLong =
    "Invalid 'items': array too long. Expected an array with maximum length 20, but got an array with length 21 instead.";
  const refused = [400, tooLong, 'items', 'array_above_max_length'];
  assert.deepEqual(await refusal(server, 'POST', path, { items: users(21) }), refused);
  assert.deepEqual(await refusal(server, 'POST', '/conversations', { items: users(21) }), refused);
  assert.deepEqual((await refusal(server, 'POST', path, { items: [] })).slice(2), ['items', 'empty_array']);
  assert.deepEqual((await refusal(server, 'POST', path, {})).slice(2), ['items', 'missing_required_parameter']);
  assert.deepEqual(await list(server, id), []);
  await call(server, 'POST', path, { items: users(20) });
  assert.equal((await list(server, id)).length, 20);
});

test('a body that does not fit is refused, and then nothing is stored', async () => {
  const server = checkedServer();
  const id = await create(server);
  const items = (...list: unknown[]) => refusal(server, 'POST', `/conversations/${id}/items`, { items: list });
  assert.deepEqual(await items(user('a'), 'b'), [
    400,
    "Invalid type for 'items[1]': expected an object, but got a string instead.",
    'items[1]',
    'invalid_type',
  ]);
  assert.deepEqual((await items(user('a'), { role: 'bogus', content: 'b' })).slice(2), ['items[1]', 'invalid_value']);
  assert.deepEqual((await items({ ...user('a'), providerData: {} })).slice(2), [
    'items[0].providerData',
    'unknown_parameter',
  ]);
  assert.deepEqual((await refusal(server, 'POST', '/conversations', { item: [] })).slice(1), [
    "Unknown parameter: 'item'. Did you mean 'items'?",
    'item',
    'unknown_parameter',
  ]);
  assert.deepEqual(await list(server, id), []);
});

test('metadata is up to 16 texts with names', async () => {
  const server = checkedServer();
  const id = await create(server);
  const longest = { ['k'.repeat(64)]: 'v'.repeat(512) };
  assert.deepEqual((await call(server, 'POST', `/conversations/${id}`, { metadata: longest })).body.metadata, longest);
  const bad: [unknown, string, string][] = [
    [Object.fromEntries(users(17).map((_, index) => [index, ''])), 'metadata', 'object_above_max_properties'],
    [{ ['k'.repeat(65)]: '' }, 'metadata', 'property_name_above_max_length'],
    [{ k: 'v'.repeat(513) }, 'metadata.k', 'string_above_max_length'],
    [{ k: 1 }, 'metadata.k', 'invalid_type'],
    [[], 'metadata', 'invalid_type'],
  ];
  for (const [metadata, ...expected] of bad) {
    for (const path of ['/conversations', `/conversations/${id}`]) {
      assert.deepEqual((await refusal(server, 'POST', path, { metadata })).slice(2), expected);
    }
  }
  const missing = await refusal(server, 'POST', `/conversations/${id}`, {});
  assert.deepEqual(missing.slice(2), ['metadata', 'missing_required_parameter']);
});

test('ids of conversations and of items must begin as the live API has them', async () => {
  const server = checkedServer();
  assert.deepEqual(await refusal(server, 'GET', '/conversations/thread_1'), [
    400,
    "Invalid 'conversation_id': 'thread_1'. Expected an ID that begins with 'conv'.",
    'conversation_id',
    'invalid_value',
  ]);
  const id = await create(server);
  const items = [{ type: 'function_call', id: 'msg_1', call_id: 'c', name: 'f', arguments: '{}' }];
  assert.deepEqual(await refusal(server, 'POST', `/conversations/${id}/items`, { items }), [
    400,
    "Invalid 'items[0].id': 'msg_1'. Expected an ID that begins with 'fc'.",
    'items[0].id',
    'invalid_value',
  ]);
});

test('an id of the client is kept, and one that the server knows stands for what the server has', async () => {
  const server = checkedServer();
  const [first, second] = [
    await create(server, { items: [{ ...user('mine'), id: 'msg_mine' }] }),
    await create(server),
  ];
  const path = `/conversations/${second}/items`;
  const copied = await call(server, 'POST', path, { items: [{ ...user('other words'), id: 'msg_mine' }] });
  assert.deepEqual(copied.body.data, await list(server, first));

  const again = [400, 'Item already in conversation', 'items', 'item_already_in_conversation'];
  assert.deepEqual(
    await refusal(server, 'POST', path, { items: [user('new'), { ...user('x'), id: 'msg_mine' }] }),
    again,
  );
  assert.deepEqual(await refusal(server, 'POST', path, { items: [{ type: 'item_reference', id: 'msg_mine' }] }), again);
  assert.deepEqual(textsOf(await list(server, second)), ['mine']);
});

test('a reference is taken up as the item that it refers to, wherever the server has it', async () => {
  const server = checkedServer();
  const source = await create(server, { items: [user('from a conversation')] });
  const [item] = await list(server, source);
  await call(server, 'DELETE', `/conversations/${source}`);
  const { output } = await respond(server, { input: 'say from a response' });

  const items = [item, output[0]].map((one) => ({ type: 'item_reference', id: one!.id }));
  const id = await create(server, { items });
  assert.deepEqual(await list(server, id), [item, output[0]]);

  const unknown = [...items, { id: 'msg_x' }];
  const [status, message] = await refusal(server, 'POST', `/conversations/${id}/items`, { items: unknown });
  assert.equal(status, 404);
  assert.match(String(message), /^Item with id 'msg_x' not found\./);
  assert.deepEqual(idsOf(await list(server, id)), [item!.id, output[0]!.id]);
});

test('only the conversations that were written to last are kept', async () => {
  const server = checkedServer({ maxConversations: 2 });
  const [first, second] = [await create(server), await create(server)];
  await call(server, 'POST', `/conversations/${first}/items`, { items: users(1) });
  const third = await create(server);
  const statuses = [];
  for (const id of [first, second, third]) statuses.push((await call(server, 'GET', `/conversations/${id}`)).status);
  assert.deepEqual(statuses, [200, 404, 200]);
});

test('conversations have no messages of their own', async () => {
  const server = checkedServer();
  const path = `/conversations/${await create(server)}/messages`;
  assert.deepEqual(await refusal(server, 'POST', path, {}), [404, `Invalid URL (POST /v1${path})`, null, null]);
});
