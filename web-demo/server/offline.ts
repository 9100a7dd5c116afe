import type { ServerResponse } from 'node:http';
import { createOpenAIServer, OfflineModel } from 'agents-wasm/testing';
import type { ApiCall } from './proxy.ts';

/** Slow enough to be seen, and to be stopped. */
const LATENCY = { firstToken: 250, perToken: 25 };

/** Answers calls with the offline model, as the API would. */
export function offlineApi(): (call: ApiCall, response: ServerResponse) => Promise<void> {
  const server = createOpenAIServer({ model: new OfflineModel(), latency: LATENCY });
  return async ({ method, path, body }, response) => {
    const gone = new AbortController();
    response.on('close', () => gone.abort());
    try {
      const answer = await server.fetch(`http://localhost/v1${path}`, {
        method,
        signal: gone.signal,
        ...(method === 'POST' && { body, headers: { 'content-type': 'application/json' } }),
      } as RequestInit);
      response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? 'application/json' });
      for await (const piece of answer.body ?? []) response.write(piece);
      response.end();
    } catch (error) {
      if (!gone.signal.aborted) throw error;
    }
  };
}
