import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';

import { MemoryProcessor, type RunConfig, run, setTracing, withTrace } from 'agents-wasm';

import { loadCore } from '../../dist/instance.js';
import { checkLeaks, localApi } from '../support/local-api.ts';
import { dataOf } from '../support/span-tree.ts';
import { agent } from '../support/traced-runs.ts';

checkLeaks();
afterEach(() => setTracing({}));

test("a run's own tracing wins over what was set for all", async () => {
  const [all, own] = [new MemoryProcessor(), new MemoryProcessor()];
  setTracing({ processors: [all], includeSensitiveData: false });
  const { runConfig } = localApi(['1', '2', '3']);
  await run(agent, 'x', { runConfig });
  await run(agent, 'x', { runConfig: { ...runConfig, tracing: { processors: [own], includeSensitiveData: true } } });
  await run(agent, 'x', { runConfig: { ...runConfig, tracing: { disabled: true } } });
  assert.equal(all.traces.length, 1);
  assert.equal(dataOf(all, 'generation')[0]!.input, undefined);
  assert.equal(own.traces.length, 1);
  assert.ok(dataOf(own, 'generation')[0]!.input);
});

test('nothing is traced by default, or without processors: the core is not asked for spans', async () => {
  const core = await loadCore();
  const asked: unknown[] = [];
  const { settled } = core;
  core.settled = (operation, head, ...more) => {
    if (operation === 'run') asked.push((head as { tracing?: string }).tracing);
    return settled.call(core, operation, head, ...more);
  };
  try {
    const { runConfig } = localApi(['1', '2', '3', '4', '5']);
    await run(agent, 'x', { runConfig });
    await run(agent, 'x', { runConfig: { ...runConfig, tracing: { processors: [] } } });
    await run(agent, 'x', { runConfig: { ...runConfig, tracing: { disabled: true } } });
    await withTrace('w', (trace) => run(agent, 'x', { runConfig: { ...runConfig, tracing: { trace } } }));
    await run(agent, 'x', { runConfig: { ...runConfig, tracing: { processors: [new MemoryProcessor()] } } });
  } finally {
    core.settled = settled;
  }
  assert.deepEqual(asked, [undefined, undefined, undefined, undefined, 'sensitive']);
});

test('options of tracing that cannot work are refused', async () => {
  const { runConfig } = localApi([]);
  const refusals: [unknown, RegExp][] = [
    [{ processors: {} }, /^processors must be an array of tracing processors, but is an object\.$/],
    [{ processors: [null] }, /^processors\[0\] must be a tracing processor, but is null\.$/],
    [{ processors: [{}] }, /^processors\[0\]\.onTraceStart must be a function, but is undefined\.$/],
    [{ traceId: 'trace_1' }, /^traceId must be 'trace_' and 32 letters and digits\.$/],
    [{ includeSensitiveData: 1 }, /^includeSensitiveData must be a boolean, but is a number\.$/],
    [{ trace: {} }, /^trace must be the trace of a withTrace, but is an object\.$/],
    [null, /^tracing must be an object, but is null\.$/],
  ];
  for (const [tracing, message] of refusals) {
    const config = { ...runConfig, tracing: tracing as RunConfig['tracing'] } as RunConfig;
    await assert.rejects(async () => run(agent, 'x', { runConfig: config }), { code: 'invalid_argument', message });
  }
});
