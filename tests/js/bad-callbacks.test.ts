import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';

import { Agent, AgentsError, handoff, hostedTool, RunState, run, tool } from 'agents-wasm';
import type { Turn } from 'agents-wasm/testing';
import fc from 'fast-check';

import { checkLeaks, localApi } from '../support/local-api.ts';

checkLeaks();

const act = tool({ name: 'act', execute: () => 'acted' });
const next = new Agent({ name: 'next' });
const start = (options: object, turns: Turn[] = ['ok'], more: object = {}) =>
  run(new Agent({ name: 'a', tools: [act], ...options }), 'x', { ...localApi(turns), ...more });
const calling: Turn[] = [{ calls: [{ name: 'act' }] }, 'ok'];
const handing: Turn[] = [{ calls: [{ name: 'transfer_to_next' }] }, 'ok'];
const toolOf = (options: object) => ({ tools: [tool({ name: 'act', execute: () => 'acted', ...options })] });

/** Where a caller's function may give, or be, anything. */
const places: ((value: never) => unknown)[] = [
  (value) => start({ instructions: () => value }),
  (value) => start({ inputGuardrails: [{ name: 'g', execute: () => value }] }),
  (value) => start({ outputGuardrails: [{ name: 'g', execute: () => value }] }),
  (value) => start({ toolUseBehavior: () => value }, calling),
  (value) => start({ handoffs: [handoff(next, { inputFilter: () => value })] }, handing),
  (value) => start({ handoffs: [handoff(next, { isEnabled: () => value })] }),
  (value) => start({ handoffs: [value] }),
  (value) => start({ outputType: value }),
  (value) => start({ hooks: { onAgentStart: value } }),
  (value) => start({}, ['ok'], { callModelInputFilter: () => value }),
  (value) => start({}, calling, { maxTurns: 1, errorHandlers: { default: () => value } }),
  (value) => start({}, calling, { maxTurns: 1, errorHandlers: { default: () => ({ finalOutput: value }) } }),
  (value) =>
    start({}, [{ calls: [{ name: 'fly' }] }, 'ok'], {
      toolNotFoundBehavior: 'return_error_to_model',
      toolErrorFormatter: () => value,
    }),
  (value) => start(toolOf({ execute: () => value }), calling),
  (value) => start(toolOf({ needsApproval: () => value }), calling),
  (value) => start(toolOf({ isEnabled: () => value })),
  (value) => start(toolOf({ inputGuardrails: [{ name: 'g', run: () => value }] }), calling),
  (value) => start(toolOf({ outputGuardrails: [{ name: 'g', run: () => ({ behavior: value }) }] }), calling),
  (value) => start(toolOf({ errorFunction: () => value, execute: () => assert.fail() }), calling),
  (value) => start({ tools: [hostedTool(value)] }),
  (value) => RunState.fromString(next, value),
  (value) => run(next, 'x', { ...localApi(['ok']), hooks: value }),
];

test('whatever a function of the caller gives, a run ends well or with a typed error', async () => {
  const anything = fc.anything({ withBigInt: true, withNullPrototype: true, withSparseArray: true, withMap: true });
  await fc.assert(
    fc.asyncProperty(anything, fc.nat(places.length - 1), async (value, place) => {
      try {
        await places[place]!(value as never);
      } catch (error) {
        assert.ok(error instanceof AgentsError, inspect(error));
        assert.notEqual(error.code, 'internal', inspect(error));
      }
    }),
    { numRuns: 600 },
  );
});
