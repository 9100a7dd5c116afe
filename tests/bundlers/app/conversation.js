import { Agent, Runner } from 'agents-wasm';
import { createOpenAIServer } from 'agents-wasm/testing';

// What answers a callback is a file of its own, loaded when it is needed.
const agent = new Agent({ name: 'assistant', instructions: async () => 'You are a helpful assistant.' });
const conversationId = 'user-123';

/** Says who the user is where nothing is stored, and else asks what was said. */
export async function converse(session) {
  const stored = await session.loadItems(conversationId);
  const input = stored.length ? "What's my name?" : "Hello, I'm John";
  const runConfig = { openai: { apiKey: 'none', fetch: createOpenAIServer().fetch } };
  const { finalOutput } = await Runner.run(agent, input, { session, conversationId, runConfig });
  return { stored: stored.length, answer: finalOutput };
}
