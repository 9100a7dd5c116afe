import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Agent, type Item, MemorySession, type RunInput, type RunOptions, run, SQLiteSession, tool } from 'agents-wasm';

import { checkLeaks, localApi } from '../support/local-api.ts';

checkLeaks();

const agent = new Agent({ name: 'assistant' });
const user = (content: string): Item => ({ role: 'user', content });
const call = (id: string, type = 'function_call'): Item => ({ type, call_id: id, name: 'add', arguments: '{}' });
const output = (id: string, text = 'ok'): Item => ({ type: 'function_call_output', call_id: id, output: text });
const reasoning = (id: string): Item => ({ type: 'reasoning', id, summary: [] });
const shell = (id: string, more = {}): Item => ({
  type: 'shell_call',
  call_id: id,
  action: { commands: ['ls'] },
  ...more,
});

/** A session of the caller's, of two methods. */
function ownSession() {
  const stored: Item[] = [];
  return {
    loadItems: async (_id: string, { maxItems = stored.length } = {}) => stored.slice(stored.length - maxItems),
    saveItems: async (_id: string, items: readonly Item[]) => void stored.push(...items),
    async [Symbol.asyncDispose]() {},
  };
}

const SESSIONS = {
  'a memory session': () => new MemorySession(),
  'a SQLite session': () => new SQLiteSession({ dbPath: ':memory:' }),
  'a session of two methods': ownSession,
};

interface Told {
  sent: Item[];
  /** Without the answer. */
  stored: Item[];
}

/** What the model is sent by a run on this history, and what is stored afterwards. The server takes whatever comes. */
async function tell(
  open: () => ReturnType<(typeof SESSIONS)[keyof typeof SESSIONS]>,
  history: Item[],
  input: RunInput,
  options: Partial<RunOptions> = {},
): Promise<Told> {
  await using session = open();
  if (history.length > 0) await session.saveItems('c', history);
  const { server, runConfig } = localApi([]);
  server.failNext({ status: 200, body: { object: 'response', id: 'resp_1', status: 'completed', output: [] } });
  const all = { session, conversationId: 'c', ...options, runConfig: { ...runConfig, ...options.runConfig } };
  await run(agent, input, { ...all, stream: false });
  return { sent: server.requests[0]!.body.input, stored: plain(await session.loadItems('c')) };
}
const plain = (items: Item[]): Item[] => JSON.parse(JSON.stringify(items));

