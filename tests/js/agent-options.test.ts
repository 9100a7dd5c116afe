import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Agent, handoff, hostedTool, run, tool } from 'agents-wasm';

import { badArgument, refused, values } from '../support/refusals.ts';

const agent = new Agent({ name: 'a' });
const execute = () => '';

test('every option of an agent names itself when it is wrong', async () => {
  const make = (options: object) => () => new Agent({ name: 'a', ...options } as never);
  for (const [value, kind] of values) {
    if (value === undefined) continue;
    const isObject = kind.startsWith('an object');
    await badArgument(
      make({ handoffDescription: value }),
      "handoffDescription of the agent 'a' must be a string",
      kind,
    );
    if (!isObject) await badArgument(make({ hooks: value }), "hooks of the agent 'a' must be an object", kind);
    if (typeof value !== 'boolean') await badArgument(make({ resetToolChoice: value }), 'must be a boolean', kind);
    if (typeof value !== 'function') await badArgument(make({ toolUseBehavior: value }), 'stopAtToolNames', kind);
    await badArgument(make({ outputType: value }), "outputType of the agent 'a' must be", kind);
    if (Array.isArray(value)) continue;
    for (const list of ['handoffs', 'inputGuardrails', 'outputGuardrails']) {
      await badArgument(make({ [list]: value }), `${list} of the agent 'a' must be an array`, kind);
    }
  }
  await badArgument(make({ inputGuardrails: [{ name: 'g' }] }), 'inputGuardrails', '[0]', 'name and execute');
  await badArgument(make({ toolUseBehavior: { stopAtToolNames: [5] } }), 'toolUseBehavior');
  await badArgument(make({ outputType: { type: 'json_schema', schema: {} } }), 'name must be a string', 'undefined');
  await badArgument(make({ outputType: { type: 'json_schema', name: 'x', schema: 5 } }), 'a JSON Schema', 'a number');
});

test('every option of a tool names itself when it is wrong', async () => {
  const make = (options: object) => () => tool({ name: 't', execute, ...options } as never);
  for (const [value, kind] of values) {
    if (value === undefined) continue;
    const isFunction = typeof value === 'function';
    if (typeof value !== 'boolean') {
      await badArgument(make({ strict: value }), "strict of the tool 't' must be a boolean", kind);
      if (!isFunction) await badArgument(make({ isEnabled: value }), 'must be a boolean or a function', kind);
      if (!isFunction) await badArgument(make({ needsApproval: value }), 'must be a boolean or a function', kind);
    }
    if (!isFunction && value !== null) await badArgument(make({ errorFunction: value }), 'errorFunction', kind);
    if (!isFunction) await badArgument(make({ timeoutErrorFunction: value }), 'timeoutErrorFunction', kind);
    await badArgument(make({ timeoutBehavior: value }), "'error_as_result' or 'raise_exception'", kind);
    if (!Array.isArray(value)) await badArgument(make({ inputGuardrails: value }), 'inputGuardrails', kind);
  }
  await badArgument(make({ timeoutMs: 0 }), 'timeoutMs', '0');
  await badArgument(make({ outputGuardrails: [{ name: 'g', execute }] }), '[0]', 'name and run');
});

test('every option of a handoff names itself when it is wrong', async () => {
  const make = (options: unknown) => () => handoff(agent, options as never);
  await badArgument(() => handoff({} as never), 'agent must be an Agent', 'an object');
  await badArgument(make(5), "options of the handoff to 'a'", 'a number');
  await badArgument(make({ toolNameOverride: 'no spaces' }), "tool name of the handoff to 'a'");
  await badArgument(make({ onHandoff: 5 }), "onHandoff of the handoff to 'a' must be a function", 'a number');
  await badArgument(make({ inputFilter: 'x' }), 'inputFilter', 'a string');
  await badArgument(make({ isEnabled: 1 }), 'isEnabled', 'a number');
  await refused(make({ inputType: {} }), 'UserError', 'user_error', 'inputType', 'needs onHandoff');
});

