import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Agent, MemorySession, run, tool } from 'agents-wasm';

import { checkLeaks, KEY } from '../support/local-api.ts';
import { dataOf } from '../support/span-tree.ts';
import { traced } from '../support/traced-runs.ts';

checkLeaks();

test('without sensitive data a trace holds nothing that was said', async () => {
  await using session = new MemorySession();
  const secret = tool({ name: 'tell', execute: () => 'SECRET of the tool' });
  const bad = tool({
    name: 'bad',
    execute: () => {
      throw new Error('SECRET in an error');
    },
  });
  const one = new Agent({ name: 'A', instructions: 'SECRET instructions', tools: [secret, bad] });
  const calls = [
    { name: 'tell', arguments: { text: 'SECRET' } },
    { name: 'bad', arguments: { text: 'SECRET' } },
  ];
  const { memory, runConfig } = traced([{ calls }, 'SECRET answer', { failed: { message: 'SECRET' } }], {
    includeSensitiveData: false,
  });
  await run(one, 'SECRET question', { session, conversationId: 'c', runConfig });
  await assert.rejects(run(one, 'SECRET question', { session, conversationId: 'c', runConfig }));
  const text = JSON.stringify([...memory.traces, ...memory.spans, memory.spans.map(({ spanData }) => spanData)]);
  assert.doesNotMatch(text, /SECRET/);
  assert.match(text, /"error":\{"message":"model_failed","data":\{"code":"model_failed"\}\}/);
  assert.ok(dataOf(memory, 'generation').every(({ response_id }) => response_id !== ''));
});

test('a key never appears in a trace, not even where somebody throws it', async () => {
  const bad = tool({
    name: 'bad',
    execute: () => {
      throw new Error(`401 for Bearer ${KEY}`);
    },
  });
  const { memory, runConfig } = traced([{ calls: [{ name: 'bad' }] }, () => Promise.reject(new Error(KEY))]);
  await assert.rejects(run(new Agent({ name: 'A', tools: [bad] }), 'go', { runConfig }));
  const errors = JSON.stringify(memory.spans.map(({ error }) => error));
  assert.match(errors, /401 for Bearer …/);
  assert.doesNotMatch(errors, new RegExp(KEY));
  assert.doesNotMatch(JSON.stringify(memory.traces), new RegExp(KEY));
});
