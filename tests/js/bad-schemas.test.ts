import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Agent, handoff, run, tool } from 'agents-wasm';

import { schemaOf } from '../support/everything.ts';
import { checkGoesOn, failureOf, onEachStore, SECRET, soon } from '../support/faulty-runs.ts';
import { hostileProxy, hostileThrows } from '../support/hostile-values.ts';
import { checkLeaks, localApi, tick } from '../support/local-api.ts';
import { badArgument } from '../support/refusals.ts';

checkLeaks();

const never = () => new Promise(() => {});
const calling = () => localApi([{ calls: [{ name: 'act', arguments: { a: 1 } }] }, 'done']);

const cycle: Record<string, unknown> = { type: 'object' };
cycle.properties = { cycle };

test('what is no JSON Schema is refused where it is given, by the name of its owner', async () => {
  const bad: unknown[] = [null, 5, 'object', [], () => ({}), cycle, { type: 1n }, { type: Symbol('x') }];
  bad.push({ properties: { a: Number.NaN } }, { toJSON: () => assert.fail('own reason') });
  for (const schema of bad) {
    const parameters = schema as object;
    await badArgument(() => tool({ name: 'act', parameters, execute: () => '' }), "parameters of the tool 'act'");
    const outputType = { type: 'json_schema', name: 'x', schema: parameters } as const;
    await badArgument(() => new Agent({ name: 'a', outputType }), "outputType of the agent 'a'");
    const to = () => handoff(new Agent({ name: 'b' }), { inputType: parameters, onHandoff: () => {} });
    await badArgument(to, "inputType of the handoff to 'b'");
  }
});

test('a schema of a library that cannot tell its JSON Schema, or fails to, is refused', async () => {
  const jsonSchemas: unknown[] = [undefined, {}, { input: 5 }, { input: () => assert.fail() }];
  for (const jsonSchema of jsonSchemas) {
    const standard = { version: 1, vendor: 'test', validate: (value: unknown) => ({ value }), jsonSchema };
    const make = () => tool({ name: 'act', parameters: { '~standard': standard }, execute: () => '' });
    await badArgument(make, "parameters of the tool 'act'");
  }
});

/** Validators that do what they must not, and what the model is told of it. */
const validators: [string, (value: unknown) => unknown][] = [
  ...hostileThrows.flatMap(([thrown], index): [string, () => unknown][] => [
    [
      `throws ${index}`,
      () => {
        throw thrown();
      },
    ],
    [`rejects ${index}`, () => Promise.reject(thrown())],
  ]),
  ['nothing', () => undefined],
  ['null', () => null],
  ['issues that are no list', () => ({ issues: 5 })],
  ['issues that are none', () => ({ issues: [null, 5] })],
  ['an issue without a message', () => ({ issues: [{}] })],
  ['paths of anything', () => ({ issues: [{ message: 'x', path: [Symbol('s'), { key: Symbol('k') }, 5] }] })],
  ['a path that is no list', () => ({ issues: [{ message: 'x', path: 5 }] })],
  ['a proxy', () => ({ issues: [hostileProxy()] })],
  ['no issue at all', () => ({ issues: [] })],
];

test("a tool's schema that does anything but check is a failure that the model is told of", async () => {
  await onEachStore(async (session, where) => {
    for (const [name, validate] of where === 'file' ? validators.slice(-9) : validators) {
      let calls = 0;
      const execute = () => void calls++;
      const act = tool({ name: 'act', parameters: schemaOf(validate), execute });
      const options = { session, conversationId: 'c', ...calling() };
      const { newItems, finalOutput } = await soon(run(new Agent({ name: 'a', tools: [act] }), SECRET, options));
      assert.equal(finalOutput, 'done', name);
      assert.match(newItems[1]?.rawItem.output as string, /^An error occurred while running the tool/, name);
      assert.equal(calls, 0, name);
      await checkGoesOn(session);
    }
  });
});

