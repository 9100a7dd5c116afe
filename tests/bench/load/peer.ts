import { Agent, MemorySession, Runner, setTracingDisabled } from '@openai/agents';
import { OpenAIProvider } from '@openai/agents-openai';
import OpenAI from 'openai';

import { historyOf, sdkItem } from './history.ts';
import { API, INSTRUCTIONS } from './setting.ts';
import { type Side, type StreamEvent, toldOf } from './side.ts';

/** The same written with `@openai/agents`, whose memory session is one conversation. */
export function peerSide(): Side {
  setTracingDisabled(true);
  const agent = new Agent({ name: 'assistant', instructions: INSTRUCTIONS });
  const openAIClient = new OpenAI(API);
  const runner = new Runner({ modelProvider: new OpenAIProvider({ openAIClient, useResponses: true }) });
  const sessions = new Map<string, MemorySession>();
  const sessionOf = (conversation: string) => {
    const session = sessions.get(conversation) ?? new MemorySession({ sessionId: conversation });
    sessions.set(conversation, session);
    return session;
  };
  return {
    async *run(conversation, input) {
      const run = await runner.run(agent, input, { session: sessionOf(conversation), stream: true });
      for await (const event of run) {
        const told = toldOf(event as StreamEvent);
        if (told) yield told;
      }
      await run.completed;
      yield { type: 'end', data: { status: 'completed' } };
    },
    seed: (conversation, count) => sessionOf(conversation).addItems(historyOf(count).map(sdkItem) as never[]),
    count: async (conversation) => (await sessionOf(conversation).getItems()).length,
  };
}
