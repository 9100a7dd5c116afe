import { Agent, type InputGuardrail, type OutputGuardrail, tool } from 'agents-wasm';

import { checkLeaks } from '../support/local-api.ts';
import { RecordingSession, scenario, showItems, type World } from '../support/traces.ts';

checkLeaks();

const add = tool({ name: 'add', execute: ({ a, b }: { a: number; b: number }) => a + b });
const ADD = { name: 'add', callId: 'c1', arguments: { a: 1, b: 2 } };
const CALL = 'function_call:add({"a":1,"b":2})#c1';
const OUTPUT = 'function_call_output:3#c1';
const WITHHELD = 'function_call_output:Output withheld by an output guardrail.#c1';
const TRIPPED_IN = '!! InputGuardrailTripwireTriggered input_guardrail_tripwire';
const TRIPPED_OUT = '!! OutputGuardrailTripwireTriggered output_guardrail_tripwire';

/** Asks the model only when this one has agreed; the model's part in a trace is then sure. */
const rejectsInput = (world: World): InputGuardrail => ({
  name: 'g',
  runInParallel: false,
  execute: ({ input }) => {
    world.log.push(`guardrail ${showItems(input)}`);
    return { tripwireTriggered: true };
  },
});

const rejectsOutput = (world: World): OutputGuardrail => ({
  name: 'g',
  execute: ({ agentOutput }) => {
    world.log.push(`output guardrail ${agentOutput}`);
    return { tripwireTriggered: true };
  },
});

scenario('an input guardrail that is asked first leaves the input alone, and the model is not asked', {
  before: [{ role: 'user', content: 'old' }],
  turns: [],
  play: async (world) => {
    await world.run(new Agent({ name: 'A', inputGuardrails: [rejectsInput(world)] }), 'bad');
  },
  perTurn: [
    'session.load() -> 1',
    'session.save([/user:bad])',
    'guardrail [/user:old, /user:bad]',
    TRIPPED_IN,
    'STORED [/user:old, /user:bad]',
  ],
  byRun: ['guardrail [/user:old, /user:bad]', TRIPPED_IN, 'STORED [/user:old]', 'OPEN failed: [/user:bad]'],
});

scenario('an input guardrail beside the model leaves the input alone, and the answer is not stored', {
  before: [{ role: 'user', content: 'old' }],
  turns: ['hi'],
  play: async (world) => {
    const modelWasAsked = Promise.withResolvers<void>();
    const hooks = { onLlmStart: () => modelWasAsked.resolve() };
    const execute: InputGuardrail['execute'] = async () => {
      await modelWasAsked.promise;
      return { tripwireTriggered: true };
    };
    await world.run(new Agent({ name: 'A', inputGuardrails: [{ name: 'g', execute }], hooks }), 'bad');
    // Whether the request had left is the matter of a moment.
    world.log.splice(0, world.log.length, ...world.log.filter((line) => !line.startsWith('model')));
  },
  perTurn: ['session.load() -> 1', 'session.save([/user:bad])', TRIPPED_IN, 'STORED [/user:old, /user:bad]'],
  byRun: [TRIPPED_IN, 'STORED [/user:old]', 'OPEN failed: [/user:bad]'],
});

scenario('an answer that an output guardrail rejects is not stored', {
  turns: ['SECRET'],
  play: async (world) => {
    await world.run(new Agent({ name: 'A', outputGuardrails: [rejectsOutput(world)] }), 'q');
  },
  perTurn: [
    'session.load() -> 0',
    'session.save([/user:q])',
    'model(input=[/user:q])',
    'output guardrail SECRET',
    TRIPPED_OUT,
    'STORED [/user:q]',
  ],
  byRun: ['model(input=[/user:q])', 'output guardrail SECRET', TRIPPED_OUT, 'STORED []', 'OPEN failed: [/user:q]'],
});

