import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Agent, estimateTokens, type Item, MemorySession, run, UserError } from 'agents-wasm';
import { OpenAIServer } from 'agents-wasm/testing';

const agent = new Agent({ name: 'assistant' });
const WORDS = 'The quick brown fox jumps over the lazy dog, and the dog does not mind at all. ';

function turn(index: number): Item[] {
  return [
    { role: 'user', content: `Question ${1000 + index}: ${WORDS}` },
    {
      role: 'assistant',
      type: 'message',
      content: [{ type: 'output_text', text: `Answer ${1000 + index}: ${WORDS}` }],
    },
  ];
}

const textOf = (item: Item): string =>
  typeof item.content === 'string' ? item.content : (item.content?.[0]?.text ?? '');

async function session(turns: number): Promise<MemorySession> {
  const filled = new MemorySession();
  await filled.saveItems('c', Array.from({ length: turns }, (_, index) => turn(index)).flat());
  return filled;
}

/** What the model was sent of the history, in a run with this budget. */
async function sent(history: MemorySession, maxTokens: number, server = new OpenAIServer()): Promise<Item[]> {
  const sessionSettings = { maxTokens };
  const runConfig = { openai: { baseURL: 'http://local/v1', fetch: server.fetch } };
  await run(agent, 'Next', { session: history, conversationId: 'c', sessionSettings, runConfig });
  const { input } = JSON.parse(server.requests.at(-1)?.text ?? '{}');
  return input.slice(0, -1);
}

test('a run is given the newest part of a history that costs more than maxTokens, from a user message on', async () => {
  const items = await sent(await session(100), 800);
  assert.ok((await estimateTokens(items)) <= 800);
  assert.ok((await estimateTokens(items)) > 400);
  assert.match(textOf(items[0] as Item), /^Question/);
  assert.match(textOf(items.at(-1) as Item), /^Answer 1099/);
});

test('a history within maxTokens is sent whole', async () => {
  assert.equal((await sent(await session(5), 10_000)).length, 10);
});

test('what is sent begins the same for several turns, so that a cache knows it', async () => {
  const history = await session(40);
  const beginnings: string[] = [];
  for (let index = 0; index < 12; index += 1) beginnings.push(textOf((await sent(history, 800))[0] as Item));
  assert.ok(new Set(beginnings).size <= 6, `It began in ${new Set(beginnings).size} ways in 12 turns.`);
});

test('a cut never leaves the output of a call whose call is gone', async () => {
  const history = new MemorySession();
  const call = {
    type: 'function_call',
    call_id: 'call_1',
    name: 'look',
    arguments: JSON.stringify({ at: WORDS.repeat(9) }),
  };
  const output = { type: 'function_call_output', call_id: 'call_1', output: WORDS };
  await history.saveItems('c', [...turn(1), call, output, ...turn(2).slice(1)]);
  const all = await estimateTokens(await history.loadItems('c'));
  for (let budget = all; budget >= 0; budget -= 7) {
    const items = await sent(history, budget);
    const calls = items.filter(({ type }) => type === 'function_call').length;
    assert.equal(items.filter(({ type }) => type === 'function_call_output').length, calls, `at ${budget}`);
    await history.clear('c');
    await history.saveItems('c', [...turn(1), call, output, ...turn(2).slice(1)]);
  }
});

test('contextUsage tells what there is, what a run would send, and what the model takes', async () => {
  const history = await session(50);
  const all = await estimateTokens(await history.loadItems('c'));
  assert.deepEqual(await history.contextUsage('c', { model: 'gpt-5.6-luna' }), {
    items: 100,
    tokens: all,
    limit: 1_050_000,
    sent: { items: 100, tokens: all },
  });
  const limited = await history.contextUsage('c', { sessionSettings: { maxItems: 10, maxTokens: 300 } });
  assert.equal(limited.limit, 300);
  assert.ok(limited.sent.items <= 10 && limited.sent.tokens <= 300 && limited.sent.tokens > 0);
  assert.equal((await history.contextUsage('nobody')).tokens, 0);
});

test('contextUsage knows models by their families, and takes 128,000 for others', async () => {
  const history = new MemorySession();
  const limitOf = async (model: string) => (await history.contextUsage('c', { model })).limit;
  assert.equal(await limitOf('gpt-5.4'), 1_050_000);
  assert.equal(await limitOf('gpt-5.4-mini-2026-01-01'), 400_000);
  assert.equal(await limitOf('gpt-4o-mini'), 128_000);
  assert.equal(await limitOf('gpt-5x'), 128_000);
  assert.equal(await limitOf('llama'), 128_000);
});

test('bad budgets, models and items are refused by name', async () => {
  const history = new MemorySession();
  await assert.rejects(history.contextUsage('c', { model: 5 as never }), UserError);
  await assert.rejects(history.contextUsage('c', { sessionSettings: { maxTokens: -1 } }), /sessionSettings\.maxTokens/);
  await assert.rejects(estimateTokens([5 as never]), /items\[0\]/);
  assert.throws(() => new MemorySession({ sessionSettings: { maxTokens: 1.5 } }), /sessionSettings\.maxTokens/);
});