test('every option of a run that is about its agents names itself when it is wrong', async () => {
  const start = (options: object) => () => run(agent, 'x', options);
  for (const place of [(options: object) => options, (options: object) => ({ runConfig: options })]) {
    await badArgument(start(place({ model: 5 })), 'model must be a string', 'a number');
    await badArgument(start(place({ modelSettings: [] })), 'modelSettings must be an object', 'an array');
    await badArgument(start(place({ modelSettings: { input: 1 } })), "must not hold 'input'");
    await badArgument(start(place({ inputGuardrails: {} })), 'inputGuardrails must be an array', 'an object');
    await badArgument(start(place({ outputGuardrails: [{}] })), 'outputGuardrails[0]', 'name and execute');
    await badArgument(start(place({ callModelInputFilter: 5 })), 'callModelInputFilter must be a function');
    await badArgument(start(place({ handoffInputFilter: 5 })), 'handoffInputFilter must be a function');
    await badArgument(start(place({ toolErrorFormatter: 5 })), 'toolErrorFormatter must be a function');
    await badArgument(start(place({ toolNotFoundBehavior: 'x' })), "'raise_error' or 'return_error_to_model'");
    await badArgument(start(place({ reasoningItemIdPolicy: true })), "'preserve' or 'omit'", 'a boolean');
    await badArgument(start(place({ hooks: 5 })), 'hooks must be an object', 'a number');
    const toolExecution = { maxFunctionToolConcurrency: 0 };
    await badArgument(start(place({ toolExecution })), 'toolExecution.maxFunctionToolConcurrency', '0');
  }
  await badArgument(start({ continueWith: 'me' }), "'starting-agent' or 'last-agent'");
  await badArgument(start({ errorHandlers: { maxTurns: 5 } }), 'errorHandlers.maxTurns must be a function', 'a number');
  await badArgument(start({ autoPreviousResponseId: 1 }), 'autoPreviousResponseId must be a boolean', 'a number');
});

test('a session and the memory of the API exclude each other', async () => {
  const session = { loadItems: () => [], saveItems: () => {} };
  const refusal = ['UserError', 'user_error', 'A session cannot be combined with previousResponseId'] as const;
  await refused(() => run(agent, 'x', { session, previousResponseId: 'resp_1' }), ...refusal);
  await refused(() => run(agent, 'x', { session, autoPreviousResponseId: true }), ...refusal);
});

test('handoffs lead to agents of different names, by tools of different names', async () => {
  const other = () => new Agent({ name: 'other' });
  const from = (handoffs: unknown[], tools: never[] = []) => new Agent({ name: 'a', tools, handoffs: handoffs as [] });
  const taken = [
    'UserError',
    'user_error',
    "The agent 'a' has two tools or handoffs named 'transfer_to_other'.",
  ] as const;
  await refused(() => run(from([other(), other()]), 'x'), ...taken);
  const act = tool({ name: 'transfer_to_other', execute });
  await refused(() => run(from([other()], [act] as never[]), 'x'), ...taken);
  const again = handoff(other(), { toolNameOverride: 'again' });
  await refused(() => run(from([other(), again]), 'x'), 'UserError', 'user_error', "two agents named 'other'");
  await badArgument(() => run(from([{}]), 'x'), "handoffs[0] of the agent 'a'", 'handoff()', 'an object');
});

test('a clone has what its original has, save what was changed, and lists of its own', () => {
  const act = tool({ name: 'act', execute });
  const original = new Agent({ name: 'a', instructions: 'Be kind.', tools: [act], handoffs: [agent] });
  const clone = original.clone({ name: 'b' });
  assert.deepEqual([clone.name, clone.instructions, clone.tools], ['b', 'Be kind.', [act]]);
  clone.handoffs.pop();
  assert.deepEqual(original.handoffs, [agent]);
});

test('a hosted tool is any definition of the API', async () => {
  const search = hostedTool({ type: 'web_search', search_context_size: 'low' });
  assert.equal(new Agent({ name: 'a', tools: [search] }).tools[0], search);
  await badArgument(() => hostedTool({} as never), "The definition's type must be a string", 'undefined');
  await badArgument(() => hostedTool({ type: 'x', extra: 1n }), 'BigInt');
});