scenario('the turns before an answer that is rejected stay', {
  turns: [{ calls: [ADD] }, 'SECRET'],
  play: async (world) => {
    await world.run(new Agent({ name: 'A', tools: [add], outputGuardrails: [rejectsOutput(world)] }), 'q');
  },
  perTurn: [
    'session.load() -> 0',
    'session.save([/user:q])',
    'model(input=[/user:q])',
    `session.save([${CALL}, ${OUTPUT}])`,
    `model(input=[/user:q, ${CALL}, ${OUTPUT}])`,
    'output guardrail SECRET',
    TRIPPED_OUT,
    `STORED [/user:q, ${CALL}, ${OUTPUT}]`,
  ],
  byRun: [
    'model(input=[/user:q])',
    `model(input=[/user:q, ${CALL}, ${OUTPUT}])`,
    'output guardrail SECRET',
    TRIPPED_OUT,
    'STORED []',
    `OPEN failed: [/user:q, ${CALL}, ${OUTPUT}]`,
  ],
});

scenario(
  'an answer that its output guardrail could not judge stays turn by turn, and is asked for again as one piece',
  {
    turns: ['SECRET'],
    play: async (world) => {
      const execute = () => {
        throw new Error('boom');
      };
      await world.run(new Agent({ name: 'A', outputGuardrails: [{ name: 'g', execute }] }), 'q');
    },
    perTurn: [
      'session.load() -> 0',
      'session.save([/user:q])',
      'model(input=[/user:q])',
      'session.save([message/assistant:SECRET])',
      '!! UserError callback_failed',
      'STORED [/user:q, message/assistant:SECRET]',
    ],
    // Taken up again, it asks the model and the guardrail anew: no answer enters a history that nobody has judged.
    byRun: ['model(input=[/user:q])', '!! UserError callback_failed', 'STORED []', 'OPEN failed: [/user:q]'],
  },
);

scenario('an output of a tool that was to be the final one and is rejected is withheld from the history', {
  turns: [{ calls: [ADD] }],
  play: async (world) => {
    const toolUseBehavior = 'stop_on_first_tool' as const;
    const outputGuardrails = [rejectsOutput(world)];
    await world.run(new Agent({ name: 'A', tools: [add], toolUseBehavior, outputGuardrails }), 'q');
  },
  perTurn: [
    'session.load() -> 0',
    'session.save([/user:q])',
    'model(input=[/user:q])',
    'output guardrail 3',
    `session.save([${CALL}, ${WITHHELD}])`,
    TRIPPED_OUT,
    `STORED [/user:q, ${CALL}, ${WITHHELD}]`,
  ],
  byRun: [
    'model(input=[/user:q])',
    'output guardrail 3',
    TRIPPED_OUT,
    'STORED []',
    `OPEN failed: [/user:q, ${CALL}, ${WITHHELD}]`,
  ],
});

scenario('where a withheld output cannot be saved, the failure of the session is the one that is told', {
  turns: [{ calls: [ADD] }],
  play: async (world) => {
    if (world.session instanceof RecordingSession) world.session.failsAt = `[${CALL}, ${WITHHELD}]`;
    const toolUseBehavior = 'stop_on_first_tool' as const;
    const outputGuardrails = [rejectsOutput(world)];
    await world.run(new Agent({ name: 'A', tools: [add], toolUseBehavior, outputGuardrails }), 'q');
  },
  perTurn: [
    'session.load() -> 0',
    'session.save([/user:q])',
    'model(input=[/user:q])',
    'output guardrail 3',
    '!! UserError callback_failed',
    'STORED [/user:q]',
  ],
  byRun: [
    'model(input=[/user:q])',
    'output guardrail 3',
    TRIPPED_OUT,
    'STORED []',
    `OPEN failed: [/user:q, ${CALL}, ${WITHHELD}]`,
  ],
});

scenario('guardrails that agree change nothing', {
  turns: [{ calls: [ADD] }, 'ok'],
  play: async (world) => {
    const agrees = { name: 'g', execute: () => ({ tripwireTriggered: false }) };
    const inputGuardrails = [agrees, { ...agrees, runInParallel: false }];
    await world.run(new Agent({ name: 'A', tools: [add], inputGuardrails, outputGuardrails: [agrees] }), 'q');
  },
  perTurn: [
    'session.load() -> 0',
    'session.save([/user:q])',
    'model(input=[/user:q])',
    `session.save([${CALL}, ${OUTPUT}])`,
    `model(input=[/user:q, ${CALL}, ${OUTPUT}])`,
    'session.save([message/assistant:ok])',
    'final=ok',
    `STORED [/user:q, ${CALL}, ${OUTPUT}, message/assistant:ok]`,
  ],
});
