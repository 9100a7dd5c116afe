import assert from 'node:assert/strict';
import { test } from 'node:test';

import { createOpenAIServer, type Item } from 'agents-wasm/testing';

import { respond, textOf } from '../../support/responses-api.ts';

const weather = tool('get_weather', 'Get the current weather for a city', { city: { type: 'string' } });
const dice = tool('roll_dice', 'Rolls dice', { count: { type: 'integer', minimum: 1 }, sides: { type: 'integer' } }, [
  'count',
]);
const email = tool('sendEmail', 'Send an email to someone', {
  to: { type: 'string' },
  subject: { type: 'string' },
  urgent: { type: 'boolean' },
});
const money = tool('convert', 'Convert money between currencies', {
  amount: { type: 'number' },
  currency: { enum: ['EUR', 'USD', 'GBP'] },
  note: { type: ['string', 'null'] },
});
const tools = [weather, dice, email, money];

function tool(name: string, description: string, properties: object, required = Object.keys(properties)) {
  const parameters = { type: 'object', properties, required, additionalProperties: false };
  return { type: 'function', name, description, parameters, strict: false };
}

/** The calls that a message leads to, by name and arguments. */
async function callsFor(input: string, settings: object = {}): Promise<unknown[]> {
  const { output } = await respond(createOpenAIServer(), { input, tools, ...settings });
  const calls = output.filter(({ type }) => type === 'function_call');
  return calls.map((call) => [call.name, JSON.parse(String(call.arguments))]);
}

test('a tool is called when the message is about it, with arguments from the message', async () => {
  assert.deepEqual(await callsFor("What's the weather in Paris?"), [['get_weather', { city: 'Paris' }]]);
  assert.deepEqual(await callsFor('roll 3 dice with 20 sides'), [['roll_dice', { count: 3, sides: 20 }]]);
  assert.deepEqual(await callsFor('Roll the dice'), [['roll_dice', { count: 1 }]]);
  assert.deepEqual(await callsFor('Send an email to bob@example.com with subject "Hi"'), [
    ['sendEmail', { to: 'bob@example.com', subject: 'Hi', urgent: false }],
  ]);
  assert.deepEqual(await callsFor('use convert for 20.5 usd'), [
    ['convert', { amount: 20.5, currency: 'USD', note: null }],
  ]);
});

test('a message that is about no tool calls none', async () => {
  for (const message of ["What's my name?", 'Hello', 'my favourite colour is blue', 'What can you do for me?']) {
    assert.deepEqual(await callsFor(message), []);
  }
});

test('a tool is called for each place that is named, unless calls must come one by one', async () => {
  const message = 'What is the weather in Paris, New York and Rome?';
  const cities = ['Paris', 'New York', 'Rome'];
  assert.deepEqual(
    await callsFor(message),
    cities.map((city) => ['get_weather', { city }]),
  );
  assert.equal((await callsFor(message, { parallel_tool_calls: false })).length, 1);
});

test('tool_choice is obeyed', async () => {
  const message = 'What is the weather in Paris?';
  assert.deepEqual(await callsFor(message, { tool_choice: 'none' }), []);
  assert.equal((await callsFor('Hello', { tool_choice: 'required' })).length, 1);
  const [call] = await callsFor(message, { tool_choice: { type: 'function', name: 'roll_dice' } });
  assert.deepEqual(call, ['roll_dice', { count: 1 }]);
  const only = { type: 'allowed_tools', mode: 'auto', tools: [{ type: 'function', name: 'roll_dice' }] };
  assert.deepEqual(await callsFor(message, { tool_choice: only }), []);
});

test('what a tool returned is told in a sentence', async () => {
  const server = createOpenAIServer();
  const tell = async (...outputs: unknown[]) => {
    const calls: Item[] = outputs.flatMap((output, index) => [
      { type: 'function_call', call_id: `c${index}`, name: 'get_weather', arguments: '{}' },
      { type: 'function_call_output', call_id: `c${index}`, output },
    ]);
    const input = [{ role: 'user', content: 'What is the weather in Paris?' }, ...calls];
    return textOf(await respond(server, { input, tools, tool_choice: 'required' }));
  };
  assert.equal(await tell('Sunny, 21 °C.'), 'get_weather says: Sunny, 21 °C.');
  assert.equal(await tell('{"sky": "clear", "temp": 21}'), 'get_weather says: sky clear, temp 21');
  assert.equal(
    await tell([{ type: 'input_text', text: 'Rain' }], '["a", "b"]'),
    'get_weather says: Rain\nget_weather says: a and b',
  );
});

test('a custom tool gets the message as it is', async () => {
  const custom = { type: 'custom', name: 'run_code', description: 'Runs code' };
  const { output } = await respond(createOpenAIServer(), { input: 'run_code print(1)', tools: [custom] });
  assert.deepEqual([output[0]?.type, output[0]?.input], ['custom_tool_call', 'run_code print(1)']);
});
