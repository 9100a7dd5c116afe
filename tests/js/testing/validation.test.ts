import assert from 'node:assert/strict';
import { test } from 'node:test';

import { checkedServer } from '../../support/checked-server.ts';
import { call } from '../../support/responses-api.ts';

type Expected = [message: string, param: string | null, code: string | null, status?: number];

const server = checkedServer({ models: ['m'], checkIds: true });

async function assertRefused(body: unknown, [message, param, code, status = 400]: Expected): Promise<void> {
  const reply = await call(server, 'POST', '/responses', body);
  assert.deepEqual(reply.body, { error: { message, type: 'invalid_request_error', param, code } });
  assert.equal(reply.status, status);
}

function checks(name: string, cases: [body: unknown, expected: Expected][]): void {
  test(name, async () => {
    for (const [body, expected] of cases) await assertRefused(body, expected);
  });
}

const user = { role: 'user', content: 'hi' };
const callItem = { type: 'function_call', call_id: 'c1', name: 'f', arguments: '{}' };
const outputItem = { type: 'function_call_output', call_id: 'c1', output: 'ok' };
const input = (...items: unknown[]) => ({ model: 'm', input: items });

checks('a body that is no request is refused', [
  [
    '{"model": "m",}',
    [
      'Invalid body: failed to parse JSON value. Please check the value to ensure it is valid JSON. (Common errors include trailing commas, missing closing brackets, missing quotation marks, etc.)',
      null,
      'invalid_json',
    ],
  ],
  ['', ["Missing required parameter: 'model'.", 'model', 'missing_required_parameter']],
  [{ model: 'm' }, ["Missing required parameter: 'input'.", 'input', 'missing_required_parameter']],
  [
    { model: 'm', input: '' },
    [`One of "input" or "previous_response_id" or 'prompt' or 'conversation' must be provided.`, 'input', null],
  ],
  [{ model: 'x', input: 'hi' }, ["The requested model 'x' does not exist.", 'model', 'model_not_found']],
]);

checks('an unknown parameter is refused, with the name that was meant', [
  [{ ...input('hi'), zzz: 1 }, ["Unknown parameter: 'zzz'.", 'zzz', 'unknown_parameter']],
  [{ ...input('hi'), stor: true }, ["Unknown parameter: 'stor'. Did you mean 'store'?", 'stor', 'unknown_parameter']],
  [
    { model: 'm', messages: [] },
    [
      "Unsupported parameter: 'messages'. In the Responses API, this parameter has moved to 'input'. Try again with the new parameter. See the API documentation for more information: https://platform.openai.com/docs/api-reference/responses/create.",
      'messages',
      'unsupported_parameter',
    ],
  ],
]);

checks('a parameter of the wrong type is refused', [
  [
    { model: 'm', input: {} },
    [
      "Invalid type for 'input': expected one of a string or array of input items, but got an object instead.",
      'input',
      'invalid_type',
    ],
  ],
  [
    { ...input('hi'), stream: 'yes' },
    ["Invalid type for 'stream': expected a boolean, but got a string instead.", 'stream', 'invalid_type'],
  ],
  [
    { ...input('hi'), tools: {} },
    ["Invalid type for 'tools': expected an array of objects, but got an object instead.", 'tools', 'invalid_type'],
  ],
]);

checks('a parameter out of its range is refused', [
  [
    { ...input('hi'), max_output_tokens: 0 },
    [
      "Invalid 'max_output_tokens': integer below minimum value. Expected a value >= 16, but got 0 instead.",
      'max_output_tokens',
      'integer_below_min_value',
    ],
  ],
  [
    { ...input('hi'), temperature: 2.5 },
    [
      "Invalid 'temperature': decimal above maximum value. Expected a value <= 2, but got 2.5 instead.",
      'temperature',
      'decimal_above_max_value',
    ],
  ],
  [
    { ...input('hi'), metadata: Object.fromEntries(Array.from({ length: 17 }, (_, index) => [index, 'x'])) },
    [
      "Invalid 'metadata': too many properties. Expected an object with at most 16 properties, but got an object with 17 properties instead.",
      'metadata',
      'object_above_max_properties',
    ],
  ],
  [
    { ...input('hi'), truncation: 'maybe' },
    ["Invalid value: 'maybe'. Supported values are: 'auto' and 'disabled'.", 'truncation', 'invalid_value'],
  ],
]);

