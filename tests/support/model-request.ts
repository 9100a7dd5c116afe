import type { ModelEvent, ModelRequest, OpenAISettings } from 'agents-wasm';

/** What a run asks a model, for tests of models alone. */
export function modelRequest(fetch: unknown, more: Partial<ModelRequest> = {}): ModelRequest {
  const openai: OpenAISettings = {
    apiKey: 'sk-local-5f1c',
    baseURL: 'http://local/v1',
    fetch: fetch as typeof globalThis.fetch,
    headers: {},
    maxRetries: 0,
    timeout: 10_000,
    model: 'm',
  };
  const input = [{ role: 'user', content: 'hi' }];
  return { instructions: '', input, tools: [], settings: {}, signal: new AbortController().signal, openai, ...more };
}

/** All events of a stream, and how it failed, if it did. */
export async function eventsIn(
  stream: AsyncIterable<ModelEvent> | Promise<AsyncIterable<ModelEvent>>,
): Promise<{ events: ModelEvent[]; error: unknown }> {
  const events: ModelEvent[] = [];
  try {
    for await (const event of await stream) events.push(event);
  } catch (error) {
    return { events, error };
  }
  return { events, error: undefined };
}

/** An answer of server-sent events with this data. */
export function eventStream(data: readonly (string | object)[], headers: Record<string, string> = {}): Response {
  const text = data.map((one) => `data: ${typeof one === 'string' ? one : JSON.stringify(one)}\n\n`).join('');
  return new Response(text, { headers: { 'content-type': 'text/event-stream', ...headers } });
}
