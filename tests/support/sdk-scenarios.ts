import assert from 'node:assert/strict';

import { Agent, handoff, type Runner, RunState, type Session, tool } from '@openai/agents';
import type { Turn } from 'agents-wasm/testing';
import { z } from 'zod';

/** What a scenario runs on: a session of the SDK, which `reopen` opens as a later process would. */
export interface Stage {
  runner: Runner;
  session(): Session;
  reopen(): Promise<void>;
}

export interface Scenario {
  turns: () => Turn[];
  play(stage: Stage): Promise<unknown>;
}

const callOf = (name: string, callId: string, args: object = {}) => ({ calls: [{ name, callId, arguments: args }] });
const parameters = z.object({ city: z.string() });
const weather = tool({
  name: 'get_weather',
  description: 'The weather in a city',
  parameters,
  execute: ({ city }) => `Sunny in ${city}`,
});
const agent = new Agent({ name: 'assistant', tools: [weather] });

const refusesAll = {
  name: 'refuses all',
  execute: async () => ({ tripwireTriggered: true, outputInfo: {} }),
};
const guarded = new Agent({ name: 'guarded', tools: [weather], outputGuardrails: [refusesAll] });

const approved = tool({
  name: 'pay',
  description: 'Pays',
  parameters: z.object({ amount: z.number() }),
  needsApproval: true,
  execute: ({ amount }) => `Paid ${amount}`,
});
const payer = new Agent({ name: 'payer', tools: [approved] });

const clerk = new Agent({ name: 'clerk', handoffDescription: 'Knows the forms', tools: [weather] });
const desk = new Agent({ name: 'desk', handoffs: [handoff(clerk)] });

const pictured = tool({
  name: 'draw',
  description: 'Draws',
  parameters: z.object({}),
  execute: () => ({ type: 'image' as const, image: { data: new Uint8Array([1, 2, 3]), mediaType: 'image/png' } }),
});

