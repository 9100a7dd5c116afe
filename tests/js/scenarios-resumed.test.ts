import { RunState } from 'agents-wasm';

import { agent, approveAll, CALL, DANGER, DID, interrupted } from '../support/approval-scenarios.ts';
import { checkLeaks } from '../support/local-api.ts';
import { scenario } from '../support/traces.ts';

checkLeaks();

scenario('input that is added while a call waits comes behind the output, and is stored once', {
  turns: [{ calls: [DANGER] }, 'ok'],
  play: async (world) => {
    const state = await interrupted(world);
    approveAll(state);
    state.addInput('late note');
    await world.run(agent, state);
  },
  perTurn: [
    'session.load() -> 0',
    'session.save([/user:do])',
    'model(input=[/user:do])',
    `session.save([${CALL}])`,
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

scenario('input that was added is stored once, also when the model then fails', {
  turns: [{ calls: [DANGER] }, { failed: { message: 'down' } }],
  play: async (world) => {
    const state = await interrupted(world);
    approveAll(state);
    state.addInput('late note');
    await world.run(agent, state);
  },
  perTurn: [
    'session.load() -> 0',
    'session.save([/user:do])',
    'model(input=[/user:do])',
    `session.save([${CALL}])`,
    'interruptions=danger',
    'session.load() -> 2',
    `session.save([${DID}])`,
    'session.save([/user:late note])',
    `model(input=[/user:do, ${CALL}, ${DID}, /user:late note])`,
    '!! ModelBehaviorError model_failed',
    `STORED [/user:do, ${CALL}, ${DID}, /user:late note]`,
  ],
  byRun: [
    'model(input=[/user:do])',
    'interruptions=danger',
    `model(input=[/user:do, ${CALL}, ${DID}, /user:late note])`,
    '!! ModelBehaviorError model_failed',
    'STORED []',
    `OPEN failed: [/user:do, ${CALL}, ${DID}, /user:late note]`,
  ],
});

// In the SDK the second time calls the tool again and stores its output twice.
scenario('a state that has gone on is refused the second time', {
  turns: [{ calls: [DANGER] }, 'done'],
  play: async (world) => {
    const state = await interrupted(world);
    approveAll(state);
    await world.run(agent, state);
    await world.run(agent, state);
  },
  perTurn: [
    'session.load() -> 0',
    'session.save([/user:do])',
    'model(input=[/user:do])',
    `session.save([${CALL}])`,
    'interruptions=danger',
    'session.load() -> 2',
    `session.save([${DID}])`,
    `model(input=[/user:do, ${CALL}, ${DID}])`,
    'session.save([message/assistant:done])',
    'final=done',
    '!! UserError user_error',
    `STORED [/user:do, ${CALL}, ${DID}, message/assistant:done]`,
  ],
  byRun: [
    'model(input=[/user:do])',
    'interruptions=danger',
    `model(input=[/user:do, ${CALL}, ${DID}])`,
    'final=done',
    '!! SessionError run_superseded',
    `STORED [/user:do, ${CALL}, ${DID}, message/assistant:done]`,
  ],
});

scenario('a state that was text meanwhile goes on as it would have', {
  turns: [{ calls: [DANGER] }, 'ok'],
  play: async (world) => {
    const state = await RunState.fromString(agent, (await interrupted(world)).toString());
    approveAll(state);
    await world.run(agent, state);
  },
  perTurn: [
    'session.load() -> 0',
    'session.save([/user:do])',
    'model(input=[/user:do])',
    `session.save([${CALL}])`,
    'interruptions=danger',
    'session.load() -> 2',
    `session.save([${DID}])`,
    `model(input=[/user:do, ${CALL}, ${DID}])`,
    'session.save([message/assistant:ok])',
    'final=ok',
    `STORED [/user:do, ${CALL}, ${DID}, message/assistant:ok]`,
  ],
});

// The SDK loses the call here, and stores an output without one.
scenario('output guardrails beside an approval lose neither call nor output', {
  turns: [{ calls: [DANGER] }, 'done'],
  play: async (world) => {
    const outputGuardrails = [{ name: 'g', execute: () => ({ tripwireTriggered: false }) }];
    const toolUseBehavior = { stopAtToolNames: ['other'] };
    const guarded = agent.clone({ outputGuardrails, toolUseBehavior });
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
    `session.save([${DID}])`,
    `model(input=[/user:do, ${CALL}, ${DID}])`,
    'session.save([message/assistant:done])',
    'final=done',
    `STORED [/user:do, ${CALL}, ${DID}, message/assistant:done]`,
  ],
});

scenario('each interruption of a run counts its turns on', {
  turns: [{ calls: [DANGER] }, { calls: [{ ...DANGER, callId: 'c2' }] }],
  play: async (world) => {
    const first = await world.run(agent, 'do', { maxTurns: 2 });
    approveAll(first!.state as RunState);
    const second = await world.run(agent, first!.state as RunState, { maxTurns: 2 });
    approveAll(second!.state as RunState);
    await world.run(agent, second!.state as RunState, { maxTurns: 2 });
  },
  perTurn: [
    'session.load() -> 0',
    'session.save([/user:do])',
    'model(input=[/user:do])',
    `session.save([${CALL}])`,
    'interruptions=danger',
    'session.load() -> 2',
    `session.save([${DID}])`,
    `model(input=[/user:do, ${CALL}, ${DID}])`,
    'session.save([function_call:danger({"x":"1"})#c2])',
    'interruptions=danger',
    'session.load() -> 4',
    'session.save([function_call_output:did 1#c2])',
    '!! MaxTurnsExceededError max_turns_exceeded',
    `STORED [/user:do, ${CALL}, ${DID}, function_call:danger({"x":"1"})#c2, function_call_output:did 1#c2]`,
  ],
  byRun: [
    'model(input=[/user:do])',
    'interruptions=danger',
    `model(input=[/user:do, ${CALL}, ${DID}])`,
    'interruptions=danger',
    '!! MaxTurnsExceededError max_turns_exceeded',
    'STORED []',
    `OPEN failed: [/user:do, ${CALL}, ${DID}, function_call:danger({"x":"1"})#c2, function_call_output:did 1#c2]`,
  ],
});
