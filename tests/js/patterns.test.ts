import assert from 'node:assert/strict';
import { test } from 'node:test';
import { analyzeConversationPatterns, type Item, MemorySession } from 'agents-wasm';

const user = (content: string): Item => ({ role: 'user', content });
const said = (text: string): Item => ({ type: 'message', role: 'assistant', content: [{ type: 'output_text', text }] });
const call = (id: string, name: string, args = '{}'): Item => ({
  type: 'function_call',
  call_id: id,
  name,
  arguments: args,
});
const output = (id: string, text: unknown): Item => ({ type: 'function_call_output', call_id: id, output: text });
const none = { count: 0, mean: 0, median: 0, longest: 0 };

test('a turn goes from one message of the user to the next one', async () => {
  const { turns } = await analyzeConversationPatterns([
    { role: 'system', content: 'Be brief.' },
    user('one'),
    call('1', 'look'),
    output('1', 'ok'),
    said('done'),
    user('two'),
    said('yes'),
  ]);
  assert.equal(turns.count, 2);
  assert.deepEqual(turns.items, { count: 2, mean: 3, median: 3, longest: 4 });
  assert.deepEqual(turns.toolCalls, { count: 2, mean: 0.5, median: 0.5, longest: 1 });
});

test('messages are measured in characters, whatever form their content has', async () => {
  const { messages } = await analyzeConversationPatterns([
    user('😀 four'),
    {
      role: 'user',
      content: [
        { type: 'input_text', text: 'ab' },
        { type: 'input_image', image_url: 'x' },
      ],
    },
    { type: 'message', role: 'assistant', content: [{ type: 'refusal', refusal: 'No.' }] },
  ]);
  assert.deepEqual(messages.user, { count: 2, mean: 4, median: 4, longest: 6 });
  assert.equal(messages.assistant.longest, 3);
});

test('each tool tells how often it was called, failed, and was not answered', async () => {
  const { tools } = await analyzeConversationPatterns([
    call('1', 'look'),
    call('2', 'look'),
    call('3', 'pay'),
    output('1', 'ok'),
    output('2', 'An error occurred while running the tool. Please try again. Error: down'),
    { type: 'web_search_call', id: 'ws_1', status: 'completed' },
    { type: 'web_search_call', id: 'ws_2', status: 'failed' },
    // A server that counts its calls anew.
    call('1', 'look'),
    output('1', [{ type: 'input_text', text: 'ok' }]),
    output('unknown', 'aborted'),
  ]);
  assert.deepEqual(tools, {
    look: { calls: 3, failures: 1, unanswered: 0 },
    pay: { calls: 1, failures: 0, unanswered: 1 },
    web_search_call: { calls: 2, failures: 1, unanswered: 0 },
  });
});

test('handoffs are counted by who hands over to whom', async () => {
  const session = new MemorySession();
  const handoff = (id: string, to: string) => [call(id, `transfer_to_${to}`), output(id, `{"assistant":"${to}"}`)];
  const items = [user('hi'), ...handoff('1', 'billing'), ...handoff('2', 'billing')];
  const origins = items.map((_, index) => ({ runId: 'r', turn: 1, ...(index > 0 && { agent: { name: 'front' } }) }));
  await session.saveItems('c', items, { operationId: 'o', origins });
  const { handoffs } = await analyzeConversationPatterns(await session.loadItems('c'));
  assert.deepEqual(handoffs, [{ from: 'front', to: 'billing', count: 2 }]);
  const plain = await analyzeConversationPatterns([...items, output('3', '{"assistant":"a","more":1}')]);
  assert.deepEqual(plain.handoffs, [{ to: 'billing', count: 2 }]);
});

test('what is said or called again and again is told with the most frequent first', async () => {
  const { repetitions } = await analyzeConversationPatterns([
    user('Where is it?'),
    said('I do not know.'),
    user('where  is IT? '),
    call('1', 'find', '{"id":1}'),
    call('2', 'find', '{"id":1}'),
    call('3', 'find', '{"id":2}'),
    user('Where is it?'),
    user(''),
    user(''),
  ]);
  assert.deepEqual(repetitions, [
    { kind: 'user', text: 'Where is it?', count: 3 },
    { kind: 'tool', text: 'find({"id":1})', count: 2 },
  ]);
});

test('latency counts from a user to the first answer, where the times differ', async () => {
  const at = (item: Item, seconds: number) => ({ ...item, createdAt: new Date(seconds * 1000) });
  const { latency } = await analyzeConversationPatterns([
    at(user('one'), 0),
    at(said('a'), 3),
    at(said('b'), 9),
    at(user('two'), 10),
    at(said('c'), 10),
    user('three'),
    said('d'),
  ]);
  assert.deepEqual(latency, { count: 1, mean: 3000, median: 3000, longest: 3000 });
});

test('names that objects have by themselves are names of tools like others', async () => {
  const { tools } = await analyzeConversationPatterns([call('1', '__proto__'), call('2', 'constructor')]);
  assert.deepEqual(Object.keys(tools), ['__proto__', 'constructor']);
});

test('nothing has no patterns, and what is no item is refused', async () => {
  const patterns = await analyzeConversationPatterns([]);
  assert.deepEqual([patterns.turns.count, patterns.latency, patterns.repetitions], [0, none, []]);
  await assert.rejects(analyzeConversationPatterns('text' as never), { code: 'invalid_argument', message: /items/ });
  await assert.rejects(analyzeConversationPatterns([user('x'), 5 as never]), {
    code: 'invalid_item',
    message: /items\[1\]/,
  });
});

test('items that hold what is no text are reported, not stumbled over', async () => {
  const strange = { toString: '' };
  const { tools, repetitions } = await analyzeConversationPatterns([
    { type: 'function_call', name: strange, arguments: strange },
    { type: 'function_call', name: 'look', arguments: strange },
    { type: 'function_call', name: 'look', arguments: strange },
    { role: 'user', content: [{ type: 'input_text', text: strange }, { refusal: strange }] },
  ]);
  assert.deepEqual(Object.values(tools), [
    { calls: 1, failures: 0, unanswered: 0 },
    { calls: 2, failures: 0, unanswered: 0 },
  ]);
  assert.deepEqual(repetitions, [{ kind: 'tool', text: 'look({"toString":""})', count: 2 }]);
});
