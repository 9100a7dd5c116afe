import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Agent, type InputGuardrail, MemorySession, type OutputGuardrail, run, tool } from 'agents-wasm';
import { z } from 'zod';

import { checkLeaks, localApi } from '../support/local-api.ts';

checkLeaks();

const says = (tripwireTriggered: boolean, outputInfo?: unknown) => async () => ({ tripwireTriggered, outputInfo });

for (const runInParallel of [true, false]) {
  const how = runInParallel ? 'beside the model' : 'before the model';
  const options = (guardrail: Partial<InputGuardrail>) => ({
    name: 'g',
    runInParallel,
    execute: says(false),
    ...guardrail,
  });

  test(`an input guardrail ${how} that agrees is on the result`, async () => {
    const seen: unknown[] = [];
    const execute: InputGuardrail['execute'] = async ({ agent: by, input, context }) => {
      seen.push(by.name, input, context);
      return { tripwireTriggered: false, outputInfo: 'fine' };
    };
    const agent = new Agent({ name: 'a', inputGuardrails: [options({ execute })] });
    const result = await run(agent, 'hello', { ...localApi(['hi']), context: 'mine' });
    assert.deepEqual(seen, ['a', [{ role: 'user', content: 'hello' }], { context: 'mine' }]);
    assert.deepEqual(result.inputGuardrailResults, [
      { guardrail: { type: 'input', name: 'g' }, output: { tripwireTriggered: false, outputInfo: 'fine' } },
    ]);
  });

  test(`an input guardrail ${how} that does not agree stops the run`, async () => {
    await using session = new MemorySession();
    const { server, runConfig } = localApi(['hi']);
    const inputGuardrails = [options({ execute: says(true, { why: 'rude' }) })];
    const started = run(new Agent({ name: 'a' }), 'bad', { runConfig, session, conversationId: 'c', inputGuardrails });
    await assert.rejects(started, {
      name: 'InputGuardrailTripwireTriggered',
      code: 'input_guardrail_tripwire',
      message: "The input guardrail 'g' stopped the run.",
      result: {
        guardrail: { type: 'input', name: 'g' },
        output: { tripwireTriggered: true, outputInfo: { why: 'rude' } },
      },
    });
    if (!runInParallel) assert.equal(server.requests.length, 0);
    assert.deepEqual(await session.loadItems('c'), []);
  });

  test(`an input guardrail ${how} that fails, or says nothing, fails the run`, async () => {
    const fails = async () => {
      throw new Error('No idea.');
    };
    const started = (execute: InputGuardrail['execute']) =>
      run(new Agent({ name: 'a', inputGuardrails: [options({ execute })] }), 'x', localApi(['hi']));
    await assert.rejects(started(fails), {
      code: 'callback_failed',
      message: "The input guardrail 'g' failed: No idea.",
    });
    await assert.rejects(started((async () => {}) as never), {
      name: 'UserError',
      message: "tripwireTriggered of the input guardrail 'g' must be a boolean, but is undefined.",
    });
  });
}

test('input guardrails look at the first turn of the first agent, and at nothing else', async () => {
  let calls = 0;
  const inputGuardrails = [{ name: 'g', execute: async () => ({ tripwireTriggered: ++calls > 1 }) }];
  const next = new Agent({ name: 'next', inputGuardrails });
  const act = tool({ name: 'act', execute: () => '' });
  const first = new Agent({ name: 'first', inputGuardrails, handoffs: [next], tools: [act] });
  const turns = [{ calls: [{ name: 'act' }] }, { calls: [{ name: 'transfer_to_next' }] }, 'done'];
  await run(first, 'go', localApi(turns));
  assert.equal(calls, 1);
});

test('an output guardrail that does not agree stops the run, and the answer is not stored', async () => {
  await using session = new MemorySession();
  const outputGuardrails: OutputGuardrail[] = [
    { name: 'fine', execute: says(false) },
    { name: 'no secrets', execute: async ({ agentOutput }) => ({ tripwireTriggered: agentOutput === 'SECRET' }) },
  ];
  const agent = new Agent({ name: 'a', outputGuardrails });
  const { runConfig } = localApi(['SECRET', 'hello']);
  const options = { runConfig, session, conversationId: 'c' };
  await assert.rejects(run(agent, 'q', options), {
    name: 'OutputGuardrailTripwireTriggered',
    code: 'output_guardrail_tripwire',
    message: "The output guardrail 'no secrets' stopped the run.",
  });
  assert.deepEqual(await session.loadItems('c'), []);
  const { outputGuardrailResults } = await run(agent, 'q', options);
  assert.deepEqual(
    outputGuardrailResults.map(({ guardrail, agent: by, agentOutput }) => [guardrail.name, by, agentOutput]),
    [
      ['fine', agent, 'hello'],
      ['no secrets', agent, 'hello'],
    ],
  );
});

test('an output guardrail sees the value of an outputType', async () => {
  const outputType = z.object({ age: z.number() });
  const agent = new Agent({
    name: 'a',
    outputType,
    outputGuardrails: [
      { name: 'adult', execute: async ({ agentOutput: { age } }) => ({ tripwireTriggered: age < 18 }) },
    ],
  });
  assert.deepEqual((await run(agent, 'x', localApi(['{"age":18}']))).finalOutput, { age: 18 });
  await assert.rejects(run(agent, 'x', localApi(['{"age":17}'])), { code: 'output_guardrail_tripwire' });
});

test('a run that is guarded streams its events until it is stopped', async () => {
  const outputGuardrails = [{ name: 'g', execute: says(true) }];
  const streamed = await run(new Agent({ name: 'a' }), 'x', { ...localApi(['hi']), outputGuardrails, stream: true });
  let text = '';
  await assert.rejects(
    async () => {
      for await (const piece of streamed.toTextStream()) text += piece;
    },
    { code: 'output_guardrail_tripwire' },
  );
  assert.equal(text, 'hi');
  await assert.rejects(streamed.completed, { code: 'output_guardrail_tripwire' });
});
