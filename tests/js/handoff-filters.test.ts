import assert from 'node:assert/strict';
import { test } from 'node:test';

import { type HandoffInputData, nestHandoffHistory, removeAllTools } from 'agents-wasm';

const user = (content: unknown) => ({ role: 'user', content });
const call = { arguments: '{}', call_id: 'h1', name: 'transfer_to_b', type: 'function_call', id: 'h1' };
const output = { call_id: 'h1', output: '{"assistant": "B"}', type: 'function_call_output' };
const said = { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'a0' }] };

const data = (parts: Partial<HandoffInputData>): HandoffInputData => ({
  inputHistory: [],
  preHandoffItems: [],
  newItems: [],
  ...parts,
});

test('removeAllTools leaves what was said, and nothing of calls and reasoning', () => {
  const tools = [call, output, { type: 'reasoning', summary: [] }, { type: 'web_search_call' }, { type: 'mcp_call' }];
  const inputHistory = [user('go'), ...tools, said];
  const filtered = removeAllTools(data({ inputHistory, preHandoffItems: [said, ...tools], newItems: tools }));
  assert.deepEqual(filtered, data({ inputHistory: [user('go'), said], preHandoffItems: [said] }));
  assert.equal(removeAllTools(data({ inputHistory: 'go' })).inputHistory, 'go');
});

const told = (...lines: string[]) =>
  `For context, here is the conversation so far between the user and the previous agent:
<CONVERSATION HISTORY>
${lines.join('\n')}
</CONVERSATION HISTORY>`;

test('nestHandoffHistory tells the conversation so far in one message', () => {
  const nested = nestHandoffHistory(
    data({ inputHistory: [user('h0'), said], preHandoffItems: [user('go')], newItems: [call, output] }),
  );
  const content = told(
    '1. user: h0',
    '2. assistant: a0',
    '3. user: go',
    `4. ${JSON.stringify(call)}`,
    `5. ${JSON.stringify(output)}`,
  );
  assert.deepEqual(nested, data({ inputHistory: [{ role: 'assistant', content }] }));
  assert.deepEqual(nestHandoffHistory(data({ inputHistory: 'go' })).inputHistory, [
    { role: 'assistant', content: told('1. user: go') },
  ]);
  assert.deepEqual(nestHandoffHistory(data({})).inputHistory, [
    { role: 'assistant', content: told('(no previous turns recorded)') },
  ]);
});

test('a history that was nested before is not nested again, but goes on', () => {
  const once = nestHandoffHistory(data({ inputHistory: [user('two\nlines'), said] }));
  const twice = nestHandoffHistory({ ...once, newItems: [user('more')] });
  const content = told('1. user: two\nlines', '2. assistant: a0', '3. user: more');
  assert.deepEqual(twice.inputHistory, [{ role: 'assistant', content }]);
});

test('messages that are said twice are told twice', () => {
  const again = nestHandoffHistory(data({ inputHistory: [user('go'), said, user('go'), said] }));
  const content = told('1. user: go', '2. assistant: a0', '3. user: go', '4. assistant: a0');
  assert.deepEqual(again.inputHistory, [{ role: 'assistant', content }]);
  const later = nestHandoffHistory({ ...again, newItems: [user('go')] });
  assert.deepEqual(later.inputHistory, [
    { role: 'assistant', content: told(content.split('\n').slice(2, -1).join('\n'), '5. user: go') },
  ]);
});

test('pictures and files in a message are told as JSON', () => {
  const parts = [
    { type: 'input_text', text: 'Look:' },
    { type: 'input_image', file_id: 'f' },
  ];
  const nested = nestHandoffHistory(data({ inputHistory: [user(parts)] }));
  assert.deepEqual(nested.inputHistory, [{ role: 'assistant', content: told(`1. user: ${JSON.stringify(parts)}`) }]);
});
