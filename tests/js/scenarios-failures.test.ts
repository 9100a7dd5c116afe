import { Agent, type AgentOptions, type RunOptions, tool } from 'agents-wasm';

import { checkLeaks } from '../support/local-api.ts';
import { RecordingSession, scenario, type World } from '../support/traces.ts';

checkLeaks();

const add = tool({ name: 'add', execute: ({ a, b }: { a: number; b: number }) => a + b });
const agent = new Agent({ name: 'A', tools: [add] });
const ADD = { name: 'add', callId: 'c1', arguments: { a: 1, b: 2 } };
const CALL = 'function_call:add({"a":1,"b":2})#c1';
const OUTPUT = 'function_call_output:3#c1';
const DOWN = { failed: { message: 'net' } };
const say = (name: string) => ({ name, callId: 'c9', arguments: {} });

const plays =
  (input: string, changes: Partial<AgentOptions> = {}, options: RunOptions = {}) =>
  async (world: World) =>
    void (await world.run(agent.clone(changes), input, options));

scenario('a model that fails on the first turn leaves the input alone', {
  turns: [DOWN],
  play: plays('q'),
  perTurn: [
    'session.load() -> 0',
    'session.save([/user:q])',
    'model(input=[/user:q])',
    '!! ModelBehaviorError model_failed',
    'STORED [/user:q]',
  ],
  byRun: ['model(input=[/user:q])', '!! ModelBehaviorError model_failed', 'STORED []', 'OPEN failed: [/user:q]'],
});

scenario('a model that fails on a later turn leaves the turns before it', {
  turns: [{ calls: [ADD] }, DOWN],
  play: plays('q'),
  perTurn: [
    'session.load() -> 0',
    'session.save([/user:q])',
    'model(input=[/user:q])',
    `session.save([${CALL}, ${OUTPUT}])`,
    `model(input=[/user:q, ${CALL}, ${OUTPUT}])`,
    '!! ModelBehaviorError model_failed',
    `STORED [/user:q, ${CALL}, ${OUTPUT}]`,
  ],
  byRun: [
    'model(input=[/user:q])',
    `model(input=[/user:q, ${CALL}, ${OUTPUT}])`,
    '!! ModelBehaviorError model_failed',
    'STORED []',
    `OPEN failed: [/user:q, ${CALL}, ${OUTPUT}]`,
  ],
});

scenario('a run that is tried again doubles the words of the user only turn by turn', {
  turns: [DOWN, 'ok'],
  play: async (world) => {
    await world.run(agent, 'q');
    await world.run(agent, 'q');
  },
  perTurn: [
    'session.load() -> 0',
    'session.save([/user:q])',
    'model(input=[/user:q])',
    '!! ModelBehaviorError model_failed',
    'session.load() -> 1',
    'session.save([/user:q])',
    'model(input=[/user:q, /user:q])',
    'session.save([message/assistant:ok])',
    'final=ok',
    'STORED [/user:q, /user:q, message/assistant:ok]',
  ],
  byRun: [
    'model(input=[/user:q])',
    '!! ModelBehaviorError model_failed',
    'model(input=[/user:q])',
    'final=ok',
    'STORED [/user:q, message/assistant:ok]',
  ],
});

scenario('a run that has used all of its turns leaves those that are complete', {
  turns: [{ calls: [ADD] }],
  play: plays('q', {}, { maxTurns: 1 }),
  perTurn: [
    'session.load() -> 0',
    'session.save([/user:q])',
    'model(input=[/user:q])',
    `session.save([${CALL}, ${OUTPUT}])`,
    '!! MaxTurnsExceededError max_turns_exceeded',
    `STORED [/user:q, ${CALL}, ${OUTPUT}]`,
  ],
  byRun: [
    'model(input=[/user:q])',
    '!! MaxTurnsExceededError max_turns_exceeded',
    'STORED []',
    `OPEN failed: [/user:q, ${CALL}, ${OUTPUT}]`,
  ],
});

scenario('the maxTurns handler gives the final output, and the history has it', {
  turns: [{ calls: [ADD] }],
  play: plays('q', {}, { maxTurns: 1, errorHandlers: { maxTurns: () => ({ finalOutput: 'gave up' }) } }),
  perTurn: [
    'session.load() -> 0',
    'session.save([/user:q])',
    'model(input=[/user:q])',
    `session.save([${CALL}, ${OUTPUT}])`,
    'session.save([message/assistant:gave up])',
    'final=gave up',
    `STORED [/user:q, ${CALL}, ${OUTPUT}, message/assistant:gave up]`,
  ],
});

scenario('the maxTurns handler may keep its output out of the history', {
  turns: [{ calls: [ADD] }],
  play: plays(
    'q',
    {},
    { maxTurns: 1, errorHandlers: { maxTurns: () => ({ finalOutput: 'gave up', includeInHistory: false }) } },
  ),
  perTurn: [
    'session.load() -> 0',
    'session.save([/user:q])',
    'model(input=[/user:q])',
    `session.save([${CALL}, ${OUTPUT}])`,
    'final=gave up',
    `STORED [/user:q, ${CALL}, ${OUTPUT}]`,
  ],
});

