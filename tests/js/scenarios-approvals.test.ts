import { tool } from 'agents-wasm';

import { agent, approveAll, CALL, DANGER, DID, danger, interrupted } from '../support/approval-scenarios.ts';
import { checkLeaks } from '../support/local-api.ts';
import { scenario } from '../support/traces.ts';

checkLeaks();

const NOT_APPROVED = 'function_call_output:Tool execution was not approved.#c1';

scenario('a call is stored when it waits, and its output when it was approved', {
  turns: [{ calls: [DANGER] }, 'ok'],
  play: async (world) => {
    const state = await interrupted(world);
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

scenario('a run whose call waits is open, and its conversation is as before', {
  turns: [{ calls: [DANGER] }],
  play: async (world) => void (await interrupted(world)),
  perTurn: [
    'session.load() -> 0',
    'session.save([/user:do])',
    'model(input=[/user:do])',
    `session.save([${CALL}])`,
    'interruptions=danger',
    `STORED [/user:do, ${CALL}]`,
  ],
  byRun: [
    'model(input=[/user:do])',
    'interruptions=danger',
    'STORED []',
    `OPEN awaiting_approval: [/user:do, ${CALL}]`,
  ],
});

scenario('a call that is rejected is answered in words of ours', {
  turns: [{ calls: [DANGER] }, 'ok'],
  play: async (world) => {
    const state = await interrupted(world);
    for (const call of state.getInterruptions()) state.reject(call);
    await world.run(agent, state);
  },
  perTurn: [
    'session.load() -> 0',
    'session.save([/user:do])',
    'model(input=[/user:do])',
    `session.save([${CALL}])`,
    'interruptions=danger',
    'session.load() -> 2',
    `session.save([${NOT_APPROVED}])`,
    `model(input=[/user:do, ${CALL}, ${NOT_APPROVED}])`,
    'session.save([message/assistant:ok])',
    'final=ok',
    `STORED [/user:do, ${CALL}, ${NOT_APPROVED}, message/assistant:ok]`,
  ],
});

const add = tool({ name: 'add', execute: ({ a, b }: { a: number; b: number }) => a + b });
const able = agent.clone({ tools: [add, danger] });
const MIXED = `function_call:add({"a":1,"b":2})#c0, ${CALL}, function_call_output:3#c0`;

scenario('the tools beside a call that waits do their work, and their outputs are stored with the calls', {
  turns: [{ calls: [{ name: 'add', callId: 'c0', arguments: { a: 1, b: 2 } }, DANGER] }, 'ok'],
  play: async (world) => {
    const state = await interrupted(world, able);
    approveAll(state);
    await world.run(able, state);
  },
  perTurn: [
    'session.load() -> 0',
    'session.save([/user:do])',
    'model(input=[/user:do])',
    `session.save([${MIXED}])`,
    'interruptions=danger',
    'session.load() -> 4',
    `session.save([${DID}])`,
    `model(input=[/user:do, ${MIXED}, ${DID}])`,
    'session.save([message/assistant:ok])',
    'final=ok',
    `STORED [/user:do, ${MIXED}, ${DID}, message/assistant:ok]`,
  ],
});

const ABORTED = 'function_call_output:aborted#c1';

scenario('of a run that did not go on, the next one is sent no call without output', {
  turns: [{ calls: [DANGER] }, 'ok'],
  play: async (world) => {
    await interrupted(world);
    await world.run(agent, 'never mind');
  },
  perTurn: [
    'session.load() -> 0',
    'session.save([/user:do])',
    'model(input=[/user:do])',
    `session.save([${CALL}])`,
    'interruptions=danger',
    'session.load() -> 2',
    'session.save([/user:never mind])',
    'model(input=[/user:do, /user:never mind])',
    'session.save([message/assistant:ok])',
    'final=ok',
    `STORED [/user:do, ${CALL}, /user:never mind, message/assistant:ok]`,
  ],
  // The history is one that providers take: the call is in it, and answered.
  byRun: [
    'model(input=[/user:do])',
    'interruptions=danger',
    `model(input=[/user:do, ${CALL}, ${ABORTED}, /user:never mind])`,
    'final=ok',
    `STORED [/user:do, ${CALL}, ${ABORTED}, /user:never mind, message/assistant:ok]`,
  ],
});
