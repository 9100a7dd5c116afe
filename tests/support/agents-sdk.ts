import { OpenAIProvider, Runner } from '@openai/agents';
import { createOpenAIServer, type OpenAIServer, scriptedModel, type Turn } from 'agents-wasm/testing';
import OpenAI from 'openai';

/**
 * A runner of `@openai/agents` against a local server that answers with these turns; the same turns get the same ids
 * each time.
 */
export function agentsRunner(turns: Iterable<Turn>): {
  runner: Runner;
  server: OpenAIServer;
  client: OpenAI;
} {
  let drawn = 1;
  const random = () => {
    drawn = (drawn * 48271) % 2147483647;
    return drawn / 2147483647;
  };
  // Ids tell the time, too.
  const now = () => 1_750_000_000_000;
  const server = createOpenAIServer({ model: scriptedModel(turns), checkIds: true, random, now });
  const client = new OpenAI({
    apiKey: 'sk-none',
    baseURL: 'http://local/v1',
    fetch: server.fetch,
    maxRetries: 0,
  });
  const modelProvider = new OpenAIProvider({ openAIClient: client, useResponses: true });
  return { runner: new Runner({ modelProvider, tracingDisabled: true }), server, client };
}
