import assert from 'node:assert/strict';
import {
  Agent as PeerAgent,
  Runner as PeerRunner,
  MemorySession as PeerSession,
  tool as peerTool,
} from '@openai/agents';
import { Agent, MemorySession, Runner, tool } from 'agents-wasm';

import { OURS_API, peerProvider } from './api.ts';
import { interleaved, median } from './measure.ts';
import { answering, called, said, streaming } from './model.ts';
import { ms, type Row, times } from './table.ts';

// Runs that are long: many turns of a chat, many calls of a tool, many events of a stream.

const CHAT = 1_000;
const CALLS = 20;
const DELTAS = 10_000;

const ADD = {
  type: 'object' as const,
  properties: { a: { type: 'number' as const }, b: { type: 'number' as const } },
  required: ['a', 'b'] as string[],
  additionalProperties: false as const,
};
const add = ({ a, b }: { a: number; b: number }) => String(a + b);

/** So many runs on one conversation, each of which adds two items. The peer does it once: it takes minutes. */
export async function chatRow(): Promise<Row> {
  const answers = [[said('Yes, and then some more words that make up an answer.')]];
  const line = (index: number) => `What about ${index}? ${'some words that people use '.repeat(6)}`;

  const agent = new Agent({ name: 'assistant', instructions: 'Be brief.' });
  const runner = new Runner({ openai: { ...OURS_API, fetch: answering(answers).fetch } });
  const found: number[] = [];
  for (let turn = 0; turn < 3; turn++) {
    const session = new MemorySession();
    found.push(
      await timed(async () => {
        for (let i = 0; i < CHAT; i++) await runner.run(agent, line(i), { session, conversationId: 'chat' });
      }),
    );
    assert.equal((await session.loadItems('chat')).length, 2 * CHAT);
  }

  const peer = new PeerAgent({ name: 'assistant', instructions: 'Be brief.' });
  const peerRunner = new PeerRunner({ modelProvider: peerProvider(answering(answers).fetch) });
  const session = new PeerSession();
  const them = await timed(async () => {
    for (let i = 0; i < CHAT; i++) await peerRunner.run(peer, line(i), { session });
  });
  assert.equal((await session.getItems()).length, 2 * CHAT);
  const us = median(found);
  return row(`a chat of ${CHAT.toLocaleString('en')} turns`, us, them, ['≤ 1 s', us <= 1_000]);
}

/** One run that calls a tool so many times, one call a turn. */
export async function toolsRow(): Promise<Row> {
  const calls = Array.from({ length: CALLS }, (_, index) => [called(index, { a: index, b: 1 })]);
  const answers = [...calls, [said('That is all.')]];
  const about = { name: 'add', description: 'Adds.', parameters: ADD, execute: add as never };
  const agent = new Agent({ name: 'assistant', tools: [tool(about)] });
  const runner = new Runner({ openai: { ...OURS_API, fetch: answering(answers).fetch } });
  const peer = new PeerAgent({ name: 'assistant', tools: [peerTool({ ...about, strict: true } as never)] });
  const peerRunner = new PeerRunner({ modelProvider: peerProvider(answering(answers).fetch) });
  const options = { maxTurns: CALLS + 2 };
  const found = await interleaved(
    {
      us: {
        work: async () => {
          const result = await runner.run(agent, 'go', { ...options, session: new MemorySession() });
          assert.equal(result.newItems.length, 2 * CALLS + 1);
        },
      },
      them: {
        work: async () => {
          const result = await peerRunner.run(peer, 'go', { ...options, session: new PeerSession() });
          assert.equal(result.newItems.length, 2 * CALLS + 1);
        },
      },
    },
    { turns: 51, warmUp: 20 },
  );
  return row(`run() with ${CALLS} calls of a tool`, found.us, found.them, ['none', true]);
}

/** All events of a streamed answer, read one by one. */
export async function streamRows(): Promise<Row[]> {
  const agent = new Agent({ name: 'assistant' });
  const runner = new Runner({ openai: { ...OURS_API, fetch: streaming(DELTAS) } });
  const peer = new PeerAgent({ name: 'assistant' });
  const peerRunner = new PeerRunner({ modelProvider: peerProvider(streaming(DELTAS)) });
  const first: Record<'us' | 'them', number[]> = { us: [], them: [] };
  const read = async (side: 'us' | 'them', start: () => Promise<AsyncIterable<unknown>>) => {
    const begin = performance.now();
    let events = 0;
    for await (const _ of await start()) if (events++ === 0) first[side].push(performance.now() - begin);
    assert.ok(events > DELTAS, `${events} events`);
  };
  const found = await interleaved(
    {
      us: { work: () => read('us', () => runner.run(agent, 'go', { stream: true })) },
      them: { work: () => read('them', () => peerRunner.run(peer, 'go', { stream: true })) },
    },
    { turns: 9, warmUp: 3 },
  );
  const perSecond = (elapsed: number) => `${Math.round((DELTAS / elapsed) * 1_000).toLocaleString('en')} events/s`;
  const what = `a stream of ${DELTAS.toLocaleString('en')} deltas`;
  const all = row(what, found.us, found.them, ['none', true]);
  return [
    { ...all, ours: perSecond(found.us), peer: perSecond(found.them) },
    row('the same, to the first event', median(first.us), median(first.them), ['none', true]),
  ];
}

function row(what: string, us: number, them: number, [budget, kept]: [string, boolean]): Row {
  return { what, ours: ms(us), peer: ms(them), ratio: times(them / us), measure: '', budget, kept };
}

async function timed(work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}