for (const [name, open] of Object.entries(SESSIONS)) {
  test(`${name}: history and new items are sent in order, and stored`, async () => {
    const input = [user('one'), { role: 'developer', content: 'two' }];
    const { sent, stored } = await tell(open, [user('old')], input);
    assert.deepEqual(sent, [user('old'), ...input]);
    assert.deepEqual(stored, sent);
  });

  test(`${name}: a stored call without an output is not sent, nor the reasoning before it, and both stay stored`, async () => {
    const history = [user('u'), reasoning('rs_1'), call('k')];
    const { sent, stored } = await tell(open, history, 'q');
    assert.deepEqual(sent, [user('u'), user('q')]);
    assert.deepEqual(stored, [...history, user('q')]);
  });

  test(`${name}: a stored output without a call is not sent, and stays stored`, async () => {
    const { sent, stored } = await tell(open, [user('u'), output('k')], 'q');
    assert.deepEqual(sent, [user('u'), user('q')]);
    assert.deepEqual(stored, [user('u'), output('k'), user('q')]);
  });

  test(`${name}: a limit cuts a pair as a whole, takes nothing at 0, and all when it is larger`, async () => {
    const history = [user('u'), call('k'), output('k'), { role: 'assistant', content: 'a' }];
    const limited = async (maxItems: number) =>
      (await tell(open, history, 'q', { sessionSettings: { maxItems } })).sent;
    assert.deepEqual(await limited(2), [history[3], user('q')]);
    assert.deepEqual(await limited(0), [user('q')]);
    assert.deepEqual(await limited(100), [...history, user('q')]);
  });

  test(`${name}: calls and outputs of new input are sent as they are, also those that wait`, async () => {
    const waiting = await tell(open, [call('old')], [shell('new', { status: 'completed' })]);
    assert.deepEqual(waiting.sent, [shell('new', { status: 'completed' })]);
    assert.deepEqual(waiting.stored, [call('old'), ...waiting.sent]);
    assert.deepEqual((await tell(open, [], [output('elsewhere')])).sent, [output('elsewhere')]);
    const answered = await tell(open, [user('u'), call('k')], [output('k', '1')]);
    assert.deepEqual(answered.sent, [user('u'), call('k'), output('k', '1')]);
  });

  test(`${name}: calls of a hosted shell that is at work stay, and those that are over are not sent`, async () => {
    const history = [shell('a', { status: 'completed' }), shell('b', { status: 'in_progress' }), shell('c')];
    assert.deepEqual((await tell(open, history, 'q')).sent, [...history.slice(1), user('q')]);
  });

  test(`${name}: of two outputs of a call the latest is sent`, async () => {
    const told = await tell(open, [call('k'), output('k', 'old')], [output('k', 'new')]);
    assert.deepEqual(told.sent, [call('k'), output('k', 'new')]);
    assert.deepEqual(told.stored, [call('k'), output('k', 'old'), output('k', 'new')]);
    const own = await tell(open, [], [output('k', 'old'), call('k'), output('k', 'new')]);
    assert.deepEqual([own.sent, own.stored], [told.sent, told.sent]);
  });

  test(`${name}: an empty message is sent and stored, and no items at all reach the model too`, async () => {
    assert.deepEqual(await tell(open, [], ''), { sent: [user('')], stored: [user('')] });
    assert.deepEqual(await tell(open, [], []), { sent: [], stored: [] });
  });

  test(`${name}: parts of images, files and audio, and fields that nobody knows, are sent and stored untouched`, async () => {
    const content = [
      { type: 'input_text', text: 'Grüße "\\ 😀' },
      { type: 'input_image', detail: 'auto', image_url: 'data:image/png;base64,iVBORw0KGgo=', z: { y: [1e21, null] } },
      { type: 'input_file', filename: 'a.pdf', file_data: 'data:application/pdf;base64,JVBERi0=' },
      { type: 'input_file', file_id: 'file_1' },
      { type: 'input_audio', input_audio: { data: 'UklGRg==', format: 'wav' } },
      { type: 'input_of_the_future', value: 0.1 },
    ];
    const { sent, stored } = await tell(open, [{ role: 'user', content }], ['words', { type: 'user', content }]);
    assert.deepEqual(sent, [{ role: 'user', content }, user('words'), { role: 'user', content }]);
    assert.deepEqual(stored, sent);
  });
}

test('a call that somebody saves between two runs is noticed', async () => {
  await using session = new MemorySession();
  const { server, runConfig } = localApi(['ok', 'ok']);
  const options = { session, conversationId: 'c', runConfig };
  await run(agent, 'one', options);
  await session.saveItems('c', [call('k')]);
  await run(agent, 'two', options);
  const types = server.requests[1]?.body.input.map(({ type, role }: Item) => type ?? role);
  assert.deepEqual(types, ['user', 'message', 'user']);
});

test('a model that makes a call twice in one answer has its tool called once', async () => {
  const asked: unknown[] = [];
  const add = tool({
    name: 'add',
    parameters: { type: 'object', properties: { a: { type: 'number' } } },
    execute: (args) => {
      asked.push(args);
      return 3;
    },
  });
  await using session = new MemorySession();
  const { server, runConfig } = localApi([]);
  const twice = { ...call('c1'), arguments: '{"a":1}' };
  server.failNext({ body: { object: 'response', id: 'resp_1', status: 'completed', output: [twice, twice] } });
  server.failNext({ body: { object: 'response', id: 'resp_2', status: 'completed', output: [] } });
  const withTool = new Agent({ name: 'a', tools: [add] });
  await run(withTool, 'q', { session, conversationId: 'c', runConfig });
  assert.deepEqual(asked, [{ a: 1 }]);
  assert.deepEqual(server.requests[1]?.body.input, [user('q'), twice, output('c1', '3')]);
  assert.deepEqual(plain(await session.loadItems('c')), [user('q'), twice, output('c1', '3')]);
});
