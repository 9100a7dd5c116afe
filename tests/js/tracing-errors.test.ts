import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Agent, MemoryProcessor, run, tool } from 'agents-wasm';

import { answeredBy, checkLeaks } from '../support/local-api.ts';
import { dataOf, treeOf } from '../support/span-tree.ts';
import { agent, traced } from '../support/traced-runs.ts';

checkLeaks();

test('a failing tool is an error of its span, and the run goes on', async () => {
  const bad = tool({
    name: 'bad',
    execute: () => {
      throw new Error('The city is missing.');
    },
  });
  const { memory, runConfig } = traced([{ calls: [{ name: 'bad' }] }, 'sorry']);
  await run(new Agent({ name: 'A', tools: [bad] }), 'go', { runConfig });
  const [call] = memory.spans.filter(({ spanData }) => spanData.type === 'function');
  assert.deepEqual(call!.error, { message: 'Error running tool (non-fatal)', data: { error: 'The city is missing.' } });
  assert.ok(treeOf(memory).includes('      function bad !Error running tool (non-fatal)'));
  assert.equal(treeOf(memory).filter((line) => line.includes('!')).length, 1);
});

test('what fails a run is the error of all spans that were under way', async () => {
  const { memory, runConfig } = traced([{ failed: { message: 'No more.' } }]);
  const error = await run(agent, 'hi', { runConfig }).catch((error) => error);
  assert.deepEqual(treeOf(memory), [
    `task Agent workflow !${error.message}`,
    `  agent A !${error.message}`,
    `    turn 1 !${error.message}`,
    `      generation !${error.message}`,
  ]);
  assert.deepEqual(memory.spans[0]!.error?.data, { code: error.code });
});

test('a run that is cancelled ends all its spans, before its promise settles', async () => {
  const memory = new MemoryProcessor();
  const controller = new AbortController();
  const runConfig = answeredBy(() => new Promise(() => queueMicrotask(() => controller.abort())));
  const options = { signal: controller.signal, runConfig: { ...runConfig, tracing: { processors: [memory] } } };
  await assert.rejects(run(agent, 'hi', options), { code: 'aborted' });
  const stopped = 'The run was stopped.';
  assert.deepEqual(treeOf(memory), [
    `task Agent workflow !${stopped}`,
    `  agent A !${stopped}`,
    `    turn 1 !${stopped}`,
    `      generation !${stopped}`,
  ]);
});

test('a tool that was at work when its run was cancelled was aborted', async () => {
  const controller = new AbortController();
  const slow = tool({ name: 'slow', execute: () => new Promise(() => controller.abort()) });
  const { memory, runConfig } = traced([{ calls: [{ name: 'slow' }] }]);
  const one = new Agent({ name: 'A', tools: [slow] });
  await assert.rejects(run(one, 'hi', { signal: controller.signal, runConfig }));
  assert.equal(treeOf(memory).at(-1), '      function slow !aborted');
});

test('an error that a tool puts in words of its own is an error of its span', async () => {
  const bad = tool({
    name: 'bad',
    errorFunction: () => 'Try tomorrow.',
    execute: () => {
      throw new Error('The city is missing.');
    },
  });
  const fatal = tool({
    name: 'fatal',
    errorFunction: null,
    execute: () => {
      throw new Error('Stop.');
    },
  });
  const { memory, runConfig } = traced([{ calls: [{ name: 'bad' }] }, { calls: [{ name: 'fatal' }] }]);
  const one = new Agent({ name: 'A', tools: [bad, fatal] });
  await assert.rejects(run(one, 'go', { runConfig }), { code: 'tool_call_error' });
  const calls = memory.spans.filter(({ spanData }) => spanData.type === 'function').map(({ error }) => error);
  assert.deepEqual(calls, [
    { message: 'Error running tool (non-fatal)', data: { error: 'The city is missing.' } },
    { message: "The tool 'fatal' failed: Stop.", data: { code: 'tool_call_error' } },
  ]);
  assert.equal(dataOf(memory, 'function')[0]!.output, 'Try tomorrow.');
});
