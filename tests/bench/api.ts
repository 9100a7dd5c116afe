import { OpenAIProvider } from '@openai/agents-openai';
import OpenAI from 'openai';

// How both sides reach the API of the bench, which is a function.

export const OURS_API = { apiKey: 'none', baseURL: 'http://localhost/v1' };

export function peerProvider(fetch: typeof globalThis.fetch): OpenAIProvider {
  return new OpenAIProvider({ openAIClient: new OpenAI({ ...OURS_API, fetch }), useResponses: true });
}
