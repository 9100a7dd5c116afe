import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Agent, MemoryProcessor, run, tool } from 'agents-wasm';

import { answeredBy, checkLeaks } from '../support/local-api.ts';
import { treeOf } from '../support/span-tree.ts';
import { traced } from '../support/traced-runs.ts';

checkLeaks();

test('guardrails are spans of their agent, with what they found', async () => {
  const guardrail = (name: string, tripwireTriggered: boolean, runInParallel = true) => ({
    name,
    runInParallel,
    execute: async () => ({ tripwireTriggered, outputInfo: 'SECRET' }),
  });
  const inputGuardrails = [guardrail('first', false, false), guardrail('beside', false)];
  const one = new Agent({ name: 'A', inputGuardrails, outputGuardrails: [guardrail('last', true)] });
  const { memory, runConfig } = traced(['hello'], { includeSensitiveData: false });
  await assert.rejects(run(one, 'hi', { runConfig }), { code: 'output_guardrail_tripwire' });
  assert.deepEqual(treeOf(memory), [
    'task Agent workflow !output_guardrail_tripwire',
    '  agent A !output_guardrail_tripwire',
    '    turn 1 !output_guardrail_tripwire',
    '      generation',
    '    guardrail first false',
    '    guardrail beside false',
    '    guardrail last true',
  ]);
  assert.doesNotMatch(JSON.stringify(memory.spans), /SECRET/);
});

test('an input guardrail that stops a run ends the answer that was under way beside it', async () => {
  const execute = async () => ({ tripwireTriggered: true });
  const one = new Agent({ name: 'A', inputGuardrails: [{ name: 'no', execute }] });
  const memory = new MemoryProcessor();
  const runConfig = { ...answeredBy(() => new Promise(() => {})), tracing: { processors: [memory] } };
  await assert.rejects(run(one, 'hi', { runConfig }), { code: 'input_guardrail_tripwire' });
  assert.ok(memory.spans.every(({ endedAt }) => endedAt !== null));
  assert.ok(treeOf(memory).includes('    guardrail no true'));
});

test("a tool's guardrails are spans of its call", async () => {
  const reject = { name: 'reject', run: () => ({ behavior: { type: 'rejectContent' as const, message: 'No.' } }) };
  const allow = { name: 'allow', run: () => ({ behavior: { type: 'allow' as const } }) };
  const guarded = tool({ name: 'act', execute: () => 'done', inputGuardrails: [allow], outputGuardrails: [reject] });
  const { memory, runConfig } = traced([{ calls: [{ name: 'act' }] }, 'ok']);
  await run(new Agent({ name: 'A', tools: [guarded] }), 'go', { runConfig });
  const tree = treeOf(memory);
  const at = tree.indexOf('      function act');
  assert.deepEqual(tree.slice(at, at + 3), [
    '      function act',
    '        guardrail allow false',
    '        guardrail reject true',
  ]);
});
