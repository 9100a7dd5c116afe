import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  Agent,
  defineToolInputGuardrail,
  defineToolOutputGuardrail,
  ToolGuardrailFunctionOutputFactory as says,
  tool,
} from 'agents-wasm';

const agent = new Agent({ name: 'a' });
const details = (signal = new AbortController().signal) => {
  return { callId: 'c', signal, toolCall: { type: 'function_call', call_id: 'c' }, agent };
};
const call = async (options: object, args: unknown = {}) => {
  const made = tool({ name: 'act', execute: () => 'done', ...options });
  return made.invoke(args, { context: 'mine' }, details());
};
const fails = () => {
  throw new Error('It broke.');
};

test('an errorFunction words a failure for the model, and null makes it a failure of the run', async () => {
  assert.equal(await call({ execute: fails, errorFunction: (_: unknown, error: Error) => error.message }), 'It broke.');
  await assert.rejects(call({ execute: fails }), { message: 'It broke.' });
  await assert.rejects(call({ execute: fails, errorFunction: null }), (error: Error) => {
    assert.deepEqual([error.name, error.message], ['ToolCallError', "The tool 'act' failed: It broke."]);
    assert.equal((error.cause as Error).message, 'It broke.');
    return true;
  });
});

test('a tool that takes longer than its timeoutMs is told to stop, and the model that it did', async () => {
  let reason: unknown;
  const execute = (_: unknown, __: unknown, { signal }: { signal: AbortSignal }) =>
    new Promise((resolve) => {
      signal.addEventListener('abort', () => {
        reason = signal.reason;
        resolve('late');
      });
    });
  const late = "Tool 'act' timed out after 5ms.";
  assert.equal(await call({ execute, timeoutMs: 5 }), late);
  assert.equal((reason as Error).name, 'ToolTimeoutError');
  const timeoutErrorFunction = (_: unknown, { timeoutMs }: { timeoutMs: number }) => `Too slow: ${timeoutMs}`;
  assert.equal(await call({ execute, timeoutMs: 5, timeoutErrorFunction }), 'Too slow: 5');
  const raised = { name: 'ToolTimeoutError', code: 'tool_timeout', toolName: 'act', timeoutMs: 5, message: late };
  await assert.rejects(call({ execute, timeoutMs: 5, timeoutBehavior: 'raise_exception' }), raised);
  assert.equal(await call({ timeoutMs: 10_000 }), 'done');
});

test('a tool is told when its run is stopped, with a time limit too', async () => {
  const controller = new AbortController();
  const execute = (_: unknown, __: unknown, { signal }: { signal: AbortSignal }) => {
    const stopped = new Promise((resolve) => signal.addEventListener('abort', () => resolve('stopped')));
    controller.abort();
    return stopped;
  };
  const act = tool({ name: 'act', timeoutMs: 10_000, execute });
  assert.equal(await act.invoke({}, { context: 0 }, details(controller.signal)), 'stopped');
});

test('guardrails of a tool may let a call pass, answer it themselves, or fail the run', async () => {
  let calls = 0;
  const execute = () => `call ${++calls}`;
  const log: unknown[] = [];
  const before = defineToolInputGuardrail({
    name: 'before',
    run: async ({ context, agent: by, toolCall }) => {
      log.push(context.context, by.name, toolCall.call_id);
      return says.allow();
    },
  });
  const after = defineToolOutputGuardrail({ name: 'after', run: ({ output }) => says.rejectContent(`No ${output}.`) });
  assert.equal(await call({ execute, inputGuardrails: [before], outputGuardrails: [after] }), 'No call 1.');
  assert.deepEqual(log, ['mine', 'a', 'c']);

  const no = defineToolInputGuardrail({ name: 'no', run: () => says.rejectContent('Not now.') });
  assert.equal(await call({ execute, inputGuardrails: [no, before] }), 'Not now.');
  assert.equal(calls, 1);
  assert.equal(log.length, 3);

  const stop = { name: 'stop', run: () => says.throwException({ why: 'x' }) };
  const tripped = (name: string, type: string) => ({
    name,
    code: 'tool_guardrail_tripwire',
    result: { guardrail: { type, name: 'stop' }, output: says.throwException({ why: 'x' }) },
  });
  await assert.rejects(call({ inputGuardrails: [stop] }), tripped('ToolInputGuardrailTripwireTriggered', 'tool_input'));
  await assert.rejects(
    call({ outputGuardrails: [stop] }),
    tripped('ToolOutputGuardrailTripwireTriggered', 'tool_output'),
  );
});

test('text, images and files go to the model as what they are, anything else is left to JSON', async () => {
  const made = (output: unknown) => call({ execute: () => output });
  const bytes = new Uint8Array([1, 2, 255]);
  assert.equal(await made({ type: 'text', text: 'hi' }), 'hi');
  assert.deepEqual(await made({ type: 'image', image: 'https://x/y.png', detail: 'low' }), [
    { type: 'input_image', image_url: 'https://x/y.png', detail: 'low' },
  ]);
  assert.deepEqual(
    await made([
      { type: 'text', text: 'Look:' },
      { type: 'image', image: { data: bytes, mediaType: 'image/png' } },
      { type: 'image', image: { fileId: 'file_1' } },
      { type: 'file', file: { data: 'AQL/', mediaType: 'text/csv', filename: 'a.csv' } },
      { type: 'file', file: { url: 'https://x/y.pdf' }, filename: 'y.pdf' },
      { type: 'file', file: { id: 'file_2' } },
      { type: 'input_file', file_id: 'file_3' },
    ]),
    [
      { type: 'input_text', text: 'Look:' },
      { type: 'input_image', image_url: 'data:image/png;base64,AQL/', detail: undefined },
      { type: 'input_image', file_id: 'file_1', detail: undefined },
      { type: 'input_file', file_data: 'data:text/csv;base64,AQL/', filename: 'a.csv' },
      { type: 'input_file', file_url: 'https://x/y.pdf', filename: 'y.pdf' },
      { type: 'input_file', file_id: 'file_2', filename: undefined },
      { type: 'input_file', file_id: 'file_3' },
    ],
  );
  for (const output of [[], [{ type: 'text', text: 'a' }, 5], { type: 'image' }, { type: 'file', file: null }, null]) {
    assert.deepEqual(await made(output), output);
  }
});

test('a guardrail of a tool that says nothing of use is a failure', async () => {
  for (const said of [undefined, {}, { behavior: 'allow' }, { behavior: { type: 'no' } }]) {
    await assert.rejects(call({ inputGuardrails: [{ name: 'g', run: () => said }] }), {
      name: 'UserError',
      message: /^behavior\.type of the tool guardrail 'g' must be 'allow' or 'rejectContent' or 'throwException'/,
    });
  }
});
