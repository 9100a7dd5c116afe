import assert from 'node:assert/strict';
import {
  Agent as PeerAgent,
  Runner as PeerRunner,
  MemorySession as PeerSession,
  setTracingDisabled,
} from '@openai/agents';
import { Agent, MemorySession, Runner } from 'agents-wasm';

import { OURS_API, peerProvider } from './api.ts';
import { sdkItem, type Text, wireItem } from './load/history.ts';
import { interleaved } from './measure.ts';
import { answering, said } from './model.ts';
import { ms, type Row, times } from './table.ts';

// One run of one turn on a conversation that is stored already. Nobody answers but a function: what is measured is the
// runner and the session, and that both send the same.

const QUESTION = 'What did we say about this?';
const ANSWERS = [[said('We said a lot.')]];

function conversation(count: number): Text[] {
  return Array.from({ length: count }, (_, index) => {
    const role = index % 2 === 0 ? 'user' : 'assistant';
    return { role, text: `${role} says line ${index}: ${'some words that people use '.repeat(12)}` };
  });
}

async function ours(history: Text[]) {
  const { fetch, input } = answering(ANSWERS);
  const agent = new Agent({ name: 'assistant', instructions: 'Be brief.' });
  const items = history.map(wireItem);
  const session = new MemorySession();
  const runner = new Runner({ openai: { ...OURS_API, fetch } });
  return {
    input,
    async prepare() {
      await session.clear('bench');
      if (items.length > 0) await session.saveItems('bench', items);
    },
    work: () => runner.run(agent, QUESTION, { session, conversationId: 'bench' }),
  };
}

function peers(history: Text[]) {
  const { fetch, input } = answering(ANSWERS);
  const agent = new PeerAgent({ name: 'assistant', instructions: 'Be brief.' });
  const items = history.map(sdkItem) as never[];
  const runner = new PeerRunner({ modelProvider: peerProvider(fetch) });
  let session = new PeerSession();
  return {
    input,
    prepare() {
      session = new PeerSession({ initialItems: items });
    },
    work: () => runner.run(agent, QUESTION, { session }),
  };
}

/** Both must have sent the whole conversation and the question, in order. */
async function checkRequest(input: { content: string | { text: string }[] }[], history: Text[]): Promise<void> {
  const texts = input.map(({ content }) => (typeof content === 'string' ? content : (content[0]?.text ?? '')));
  assert.deepEqual(texts, [...history.map(({ text }) => text), QUESTION]);
}

export async function runRows(): Promise<Row[]> {
  setTracingDisabled(true);
  const rows: Row[] = [];
  for (const count of [0, 100, 1_000, 10_000]) {
    const history = conversation(count);
    const items = history.map(wireItem);
    const us = await ours(history);
    const them = peers(history);
    // Enough that what runs is compiled code on both sides.
    const [turns, warmUp] = count < 1_000 ? [301, 300] : count === 1_000 ? [101, 50] : [15, 3];
    const found = await interleaved({ us, them, stringify: { work: () => JSON.stringify(items) } }, { turns, warmUp });
    await checkRequest(await us.input(), history);
    await checkRequest(await them.input(), history);
    const ratio = found.them / found.us;
    const share = found.us / found.stringify;
    const budgets: Record<number, [string, boolean]> = {
      0: ['≤ 0.2 ms', found.us <= 0.2],
      100: ['none', true],
      1000: ['≤ 0.5, ≥ 100×', share <= 0.5 && ratio >= 100],
      10000: ['≤ 0.5, ≥ 150×', share <= 0.5 && ratio >= 150],
    };
    const [budget, kept] = budgets[count] as [string, boolean];
    rows.push({
      what: `run(), ${count.toLocaleString('en')} stored items`,
      ours: ms(found.us),
      peer: ms(found.them),
      ratio: times(ratio),
      measure: count === 0 ? '' : `${share.toFixed(2)} of JSON.stringify (${ms(found.stringify)})`,
      budget,
      kept,
    });
  }
  return rows;
}
