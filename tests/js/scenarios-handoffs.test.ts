import { Agent, handoff, removeAllTools, tool } from 'agents-wasm';

import { checkLeaks } from '../support/local-api.ts';
import { scenario } from '../support/traces.ts';

checkLeaks();

const add = tool({ name: 'add', execute: ({ a, b }: { a: number; b: number }) => a + b });
const b = new Agent({ name: 'B' });
const c = new Agent({ name: 'C' });
const call = (name: string, callId: string) => ({ name, callId, arguments: {} });
const TO_B = 'function_call:transfer_to_b({})#h1';
const AT_B = 'function_call_output:{"assistant":"B"}#h1';

scenario('a handoff and its output are stored together, and the next agent is sent all that was said', {
  turns: [{ calls: [call('transfer_to_b', 'h1')] }, 'done by B'],
  play: async (world) => void (await world.run(new Agent({ name: 'A', handoffs: [b] }), 'go')),
  perTurn: [
    'session.load() -> 0',
    'session.save([/user:go])',
    'model(input=[/user:go])',
    `session.save([${TO_B}, ${AT_B}])`,
    `model(input=[/user:go, ${TO_B}, ${AT_B}])`,
    'session.save([message/assistant:done by B])',
    'final=done by B',
    `STORED [/user:go, ${TO_B}, ${AT_B}, message/assistant:done by B]`,
  ],
});

const TO_C = 'function_call:transfer_to_c({})#h2';
const IGNORED = 'function_call_output:Multiple handoffs detected, ignoring this one.#h2';

scenario('of several handoffs the first is taken, and the output of the other comes before its own', {
  turns: [{ calls: [call('transfer_to_b', 'h1'), call('transfer_to_c', 'h2')] }, 'by B'],
  play: async (world) => void (await world.run(new Agent({ name: 'A', handoffs: [b, c] }), 'go')),
  perTurn: [
    'session.load() -> 0',
    'session.save([/user:go])',
    'model(input=[/user:go])',
    `session.save([${TO_B}, ${TO_C}, ${IGNORED}, ${AT_B}])`,
    `model(input=[/user:go, ${TO_B}, ${TO_C}, ${IGNORED}, ${AT_B}])`,
    'session.save([message/assistant:by B])',
    'final=by B',
    `STORED [/user:go, ${TO_B}, ${TO_C}, ${IGNORED}, ${AT_B}, message/assistant:by B]`,
  ],
});

const CALL = 'function_call:add({"a":1,"b":2})#c1';
const OUTPUT = 'function_call_output:3#c1';

// The SDK stores no handoff whose filter removes tools; here what is stored does not depend on what is sent.
scenario('what an inputFilter removes is not sent to the next agent, and stays stored', {
  turns: [
    { calls: [{ name: 'add', callId: 'c1', arguments: { a: 1, b: 2 } }] },
    { calls: [call('transfer_to_b', 'h1')] },
    'by B',
  ],
  play: async (world) => {
    const handoffs = [handoff(b, { inputFilter: removeAllTools })];
    await world.run(new Agent({ name: 'A', tools: [add], handoffs }), 'go');
  },
  perTurn: [
    'session.load() -> 0',
    'session.save([/user:go])',
    'model(input=[/user:go])',
    `session.save([${CALL}, ${OUTPUT}])`,
    `model(input=[/user:go, ${CALL}, ${OUTPUT}])`,
    `session.save([${TO_B}, ${AT_B}])`,
    'model(input=[/user:go])',
    'session.save([message/assistant:by B])',
    'final=by B',
    `STORED [/user:go, ${CALL}, ${OUTPUT}, ${TO_B}, ${AT_B}, message/assistant:by B]`,
  ],
});

