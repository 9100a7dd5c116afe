// Only compiled: what the compiler of an `@openai/agents` user makes of our conversations.
import {
  type AgentInputItem,
  MemorySession as AgentsMemorySession,
  type Session as AgentsSession,
  type RunContextAwareSession,
  run,
  type SessionHistoryRewriteAwareSession,
  type SessionHistoryTransactionAwareSession,
} from '@openai/agents';
import { fromSdkSession, MemorySession, run as ourRun, type SdkItem, type SdkSession, type Session } from 'agents-wasm';

import { is } from './equal.ts';

const conversation = new MemorySession().conversation('c');
const plain: AgentsSession = conversation;
const contextual: RunContextAwareSession = conversation;
const rewritten: SessionHistoryRewriteAwareSession = conversation;
const transacted: SessionHistoryTransactionAwareSession = conversation;

is<AgentInputItem extends SdkItem ? true : false>();
is<SdkItem extends AgentInputItem ? true : false>();

const theirs: SdkSession = new AgentsMemorySession();
const ours: Session = fromSdkSession(new AgentsMemorySession());
fromSdkSession((conversationId) => new AgentsMemorySession({ sessionId: conversationId }));
// @ts-expect-error a session of the SDK has five methods
fromSdkSession({ getItems: async () => [] });
// @ts-expect-error a conversation has a name
new MemorySession().conversation();

declare const agent: Parameters<typeof run>[0];
declare const ourAgent: Parameters<typeof ourRun>[0];
void run(agent, 'hi', { session: conversation });
void ourRun(ourAgent, 'hi', { session: ours });

export { contextual, plain, rewritten, theirs, transacted };