scenario('a call of an unknown tool fails the run, and nothing of its turn is stored', {
  turns: [{ calls: [say('nope')] }],
  play: plays('do'),
  perTurn: [
    'session.load() -> 0',
    'session.save([/user:do])',
    'model(input=[/user:do])',
    '!! ModelBehaviorError model_behavior',
    'STORED [/user:do]',
  ],
  byRun: ['model(input=[/user:do])', '!! ModelBehaviorError model_behavior', 'STORED []', 'OPEN failed: [/user:do]'],
});

const NOPE = "function_call:nope({})#c9, function_call_output:Tool 'nope' not found.#c9";

scenario('the model is told of an unknown tool where the run says so', {
  turns: [{ calls: [say('nope')] }, 'ok'],
  play: plays('do', {}, { toolNotFoundBehavior: 'return_error_to_model' }),
  perTurn: [
    'session.load() -> 0',
    'session.save([/user:do])',
    'model(input=[/user:do])',
    `session.save([${NOPE}])`,
    `model(input=[/user:do, ${NOPE}])`,
    'session.save([message/assistant:ok])',
    'final=ok',
    `STORED [/user:do, ${NOPE}, message/assistant:ok]`,
  ],
});

const MIXED = `${CALL}, function_call:nope({})#c9, ${OUTPUT}, function_call_output:Tool 'nope' not found.#c9`;

scenario('the tools that the agent has work beside an unknown one', {
  turns: [{ calls: [ADD, say('nope')] }, 'ok'],
  play: plays('do', {}, { toolNotFoundBehavior: 'return_error_to_model' }),
  perTurn: [
    'session.load() -> 0',
    'session.save([/user:do])',
    'model(input=[/user:do])',
    `session.save([${MIXED}])`,
    `model(input=[/user:do, ${MIXED}])`,
    'session.save([message/assistant:ok])',
    'final=ok',
    `STORED [/user:do, ${MIXED}, message/assistant:ok]`,
  ],
});

const bad = tool({
  name: 'bad',
  execute: () => {
    throw new Error('oops');
  },
});
const OOPS =
  'function_call:bad({})#c9, ' +
  'function_call_output:An error occurred while running the tool. Please try again. Error: oops#c9';

scenario('a tool that throws is told to the model in the words of the SDK', {
  turns: [{ calls: [say('bad')] }, 'ok'],
  play: plays('x', { tools: [bad] }),
  perTurn: [
    'session.load() -> 0',
    'session.save([/user:x])',
    'model(input=[/user:x])',
    `session.save([${OOPS}])`,
    `model(input=[/user:x, ${OOPS}])`,
    'session.save([message/assistant:ok])',
    'final=ok',
    `STORED [/user:x, ${OOPS}, message/assistant:ok]`,
  ],
});

const schema = { type: 'object', properties: { x: { type: 'string' } }, required: ['x'], additionalProperties: false };
const outputType = { type: 'json_schema', name: 'x', schema } as never;

scenario('an answer that is not of the outputType fails the run, and is not stored', {
  turns: ['not json'],
  play: plays('q', { outputType }),
  perTurn: [
    'session.load() -> 0',
    'session.save([/user:q])',
    'model(input=[/user:q])',
    '!! ModelBehaviorError invalid_final_output',
    'STORED [/user:q]',
  ],
  byRun: [
    'model(input=[/user:q])',
    '!! ModelBehaviorError invalid_final_output',
    'STORED []',
    'OPEN failed: [/user:q]',
  ],
});

scenario('a session that cannot save an answer fails the run, with the input stored', {
  turns: ['hi'],
  play: async (world) => {
    if (world.session instanceof RecordingSession) world.session.failsAt = '[message/assistant:hi]';
    await world.run(agent, 'q');
  },
  perTurn: [
    'session.load() -> 0',
    'session.save([/user:q])',
    'model(input=[/user:q])',
    '!! UserError callback_failed',
    'STORED [/user:q]',
  ],
  byRun: ['model(input=[/user:q])', 'final=hi', 'STORED [/user:q, message/assistant:hi]'],
});

scenario('a session that cannot load fails the run, and nothing is stored', {
  turns: ['hi'],
  play: async (world) => {
    if (world.session instanceof RecordingSession) world.session.failsAt = 'load';
    await world.run(agent, 'q');
    if (world.session instanceof RecordingSession) world.session.failsAt = undefined;
  },
  perTurn: ['!! UserError callback_failed', 'STORED []'],
  byRun: ['model(input=[/user:q])', 'final=hi', 'STORED [/user:q, message/assistant:hi]'],
});