checks('an input item that is malformed is refused where it stands', [
  [
    input({ role: 'bogus', content: 'hi' }),
    [
      "Invalid value: 'bogus'. Supported values are: 'assistant', 'system', 'developer', and 'user'.",
      'input[0]',
      'invalid_value',
    ],
  ],
  [
    input({ role: 'user' }),
    ["Missing required parameter: 'input[0].content'.", 'input[0].content', 'missing_required_parameter'],
  ],
  [
    input({ role: 'assistant', content: [{ type: 'input_text', text: 'hi' }] }),
    [
      "Invalid value: 'input_text'. Supported values are: 'output_text' and 'refusal'.",
      'input[0].content[0]',
      'invalid_value',
    ],
  ],
  [
    input(user, { ...callItem, call_id: 'x'.repeat(70) }),
    [
      "Invalid 'input[1].call_id': string too long. Expected a string with maximum length 64, but got a string with length 70 instead.",
      'input[1].call_id',
      'string_above_max_length',
    ],
  ],
  [
    input({ ...outputItem, call_id: '' }),
    [
      "Invalid 'input[0].call_id': empty string. Expected a string with minimum length 1, but got an empty string instead.",
      'input[0].call_id',
      'empty_string',
    ],
  ],
  [input({ ...user, agent: 'a' }), ["Unknown parameter: 'input[0].agent'.", 'input[0].agent', 'unknown_parameter']],
  [
    input(user, { ...user, id: 'abc' }),
    ["Invalid 'input[1].id': 'abc'. Expected an ID that begins with 'msg'.", 'input[1].id', 'invalid_value'],
  ],
]);

test('an item of an unknown type is refused', async () => {
  const { status, body } = await call(server, 'POST', '/responses', input({ type: 'user', content: 'hi' }));
  assert.equal(status, 400);
  assert.match(body.error.message, /^Invalid value: 'user'\. Supported values are: 'message', /);
});

checks('a tool without a proper name is refused', [
  [
    { ...input('hi'), tools: [{ type: 'function', function: { name: 'f' } }] },
    ["Missing required parameter: 'tools[0].name'.", 'tools[0].name', 'missing_required_parameter'],
  ],
  [
    { ...input('hi'), tools: [{ type: 'function', name: 'a b' }] },
    [
      "Invalid 'tools[0].name': string does not match pattern. Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'.",
      'tools[0].name',
      'invalid_value',
    ],
  ],
]);

checks('calls and outputs must match over the whole context', [
  [input(user, outputItem), ['No tool call found for function call output with call_id c1.', 'input', null]],
  [input(outputItem, callItem), ['No tool call found for function call output with call_id c1.', 'input', null]],
  [input(user, callItem), ['No tool output found for function call c1.', 'input', null]],
  [
    input(callItem, { ...callItem, call_id: 'c2' }, outputItem),
    ['No tool output found for function call c2.', 'input', null],
  ],
  [
    input({ ...user, id: 'msg_1' }, { ...user, id: 'msg_1' }),
    ['Duplicate item found with id msg_1. Remove duplicate items from your input and try again.', 'input', null],
  ],
]);

checks('a state that does not exist is refused', [
  [
    { ...input('hi'), previous_response_id: 'resp_x' },
    ["Previous response with id 'resp_x' not found.", 'previous_response_id', 'previous_response_not_found'],
  ],
  [{ ...input('hi'), conversation: 'conv_x' }, ["Conversation with id 'conv_x' not found.", null, null, 404]],
  [
    { ...input('hi'), conversation: { id: 'conv_x' }, previous_response_id: 'resp_x' },
    [
      "Mutually exclusive parameters: ''. Ensure you are only providing one of: 'pre..._id' or 'conversation'.",
      null,
      'mutually_exclusive_parameters',
    ],
  ],
  [
    input({ id: 'msg_x' }),
    [
      "Item with id 'msg_x' not found. Items are not persisted when `store` is set to false. Try again with `store` set to true, or remove this item from your input.",
      'input',
      null,
      404,
    ],
  ],
]);

test('an open call of the previous response must be answered', async () => {
  const tools = [{ type: 'function', name: 'roll' }];
  const first = await call(server, 'POST', '/responses', { model: 'm', input: 'Please roll', tools });
  const { call_id } = first.body.output[0];
  const next = { model: 'm', previous_response_id: first.body.id };
  const message = `No tool output found for function call ${call_id}.`;
  await assertRefused({ ...next, input: 'And?' }, [message, 'input', null]);
  const answered = await call(server, 'POST', '/responses', { ...next, input: [{ ...outputItem, call_id }] });
  assert.equal(answered.status, 200);
});

test('a URL that leads nowhere is answered with 404', async () => {
  const reply = await call(server, 'POST', '/xyz', {});
  assert.deepEqual([reply.status, reply.body.error.message], [404, 'Invalid URL (POST /v1/xyz)']);
});

test('a body that is not sent as JSON is refused', async () => {
  const response = await server.fetch('http://local/v1/responses', { method: 'POST', body: '{}' });
  const { error } = (await response.json()) as any;
  assert.deepEqual([response.status, error.code], [400, 'unsupported_content_type']);
});
