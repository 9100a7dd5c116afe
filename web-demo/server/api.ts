import { openAIProxy, type ProxyHandler } from 'agents-wasm/edge';
import { createOpenAIServer, OfflineModel } from 'agents-wasm/testing';
import type { Upstream } from './settings.ts';

const LONGEST_BODY = 64 * 2 ** 20;
/** Slow enough to be seen, and to be stopped. */
const LATENCY = { firstToken: 250, perToken: 25 };

/** What answers the page's calls: the API, with the key added, or the offline model. */
export function apiOf(upstream: Upstream | undefined): ProxyHandler {
  return openAIProxy({
    ...(upstream ? { ...upstream, baseURL: upstream.baseURL.href } : offline()),
    // This machine's own page, and all that lies behind the key is that of whoever started this server.
    authorize: 'anyone',
    owns: () => true,
    maxRequestBytes: LONGEST_BODY,
  });
}

function offline() {
  const server = createOpenAIServer({ model: new OfflineModel(), latency: LATENCY });
  return { apiKey: null, baseURL: 'http://localhost/v1', fetch: server.fetch as typeof fetch };
}