/** What people do with `run()` of `@openai/agents`. */
export const scenarios: Record<string, Scenario> = {
  'a chat of several runs with tools and reasoning': {
    turns: () => [
      { reasoning: 'Hm.', ...callOf('get_weather', 'call_1', { city: 'Paris' }) },
      'It is sunny.',
      {
        text: 'Wait.',
        calls: [1, 2].map((n) => ({ name: 'get_weather', callId: `call_2${n}`, arguments: { city: 'Rome' } })),
      },
      { reasoning: 'So.', text: 'There too.' },
      'You are welcome.',
    ],
    async play({ runner, session, reopen }) {
      const said: unknown[] = [];
      for (const input of ['Paris?', 'And Rome?', 'Thanks']) {
        said.push((await runner.run(agent, input, { session: session() })).finalOutput);
        await reopen();
      }
      return said;
    },
  },

  'parts, pictures and files': {
    turns: () => [callOf('draw', 'call_1'), 'Drawn.'],
    async play({ runner, session }) {
      const painter = new Agent({ name: 'painter', tools: [pictured] });
      const content = [
        { type: 'input_text' as const, text: 'Draw this' },
        { type: 'input_image' as const, image: 'data:image/png;base64,aGk=' },
        { type: 'input_file' as const, file: 'data:text/plain;base64,aGk=', filename: 'a.txt' },
      ];
      const input = [
        { role: 'system' as const, content: 'Be brief.' },
        { role: 'user' as const, content },
      ];
      return (await runner.run(painter, input, { session: session() })).finalOutput;
    },
  },

  'a handoff': {
    turns: () => [callOf('transfer_to_clerk', 'call_1'), callOf('get_weather', 'call_2', { city: 'Oslo' }), 'Cold.'],
    async play({ runner, session }) {
      const { finalOutput, lastAgent } = await runner.run(desk, 'Oslo?', { session: session() });
      return [finalOutput, lastAgent?.name];
    },
  },

  'an approval that a later process gives': {
    turns: () => [callOf('pay', 'call_1', { amount: 5 }), 'Done.', 'Bye.'],
    async play({ runner, session, reopen }) {
      const first = await runner.run(payer, 'Pay 5', { session: session() });
      assert.equal(first.interruptions.length, 1);
      const text = first.state.toString();
      await reopen();
      const state = await RunState.fromString(payer, text);
      for (const one of state.getInterruptions()) state.approve(one);
      const second = await runner.run(payer, state, { session: session() });
      await reopen();
      return [second.finalOutput, (await runner.run(payer, 'Bye', { session: session() })).finalOutput];
    },
  },

  'an approval that is refused': {
    turns: () => [callOf('pay', 'call_1', { amount: 5 }), 'Then not.'],
    async play({ runner, session }) {
      const { state } = await runner.run(payer, 'Pay 5', { session: session() });
      for (const one of state.getInterruptions()) state.reject(one);
      return (await runner.run(payer, state, { session: session() })).finalOutput;
    },
  },

  'a stream with a tool': {
    turns: () => [callOf('get_weather', 'call_1', { city: 'Paris' }), { text: ['It ', 'is ', 'sunny.'] }, 'Bye.'],
    async play({ runner, session, reopen }) {
      const said: string[] = [];
      for (const input of ['Paris?', 'Bye']) {
        const result = await runner.run(agent, input, { session: session(), stream: true });
        for await (const piece of result.toTextStream()) said.push(piece);
        await result.completed;
        await reopen();
      }
      return said;
    },
  },

  'a stop while a tool runs': {
    turns: () => [callOf('stop', 'call_1'), 'Again.'],
    async play({ runner, session }) {
      const stopping = new AbortController();
      const stops = tool({
        name: 'stop',
        description: 'Stops',
        parameters: z.object({}),
        execute: () => {
          stopping.abort();
          return 'stopped';
        },
      });
      const stopper = new Agent({ name: 'stopper', tools: [stops] });
      await assert.rejects(runner.run(stopper, 'Stop', { session: session(), signal: stopping.signal }));
      return (await runner.run(stopper, 'Again', { session: session() })).finalOutput;
    },
  },

  'an output that a guardrail refuses after a tool ran': {
    turns: () => [callOf('get_weather', 'call_1', { city: 'Paris' }), 'Secret.', 'Fine.'],
    async play({ runner, session, reopen }) {
      const tripped = runner.run(guarded, 'Paris?', { session: session() });
      await assert.rejects(tripped, { name: 'OutputGuardrailTripwireTriggered' });
      await reopen();
      return (await runner.run(agent, 'And now?', { session: session() })).finalOutput;
    },
  },

  'a streamed output that a guardrail refuses after a tool ran': {
    turns: () => [callOf('get_weather', 'call_1', { city: 'Paris' }), 'Secret.'],
    async play({ runner, session }) {
      const result = await runner.run(guarded, 'Paris?', { session: session(), stream: true });
      await assert.rejects(
        async () => {
          for await (const _ of result);
          await result.completed;
        },
        { name: 'OutputGuardrailTripwireTriggered' },
      );
    },
  },

  'a model that fails after a tool ran': {
    turns: () => [callOf('get_weather', 'call_1', { city: 'Paris' }), { failed: { message: 'Down.' } }, 'Up.'],
    async play({ runner, session }) {
      await assert.rejects(runner.run(agent, 'Paris?', { session: session() }));
      return (await runner.run(agent, 'Again', { session: session() })).finalOutput;
    },
  },

  'a history that a callback rewrites': {
    turns: () => ['One.', 'Two.', 'Three.'],
    async play({ runner, session }) {
      const said: unknown[] = [];
      for (const input of ['a', 'b', 'c']) {
        const options = { session: session(), sessionInputCallback: last2 };
        said.push((await runner.run(agent, [{ role: 'user', content: input }], options)).finalOutput);
      }
      return said;
    },
  },
};

function last2<T>(history: T[], newItems: T[]): T[] {
  return [...history.slice(-2), ...newItems];
}
