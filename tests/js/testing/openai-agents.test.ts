import assert from 'node:assert/strict';
import { before, test } from 'node:test';

import { Agent, OpenAIProvider, Runner, setTracingDisabled, tool } from '@openai/agents';
import type { OpenAIServer } from 'agents-wasm/testing';
import OpenAI from 'openai';
import { z } from 'zod';

import { checkedServer } from '../../support/checked-server.ts';

before(() => setTracingDisabled(true));

function runnerOf(server: OpenAIServer): Runner {
  const openAIClient = new OpenAI({ apiKey: 'sk-none', baseURL: 'http://local/v1', fetch: server.fetch });
  return new Runner({ modelProvider: new OpenAIProvider({ openAIClient, useResponses: true }) });
}

const weather = tool({
  name: 'get_weather',
  description: 'The weather in a city',
  parameters: z.object({ city: z.string(), unit: z.string().nullable() }),
  execute: ({ city }) => `Sunny in ${city}`,
});

const agent = new Agent({ name: 'assistant', instructions: 'Be brief.', tools: [weather] });
const question = 'What is the weather in Paris?';

test('the Agents SDK runs an agent with a tool', async () => {
  const server = checkedServer();
  const result = await runnerOf(server).run(agent, question);
  assert.equal(result.finalOutput, 'get_weather says: Sunny in Paris');
  assert.equal(server.requests.length, 2);
  assert.equal(server.requests[1]?.body.input.at(-1).type, 'function_call_output');
});

test('the Agents SDK streams a run with a tool', async () => {
  const result = await runnerOf(checkedServer()).run(agent, question, { stream: true });
  let text = '';
  for await (const chunk of result.toTextStream()) text += chunk;
  await result.completed;
  assert.equal(text, 'get_weather says: Sunny in Paris');
  assert.equal(result.finalOutput, text);
});

test('the Agents SDK goes on from a stored response', async () => {
  const runner = runnerOf(checkedServer());
  const first = await runner.run(agent, "Hello, I'm John");
  const second = await runner.run(agent, "What's my name?", { previousResponseId: first.lastResponseId! });
  assert.equal(second.finalOutput, 'Your name is John.');
});

test('the Agents SDK gets output of the type that it asks for', async () => {
  const outputType = z.object({ name: z.string(), age: z.number() });
  const clerk = new Agent({ name: 'clerk', outputType });
  const result = await runnerOf(checkedServer()).run(clerk, "I'm John and I am 42.");
  assert.deepEqual(result.finalOutput, { name: 'John', age: 42 });
});
