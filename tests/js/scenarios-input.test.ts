import { Agent } from 'agents-wasm';

import { checkLeaks } from '../support/local-api.ts';
import { scenario } from '../support/traces.ts';

checkLeaks();

const agent = new Agent({ name: 'A' });

scenario('callModelInputFilter decides what the model is sent, and changes nothing that is stored', {
  before: [
    { role: 'user', content: 'h1' },
    { role: 'assistant', content: 'h2' },
  ],
  turns: ['ok'],
  play: async (world) => {
    await world.run(agent.clone({ instructions: 'I' }), 'q', {
      callModelInputFilter: ({ modelData: { input, instructions } }) => {
        world.log.push(`filter sees ${input.map(({ content }) => content)} instructions=${instructions}`);
        return { input: [...input.slice(-1), { role: 'developer', content: 'extra' }] };
      },
    });
  },
  perTurn: [
    'session.load() -> 2',
    'session.save([/user:q])',
    'filter sees h1,h2,q instructions=I',
    'model(input=[/user:q, /developer:extra])',
    'session.save([message/assistant:ok])',
    'final=ok',
    'STORED [/user:h1, /assistant:h2, /user:q, message/assistant:ok]',
  ],
});

scenario('sessionInputCallback decides what of the history is sent, and only new items are stored', {
  before: [
    { role: 'user', content: 'h1' },
    { role: 'assistant', content: 'h2' },
  ],
  turns: ['ok'],
  play: async (world) => {
    const sessionInputCallback = (history: object[], input: object[]) => [...history.slice(-1), ...input];
    await world.run(agent, 'q', { sessionInputCallback });
  },
  perTurn: [
    'session.load() -> 2',
    'session.save([/user:q])',
    'model(input=[/assistant:h2, /user:q])',
    'session.save([message/assistant:ok])',
    'final=ok',
    'STORED [/user:h1, /assistant:h2, /user:q, message/assistant:ok]',
  ],
});

scenario('what sessionInputCallback adds is stored in its order, and what it leaves out is not', {
  before: [{ role: 'user', content: 'h1' }],
  turns: ['ok'],
  play: async (world) => {
    const input = ['n1', 'n2'];
    await world.run(agent, input, {
      sessionInputCallback: (history, [, second]) => [{ role: 'developer', content: 'summary' }, ...history, second!],
    });
  },
  perTurn: [
    'session.load() -> 1',
    'session.save([/developer:summary, /user:n2])',
    'model(input=[/developer:summary, /user:h1, /user:n2])',
    'session.save([message/assistant:ok])',
    'final=ok',
    'STORED [/user:h1, /developer:summary, /user:n2, message/assistant:ok]',
  ],
});

scenario('a sessionInputCallback that returns no list fails the run before anything is stored', {
  turns: [],
  play: async (world) => void (await world.run(agent, 'q', { sessionInputCallback: () => 'x' as never })),
  perTurn: ['session.load() -> 0', '!! UserError user_error', 'STORED []'],
});

scenario('a limit of 0 sends the input alone, and the history stays', {
  before: [{ role: 'user', content: 'u' }],
  turns: ['ok'],
  play: async (world) => void (await world.run(agent, 'q', { sessionSettings: { maxItems: 0 } })),
  perTurn: [
    'session.load(0) -> 0',
    'session.save([/user:q])',
    'model(input=[/user:q])',
    'session.save([message/assistant:ok])',
    'final=ok',
    'STORED [/user:u, /user:q, message/assistant:ok]',
  ],
});

const pair = [
  { role: 'user', content: 'u' },
  { type: 'function_call', call_id: 'k', name: 'add', arguments: '{}' },
  { type: 'function_call_output', call_id: 'k', output: '1' },
  { role: 'assistant', content: 'a' },
];

scenario('a limit that cuts a pair sends neither half of it', {
  before: pair,
  turns: ['ok'],
  play: async (world) => void (await world.run(agent, 'q', { sessionSettings: { maxItems: 2 } })),
  perTurn: [
    'session.load(2) -> 2',
    'session.save([/user:q])',
    'model(input=[/assistant:a, /user:q])',
    'session.save([message/assistant:ok])',
    'final=ok',
    'STORED [/user:u, function_call:add({})#k, function_call_output:1#k, /assistant:a, /user:q, message/assistant:ok]',
  ],
});
