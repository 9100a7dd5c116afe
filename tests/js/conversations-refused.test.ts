import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Agent, handoff, OpenAIChatCompletionsModel, type RunOptions, run, setDefaultOpenAI } from 'agents-wasm';
import { scriptedModel } from 'agents-wasm/testing';

import { checkLeaks } from '../support/local-api.ts';
import { onServer } from '../support/server-conversations.ts';

checkLeaks();

const plain = new Agent({ name: 'plain' });
const guardrail = { name: 'g', execute: async () => ({ tripwireTriggered: false, outputInfo: {} }) };

/** It is refused by this name before anything is asked of the server. */
async function refused(name: string | RegExp, options: RunOptions, agent: Agent = plain): Promise<void> {
  await using place = onServer();
  const { session } = place;
  const message =
    typeof name === 'string' ? new RegExp(`^${name.replace(/[.:()]/g, '\\$&')} cannot be combined`) : name;
  await assert.rejects(run(agent, 'q', { session, conversationId: 'c', ...options }), {
    name: 'UserError',
    code: 'user_error',
    message,
  });
  assert.deepEqual(place.requests(), []);
  assert.deepEqual(await session.openRuns('c'), []);
}

test('a sessionInputCallback is refused', () =>
  refused('sessionInputCallback', { sessionInputCallback: (history, input) => [...history, ...input] }));

test('a callModelInputFilter is refused', async () => {
  const callModelInputFilter: RunOptions['callModelInputFilter'] = ({ modelData }) => modelData;
  await refused('callModelInputFilter', { callModelInputFilter });
  await refused('callModelInputFilter', { runConfig: { callModelInputFilter } });
});

test('input filters of handoffs are refused, those of any agent and those of the run', async () => {
  const inputFilter: RunOptions['handoffInputFilter'] = (data) => data;
  const filtered = new Agent({ name: 'a', handoffs: [handoff(plain, { inputFilter })] });
  const behind = new Agent({ name: 'b', handoffs: [filtered] });
  await refused("The inputFilter of a handoff of the agent 'a'", {}, behind);
  await refused('handoffInputFilter', { handoffInputFilter: inputFilter }, new Agent({ name: 'c', handoffs: [plain] }));
});

test('output guardrails are refused: the server has the answer before they see it', async () => {
  await refused('outputGuardrails', { outputGuardrails: [guardrail] });
  const guarded = new Agent({ name: 'a', outputGuardrails: [guardrail] });
  await refused("outputGuardrails of the agent 'a'", {}, guarded);
});

test('keepPartial is refused', () => refused('keepPartial', { keepPartial: true }));

test('persistence by turn is refused', () =>
  refused("persistence: 'per-turn'", { runConfig: { persistence: 'per-turn' } }));

test("limits of the history and compaction are refused, the session's own too", async () => {
  await refused('sessionSettings.maxItems', { sessionSettings: { maxItems: 10 } });
  await refused('sessionSettings.compactionEnabled', { sessionSettings: { compactionEnabled: true } });
  await refused('sessionSettings.compactionThreshold', { sessionSettings: { compactionThreshold: 10 } });
  await using place = onServer([], { sessionSettings: { maxItems: 5 } });
  const failure = run(plain, 'q', { session: place.session, conversationId: 'c' });
  await assert.rejects(failure, { message: /^sessionSettings\.maxItems cannot/ });
});

test('models that are no names of the Responses API are refused', async () => {
  const model = new OpenAIChatCompletionsModel({ model: 'm' });
  await refused(/^The model of the agent 'plain', .* OpenAIChatCompletionsModel, cannot/, { model });
  await refused(/^The model of the agent 'a', .* cannot/, {}, new Agent({ name: 'a', model: scriptedModel([]) }));
  setDefaultOpenAI({ api: 'chat_completions' });
  await refused(/^The model of the agent 'plain'/, {}).finally(() => setDefaultOpenAI({}));
});

test('responses that the server does not keep are refused', () =>
  refused('modelSettings.store: false', { modelSettings: { store: false } }));

test('previousResponseId is refused, as with every session', () =>
  refused(/^A session cannot be combined with previousResponseId/, { previousResponseId: 'resp_1' }));