test("an output's schema that does anything but check fails the run, and a handler may still answer", async () => {
  await onEachStore(async (session, where) => {
    for (const [name, validate] of where === 'file' ? validators.slice(-9) : validators) {
      const agent = new Agent({ name: 'a', outputType: schemaOf(validate) });
      const options = () => ({ session, conversationId: 'c', ...localApi(['{"a":1}']) });
      const error = await failureOf(run(agent, SECRET, options()), 'invalid_final_output');
      assert.equal(error.name, 'ModelBehaviorError', name);
      await checkGoesOn(session);
      const errorHandlers = { invalidFinalOutput: () => ({ finalOutput: { instead: name } }) };
      const { finalOutput } = await run(agent, SECRET, { ...options(), errorHandlers });
      assert.deepEqual(finalOutput, { instead: name });
      await checkGoesOn(session);
    }
  });
});

test("a handoff's schema that does anything but check fails the run, and no agent is handed over to", async () => {
  await onEachStore(async (session, where) => {
    for (const [name, validate] of where === 'file' ? validators.slice(-9) : validators) {
      const onHandoff = () => assert.fail('It was handed over.');
      const to = handoff(new Agent({ name: 'b' }), { inputType: schemaOf(validate), onHandoff });
      const { runConfig } = localApi([{ calls: [{ name: 'transfer_to_b', arguments: {} }] }, 'never']);
      const agent = new Agent({ name: 'a', handoffs: [to] });
      const error = await failureOf(run(agent, SECRET, { session, conversationId: 'c', runConfig }), 'model_behavior');
      assert.ok(error.message.includes("'transfer_to_b'"), name);
      await checkGoesOn(session);
    }
  });
});

test('a schema that never answers is waited for until the run is stopped', async () => {
  await onEachStore(async (session) => {
    const inTool = new Agent({
      name: 'a',
      tools: [tool({ name: 'act', parameters: schemaOf(never), execute: () => '' })],
    });
    const inOutput = new Agent({ name: 'b', outputType: schemaOf(never) });
    const asked = tool({
      name: 'act',
      parameters: schemaOf(never),
      needsApproval: () => false,
      execute: () => '',
    });
    for (const [agent, api] of [
      [inTool, calling()],
      [inOutput, localApi(['{}'])],
      [new Agent({ name: 'c', tools: [asked] }), calling()],
    ] as const) {
      const controller = new AbortController();
      const options = { session, conversationId: 'c', signal: controller.signal, ...api };
      const working = run(agent as Agent, SECRET, options);
      while (api.server.requests.length === 0) await tick();
      await tick(5);
      controller.abort();
      await failureOf(working, 'aborted');
      await checkGoesOn(session);
    }
  });
});

test('no call passes by its approval because its schema failed when the approval was asked for', async () => {
  await onEachStore(async (session) => {
    let validations = 0;
    const parameters = schemaOf((value) => {
      if (++validations === 1) throw new Error('a moment');
      return { value };
    });
    const execute = () => assert.fail('It was made without an approval.');
    const act = tool({ name: 'act', parameters, needsApproval: () => true, execute });
    const options = { session, conversationId: 'c', ...calling() };
    const { message } = await failureOf(
      run(new Agent({ name: 'a', tools: [act] }), SECRET, options),
      'callback_failed',
    );
    assert.equal(message, "The schema of the tool 'act' failed: a moment");
    await checkGoesOn(session);
  });
});

test('an output that does not fit its form fails the run with words that quote nothing of it', async () => {
  const agent = new Agent({ name: 'a', outputType: { type: 'json_schema', name: 'x', schema: { type: 'object' } } });
  await onEachStore(async (session) => {
    for (const text of [SECRET, `{"said":"${SECRET}"`, `"${SECRET}`, '{}x', '\u0000', '']) {
      const options = { session, conversationId: 'c', ...localApi([text]) };
      await failureOf(run(agent, SECRET, options), 'invalid_final_output');
      await checkGoesOn(session);
    }
  });
});
