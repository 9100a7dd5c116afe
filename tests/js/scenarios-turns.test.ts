import { Agent, tool } from 'agents-wasm';

import { checkLeaks } from '../support/local-api.ts';
import { scenario } from '../support/traces.ts';

checkLeaks();

const add = tool({ name: 'add', execute: ({ a, b }: { a: number; b: number }) => a + b });
const agent = new Agent({ name: 'A', tools: [add] });
const ADD = { name: 'add', callId: 'c1', arguments: { a: 1, b: 2 } };
const CALL = 'function_call:add({"a":1,"b":2})#c1';
const OUTPUT = 'function_call_output:3#c1';

scenario('an answer is stored behind the words that it answers', {
  turns: ['hi'],
  play: async (world) => void (await world.run(agent, 'hello')),
  perTurn: [
    'session.load() -> 0',
    'session.save([/user:hello])',
    'model(input=[/user:hello])',
    'session.save([message/assistant:hi])',
    'final=hi',
    'STORED [/user:hello, message/assistant:hi]',
  ],
});

scenario('the second run of a conversation is sent what the first one stored', {
  before: [
    { role: 'user', content: 'hello' },
    { type: 'message', role: 'assistant', content: 'hi' },
  ],
  turns: ['again'],
  play: async (world) => void (await world.run(agent, 'more')),
  perTurn: [
    'session.load() -> 2',
    'session.save([/user:more])',
    'model(input=[/user:hello, message/assistant:hi, /user:more])',
    'session.save([message/assistant:again])',
    'final=again',
    'STORED [/user:hello, message/assistant:hi, /user:more, message/assistant:again]',
  ],
});

scenario('a call and its output are stored together', {
  turns: [{ calls: [ADD] }, '3'],
  play: async (world) => void (await world.run(agent, '1+2')),
  perTurn: [
    'session.load() -> 0',
    'session.save([/user:1+2])',
    'model(input=[/user:1+2])',
    `session.save([${CALL}, ${OUTPUT}])`,
    `model(input=[/user:1+2, ${CALL}, ${OUTPUT}])`,
    'session.save([message/assistant:3])',
    'final=3',
    `STORED [/user:1+2, ${CALL}, ${OUTPUT}, message/assistant:3]`,
  ],
});

scenario('a message beside a call is stored before it, and the run goes on', {
  turns: [{ text: 'let me check', calls: [ADD] }, '3'],
  play: async (world) => void (await world.run(agent, 'q')),
  perTurn: [
    'session.load() -> 0',
    'session.save([/user:q])',
    'model(input=[/user:q])',
    `session.save([message/assistant:let me check, ${CALL}, ${OUTPUT}])`,
    `model(input=[/user:q, message/assistant:let me check, ${CALL}, ${OUTPUT}])`,
    'session.save([message/assistant:3])',
    'final=3',
    `STORED [/user:q, message/assistant:let me check, ${CALL}, ${OUTPUT}, message/assistant:3]`,
  ],
});

scenario('a tool whose output is the final one ends the run, with call and output stored', {
  turns: [{ calls: [ADD] }],
  play: async (world) => void (await world.run(agent.clone({ toolUseBehavior: 'stop_on_first_tool' }), 'q')),
  perTurn: [
    'session.load() -> 0',
    'session.save([/user:q])',
    'model(input=[/user:q])',
    `session.save([${CALL}, ${OUTPUT}])`,
    'final=3',
    `STORED [/user:q, ${CALL}, ${OUTPUT}]`,
  ],
});

scenario('a tool_choice holds until the agent has used a tool', {
  turns: [{ calls: [ADD] }, 'ok'],
  play: async (world) => void (await world.run(agent.clone({ modelSettings: { tool_choice: 'required' } }), 'q')),
  perTurn: [
    'session.load() -> 0',
    'session.save([/user:q])',
    'model(input=[/user:q], tool_choice=required)',
    `session.save([${CALL}, ${OUTPUT}])`,
    `model(input=[/user:q, ${CALL}, ${OUTPUT}])`,
    'session.save([message/assistant:ok])',
    'final=ok',
    `STORED [/user:q, ${CALL}, ${OUTPUT}, message/assistant:ok]`,
  ],
});

scenario('a tool_choice that is not to be reset holds for the whole run', {
  turns: [{ calls: [ADD] }, 'ok'],
  play: async (world) => {
    const modelSettings = { tool_choice: 'auto' };
    await world.run(agent.clone({ modelSettings, resetToolChoice: false }), 'q');
  },
  perTurn: [
    'session.load() -> 0',
    'session.save([/user:q])',
    'model(input=[/user:q], tool_choice=auto)',
    `session.save([${CALL}, ${OUTPUT}])`,
    `model(input=[/user:q, ${CALL}, ${OUTPUT}], tool_choice=auto)`,
    'session.save([message/assistant:ok])',
    'final=ok',
    `STORED [/user:q, ${CALL}, ${OUTPUT}, message/assistant:ok]`,
  ],
});
