import { Agent, type RunStreamEvent, type StreamedRun, tool } from 'agents-wasm';

import { checkLeaks } from '../support/local-api.ts';
import { scenario } from '../support/traces.ts';

checkLeaks();

const add = tool({ name: 'add', execute: ({ a, b }: { a: number; b: number }) => a + b });
const agent = new Agent({ name: 'A', tools: [add] });
const ADD = { name: 'add', callId: 'c1', arguments: { a: 1, b: 2 } };
const CALL = 'function_call:add({"a":1,"b":2})#c1';
const OUTPUT = 'function_call_output:3#c1';

/** Stops the run at its first event of this kind. */
const stopAt = (kind: string, mode: 'immediate' | 'after_turn', times = 1) => {
  let isDone = false;
  return async (event: RunStreamEvent, streamed: StreamedRun) => {
    if (isDone || (event.type === 'run_item_stream_event' ? event.name : event.type) !== kind) return;
    isDone = true;
    for (let count = 0; count < times; count++) await streamed.cancel({ mode });
  };
};

const slow = tool({ name: 'add', execute: () => new Promise<never>(() => {}) });

scenario('a run that is stopped in a turn leaves the input, and nothing of the turn', {
  ways: [true],
  turns: [{ calls: [ADD] }],
  play: async (world) => {
    const stop = stopAt('tool_called', 'immediate');
    await world.run(new Agent({ name: 'A', tools: [slow] }), 'q', {}, stop);
  },
  perTurn: [
    'session.load() -> 0',
    'session.save([/user:q])',
    'model(input=[/user:q])',
    '!! AbortError aborted',
    'STORED [/user:q]',
  ],
  byRun: ['model(input=[/user:q])', '!! AbortError aborted', 'STORED []', `OPEN stopped: [/user:q, ${CALL}]`],
});

scenario('a run that is stopped after its turn has stored the turn', {
  ways: [true],
  turns: [{ calls: [ADD] }, 'never'],
  play: async (world) => void (await world.run(agent, 'q', {}, stopAt('tool_called', 'after_turn'))),
  perTurn: [
    'session.load() -> 0',
    'session.save([/user:q])',
    'model(input=[/user:q])',
    `session.save([${CALL}, ${OUTPUT}])`,
    '!! AbortError aborted',
    `STORED [/user:q, ${CALL}, ${OUTPUT}]`,
  ],
  byRun: [
    'model(input=[/user:q])',
    '!! AbortError aborted',
    'STORED []',
    `OPEN stopped: [/user:q, ${CALL}, ${OUTPUT}]`,
  ],
});

scenario('asking twice to stop after the turn is asking once', {
  ways: [true],
  turns: [{ calls: [ADD] }, 'never'],
  play: async (world) => void (await world.run(agent, 'q', {}, stopAt('tool_called', 'after_turn', 2))),
  perTurn: [
    'session.load() -> 0',
    'session.save([/user:q])',
    'model(input=[/user:q])',
    `session.save([${CALL}, ${OUTPUT}])`,
    '!! AbortError aborted',
    `STORED [/user:q, ${CALL}, ${OUTPUT}]`,
  ],
  byRun: [
    'model(input=[/user:q])',
    '!! AbortError aborted',
    'STORED []',
    `OPEN stopped: [/user:q, ${CALL}, ${OUTPUT}]`,
  ],
});

scenario('a turn that gives the final output is the end of a run that was to stop after it', {
  ways: [true],
  turns: ['ok'],
  play: async (world) => void (await world.run(agent, 'q', {}, stopAt('agent_updated_stream_event', 'after_turn'))),
  perTurn: [
    'session.load() -> 0',
    'session.save([/user:q])',
    'model(input=[/user:q])',
    'session.save([message/assistant:ok])',
    'final=ok',
    'STORED [/user:q, message/assistant:ok]',
  ],
});

scenario('a run that is stopped at its first event leaves the input turn by turn, and nothing as one piece', {
  ways: [true],
  turns: ['never'],
  play: async (world) => {
    await world.run(agent, 'q', {}, stopAt('agent_updated_stream_event', 'immediate'));
    // Whether the request had left is the matter of a moment.
    world.log.splice(0, world.log.length, ...world.log.filter((line) => !line.startsWith('model')));
  },
  perTurn: ['session.load() -> 0', 'session.save([/user:q])', '!! AbortError aborted', 'STORED [/user:q]'],
  byRun: ['!! AbortError aborted', 'STORED []', 'OPEN stopped: [/user:q]'],
});
