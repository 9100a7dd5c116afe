import { openAIProxy } from 'agents-wasm/edge';
import { createOpenAIServer } from 'agents-wasm/testing';

const KEY = 'sk-edge-0123456789abcdef';

/** The proxy with nothing but the web's own things, which must be in every runtime; it throws where it does not work. */
export async function proxies(): Promise<void> {
  const server = createOpenAIServer({ requireKey: KEY, latency: 1 });
  const proxy = openAIProxy({
    apiKey: KEY,
    authorize: ({ headers }) => headers.get('x-user'),
    models: ['small'],
    maxRequestBytes: 1_000,
    rate: { requests: 4, perMs: 60_000 },
    fetch: server.fetch as typeof fetch,
  });
  const post = (body: object, headers: Record<string, string> = { 'x-user': 'ann' }) =>
    proxy(new Request('https://app.local/v1/responses', { method: 'POST', headers, body: JSON.stringify(body) }));
  const hello = { model: 'small', input: 'Hello', stream: true };

  const answer = await post(hello);
  const text = await answer.text();
  if (answer.status !== 200 || !text.includes('response.completed')) throw new Error(`proxy: ${answer.status} ${text}`);
  const reader = (await post(hello)).body?.getReader();
  await reader?.read();
  await reader?.cancel();
  const refused = [
    await post(hello, {}),
    await post({ ...hello, model: 'huge' }),
    await post({ ...hello, input: 'a'.repeat(1_000) }),
    await post(hello),
  ];
  const statuses = refused.map(({ status }) => status).join();
  if (statuses !== '401,403,413,429') throw new Error(`proxy: refused with ${statuses}`);
  if (server.inFlight !== 0) throw new Error('proxy: a request went on for a client that left');
}
