import { Agent, type MemorySession, Runner, type SQLiteSession } from 'agents-wasm';

import { historyOf, wireItem } from './history.ts';
import { API, INSTRUCTIONS } from './setting.ts';
import { type Side, toldOf } from './side.ts';

type Session = MemorySession | SQLiteSession;

export const agent = new Agent({ name: 'assistant', instructions: INSTRUCTIONS });

/** agents-wasm over any of its sessions. */
export function ourSide(session: Session): Side {
  const runner = new Runner({ openai: API });
  return {
    ...storedIn(session),
    async *run(conversationId, input) {
      const run = await runner.run(agent, input, { session, conversationId, stream: true });
      for await (const event of run) {
        const told = toldOf(event);
        if (told) yield told;
      }
      await run.completed;
      yield { type: 'end', data: { status: 'completed' } };
    },
  };
}

export function storedIn(session: Pick<Session, 'saveItems' | 'loadItems'>): Pick<Side, 'seed' | 'count'> {
  return {
    seed: (conversation, count) => session.saveItems(conversation, historyOf(count).map(wireItem)),
    count: async (conversation) => (await session.loadItems(conversation)).length,
  };
}
