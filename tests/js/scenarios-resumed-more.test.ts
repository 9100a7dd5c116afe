import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Agent, handoff, type RunState, removeAllTools, run, tool } from 'agents-wasm';

import { agent, approveAll, CALL, DANGER, DID, danger, interrupted } from '../support/approval-scenarios.ts';
import { checkLeaks, localApi } from '../support/local-api.ts';
import { scenario } from '../support/traces.ts';

checkLeaks();

const add = tool({ name: 'add', execute: () => 3 });
const call = (name: string, callId: string) => ({ name, callId, arguments: {} });
const WITHHELD = 'function_call_output:Output withheld by an output guardrail.#c1';
const TRIPPED = '!! OutputGuardrailTripwireTriggered output_guardrail_tripwire';

scenario('an output of an approved tool that was to be the final one and is rejected is withheld from the history', {
  turns: [{ calls: [DANGER] }],
  play: async (world) => {
    const outputGuardrails = [{ name: 'g', execute: () => ({ tripwireTriggered: true }) }];
    const guarded = agent.clone({ toolUseBehavior: 'stop_on_first_tool', outputGuardrails });
    const state = await interrupted(world, guarded);
    approveAll(state);
    await world.run(guarded, state);
  },
  perTurn: [
    'session.load() -> 0',
    'session.save([/user:do])',
    'model(input=[/user:do])',
    `session.save([${CALL}])`,
    'interruptions=danger',
    'session.load() -> 2',
    `session.save([${WITHHELD}])`,
    TRIPPED,
    `STORED [/user:do, ${CALL}, ${WITHHELD}]`,
  ],
  byRun: [
    'model(input=[/user:do])',
    'interruptions=danger',
    TRIPPED,
    'STORED []',
    `OPEN failed: [/user:do, ${CALL}, ${WITHHELD}]`,
  ],
});

scenario('input that was added waits with a call that nobody decided on', {
  turns: [{ calls: [DANGER] }, 'ok'],
  play: async (world) => {
    const state = await interrupted(world);
    state.addInput('late note');
    const again = (await world.run(agent, state))!.state as RunState;
    approveAll(again);
    await world.run(agent, again);
  },
  perTurn: [
    'session.load() -> 0',
    'session.save([/user:do])',
    'model(input=[/user:do])',
    `session.save([${CALL}])`,
    'interruptions=danger',
    'session.load() -> 2',
    'interruptions=danger',
    'session.load() -> 2',
    `session.save([${DID}])`,
    'session.save([/user:late note])',
    `model(input=[/user:do, ${CALL}, ${DID}, /user:late note])`,
    'session.save([message/assistant:ok])',
    'final=ok',
    `STORED [/user:do, ${CALL}, ${DID}, /user:late note, message/assistant:ok]`,
  ],
});

test('a tool whose output would end the run does not, when the user has said more meanwhile', async () => {
  const { runConfig } = localApi([{ calls: [DANGER] }, 'About your note: yes.']);
  const eager = agent.clone({ toolUseBehavior: 'stop_on_first_tool' });
  const { state } = await run(eager, 'do', { runConfig });
  approveAll(state);
  state.addInput('late note');
  const { finalOutput } = await run(eager, state, { runConfig });
  assert.equal(finalOutput, 'About your note: yes.');
});

const b = new Agent({ name: 'B', tools: [danger] });
const HANDOFF = 'function_call:transfer_to_b({})#h1, function_call_output:{"assistant":"B"}#h1';
const ADDED = 'function_call:add({})#k, function_call_output:3#k';

scenario('what an inputFilter removed stays removed when an interrupted run goes on', {
  turns: [{ calls: [call('add', 'k')] }, { calls: [call('transfer_to_b', 'h1')] }, { calls: [DANGER] }, 'ok'],
  play: async (world) => {
    const first = new Agent({ name: 'A', tools: [add], handoffs: [handoff(b, { inputFilter: removeAllTools })] });
    const state = await interrupted(world, first);
    approveAll(state);
    await world.run(first, state);
  },
  perTurn: [
    'session.load() -> 0',
    'session.save([/user:do])',
    'model(input=[/user:do])',
    `session.save([${ADDED}])`,
    `model(input=[/user:do, ${ADDED}])`,
    `session.save([${HANDOFF}])`,
    'model(input=[/user:do])',
    `session.save([${CALL}])`,
    'interruptions=danger',
    'session.load() -> 6',
    `session.save([${DID}])`,
    `model(input=[/user:do, ${CALL}, ${DID}])`,
    'session.save([message/assistant:ok])',
    'final=ok',
    `STORED [/user:do, ${ADDED}, ${HANDOFF}, ${CALL}, ${DID}, message/assistant:ok]`,
  ],
});

