import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Agent, RunState, run, tool } from 'agents-wasm';

import { onEachStore, SECRET } from '../support/faulty-runs.ts';
import { checkLeaks } from '../support/local-api.ts';
import { functionCall, message, modelSays, response } from '../support/model-answers.ts';

checkLeaks();

test('an approval holds for its call only: a later call with the same id waits for its own', async () => {
  await onEachStore(async (session) => {
    const made: unknown[] = [];
    const act = tool({ name: 'act', strict: false, needsApproval: true, execute: (args) => void made.push(args) });
    const agent = new Agent({ name: 'a', tools: [act] });
    const asks = (file: string, id: string) => response([functionCall('c1', JSON.stringify({ file }), { id })]);
    const first = modelSays([asks('a', 'fc_1')]);
    const { state } = await run(agent, SECRET, { session, conversationId: 'c', runConfig: first.runConfig });
    for (const call of state.getInterruptions()) state.approve(call);
    const then = modelSays([asks('b', 'fc_2'), response([message('done')])]);
    const { interruptions } = await run(agent, state, { session, runConfig: then.runConfig });
    assert.deepEqual(made, [{ file: 'a' }]);
    assert.deepEqual(
      interruptions.map((call) => call.arguments),
      ['{"file":"b"}'],
    );
  });
});

test('a run state whose waiting call is of another kind than a function is refused or ends with a type', async () => {
  const act = tool({ name: 'act', needsApproval: true, execute: () => 'ok' });
  const agent = new Agent({ name: 'a', tools: [act] });
  const { runConfig } = modelSays([response([functionCall('c1')])]);
  const { state } = await run(agent, SECRET, { runConfig });
  const text = state.toString().replace('"type":"function_call"', '"type":"computer_call"');
  const forged = await RunState.fromString(agent, text);
  const again = modelSays([response([message('done')])]);
  const outcome = await run(agent, forged, { runConfig: again.runConfig }).then(
    ({ finalOutput }) => finalOutput,
    ({ code }) => code,
  );
  assert.notEqual(outcome, 'internal');
});