const NESTED = [
  '/assistant:For context, here is the conversation so far between the user and the previous agent:',
  '<CONVERSATION HISTORY>',
  '1. user: h0',
  '2. assistant: a0',
  '3. user: go',
  '4. {"type":"function_call","call_id":"h1","arguments":"{}","name":"transfer_to_b"}',
  '5. {"type":"function_call_output","call_id":"h1","output":"{\\"assistant\\":\\"B\\"}"}',
  '</CONVERSATION HISTORY>',
].join('\n');

scenario('with nestHistory the next agent is told the conversation in one message, and all of it stays stored', {
  before: [
    { role: 'user', content: 'h0' },
    { role: 'assistant', content: 'a0' },
  ],
  turns: [{ calls: [call('transfer_to_b', 'h1')] }, 'by B'],
  play: async (world) => {
    await world.run(new Agent({ name: 'A', handoffs: [handoff(b, { nestHistory: true })] }), 'go');
    world.log.splice(0, world.log.length, ...world.log.map(withoutIds));
  },
  perTurn: [
    'session.load() -> 2',
    'session.save([/user:go])',
    'model(input=[/user:h0, /assistant:a0, /user:go])',
    `session.save([${TO_B}, ${AT_B}])`,
    `model(input=[${NESTED}])`,
    'session.save([message/assistant:by B])',
    'final=by B',
    `STORED [/user:h0, /assistant:a0, /user:go, ${TO_B}, ${AT_B}, message/assistant:by B]`,
  ],
});

/** What a message tells of a call, without the ids and the status that the server gives. */
function withoutIds(line: string): string {
  return line.replace(/^(\d+\. )(\{.*\})$/gm, (_, place: string, text: string) => {
    const { id: _id, status: _status, ...item } = JSON.parse(text);
    const { type, call_id, ...others } = item;
    return place + JSON.stringify({ type, call_id, ...others });
  });
}

scenario('a conversation goes on with the agent that spoke last, if the run says so', {
  turns: [{ calls: [call('transfer_to_b', 'h1')] }, 'by B', 'B again', 'A again'],
  play: async (world) => {
    const agent = new Agent({ name: 'A', handoffs: [b] });
    await world.run(agent, 'go');
    const goesOn = await world.run(agent, 'more', { continueWith: 'last-agent' });
    const begins = await world.run(agent, 'anew');
    world.log.push(`${goesOn?.lastAgent.name}, ${begins?.lastAgent.name}`);
  },
  // A session of the program's own gives items without saying who made them.
  perTurn: [
    'session.load() -> 0',
    'session.save([/user:go])',
    'model(input=[/user:go])',
    `session.save([${TO_B}, ${AT_B}])`,
    `model(input=[/user:go, ${TO_B}, ${AT_B}])`,
    'session.save([message/assistant:by B])',
    'final=by B',
    'session.load() -> 4',
    'session.save([/user:more])',
    `model(input=[/user:go, ${TO_B}, ${AT_B}, message/assistant:by B, /user:more])`,
    'session.save([message/assistant:B again])',
    'final=B again',
    'session.load() -> 6',
    'session.save([/user:anew])',
    `model(input=[/user:go, ${TO_B}, ${AT_B}, message/assistant:by B, /user:more, message/assistant:B again, /user:anew])`,
    'session.save([message/assistant:A again])',
    'final=A again',
    'A, A',
    `STORED [/user:go, ${TO_B}, ${AT_B}, message/assistant:by B, /user:more, message/assistant:B again, /user:anew, message/assistant:A again]`,
  ],
  byRun: [
    'model(input=[/user:go])',
    `model(input=[/user:go, ${TO_B}, ${AT_B}])`,
    'final=by B',
    `model(input=[/user:go, ${TO_B}, ${AT_B}, message/assistant:by B, /user:more])`,
    'final=B again',
    `model(input=[/user:go, ${TO_B}, ${AT_B}, message/assistant:by B, /user:more, message/assistant:B again, /user:anew])`,
    'final=A again',
    'B, A',
    `STORED [/user:go, ${TO_B}, ${AT_B}, message/assistant:by B, /user:more, message/assistant:B again, /user:anew, message/assistant:A again]`,
  ],
});