scenario('a run that goes on is sent its own items, whatever the limit', {
  before: [
    { role: 'user', content: 'h0' },
    { role: 'assistant', content: 'a0' },
  ],
  turns: [{ calls: [DANGER] }, 'ok'],
  play: async (world) => {
    const options = { sessionSettings: { maxItems: 1 } };
    const state = await interrupted(world, agent, options);
    approveAll(state);
    await world.run(agent, state, options);
    world.log.splice(0, world.log.length, ...world.log.filter((line) => line.startsWith('model')));
  },
  perTurn: [
    'model(input=[/assistant:a0, /user:do])',
    `model(input=[/user:do, ${CALL}, ${DID}])`,
    `STORED [/user:h0, /assistant:a0, /user:do, ${CALL}, ${DID}, message/assistant:ok]`,
  ],
  byRun: [
    'model(input=[/assistant:a0, /user:do])',
    `model(input=[/assistant:a0, /user:do, ${CALL}, ${DID}])`,
    `STORED [/user:h0, /assistant:a0, /user:do, ${CALL}, ${DID}, message/assistant:ok]`,
  ],
});

scenario('input guardrails look at input that was added, which stays in the state when one rejects it', {
  turns: [{ calls: [DANGER] }, 'ok'],
  play: async (world) => {
    const inputGuardrails = [
      {
        name: 'g',
        runInParallel: false,
        execute: ({ input }: { input: object[] }) => ({ tripwireTriggered: JSON.stringify(input).includes('bad') }),
      },
    ];
    const state = await interrupted(world, agent.clone({ inputGuardrails }));
    approveAll(state);
    state.addInput('bad');
    await world.run(agent.clone({ inputGuardrails }), state);
    world.log.splice(0, world.log.length, ...world.log.filter((line) => !line.startsWith('session')));
    world.log.push(String(state.pendingInput.length));
  },
  perTurn: [
    'model(input=[/user:do])',
    'interruptions=danger',
    '!! InputGuardrailTripwireTriggered input_guardrail_tripwire',
    '1',
    `STORED [/user:do, ${CALL}, ${DID}]`,
  ],
  byRun: [
    'model(input=[/user:do])',
    'interruptions=danger',
    '!! InputGuardrailTripwireTriggered input_guardrail_tripwire',
    '1',
    'STORED []',
    `OPEN failed: [/user:do, ${CALL}, ${DID}]`,
  ],
});

scenario('reasoning that led to nothing is not sent again, and stays stored', {
  turns: [{ reasoning: 'hm' }, 'ok'],
  play: async (world) => {
    await world.run(agent, 'q');
    await world.run(agent, 'again');
  },
  perTurn: [
    'session.load() -> 0',
    'session.save([/user:q])',
    'model(input=[/user:q])',
    'session.save([reasoning])',
    'final=',
    'session.load() -> 2',
    'session.save([/user:again])',
    'model(input=[/user:q, /user:again])',
    'session.save([message/assistant:ok])',
    'final=ok',
    'STORED [/user:q, reasoning, /user:again, message/assistant:ok]',
  ],
});

const trips = [{ name: 'g', execute: () => ({ tripwireTriggered: true }) }];

scenario('what an error handler gives is shown to output guardrails too', {
  turns: [{ calls: [call('add', 'k')] }],
  play: async (world) => {
    const errorHandlers = { maxTurns: () => ({ finalOutput: 'gave up' }) };
    await world.run(new Agent({ name: 'A', tools: [add], outputGuardrails: trips }), 'q', {
      maxTurns: 1,
      errorHandlers,
    });
  },
  perTurn: [
    'session.load() -> 0',
    'session.save([/user:q])',
    'model(input=[/user:q])',
    `session.save([${ADDED}])`,
    TRIPPED,
    `STORED [/user:q, ${ADDED}]`,
  ],
  byRun: ['model(input=[/user:q])', TRIPPED, 'STORED []', `OPEN failed: [/user:q, ${ADDED}]`],
});
