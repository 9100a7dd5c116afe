import assert from 'node:assert/strict';
import { afterEach } from 'node:test';

import type { OpenAIOptions } from 'agents-wasm';
import { createOpenAIServer, type OpenAIServer, scriptedModel, type Turn } from 'agents-wasm/testing';

import { loadCore } from '../../dist/instance.js';

export const KEY = 'sk-local-5f1c';

/** A server that answers with these turns, and the `runConfig` of runs that ask it. It is asked once, unless told otherwise. */
export function localApi(
  turns: Iterable<Turn>,
  openai: OpenAIOptions = {},
): { server: OpenAIServer; runConfig: { openai: OpenAIOptions } } {
  const server = createOpenAIServer({ model: scriptedModel(turns) });
  const settings = { apiKey: KEY, baseURL: 'http://local/v1', fetch: server.fetch as typeof fetch, maxRetries: 0 };
  return { server, runConfig: { openai: { ...settings, ...openai } } };
}

/** A `runConfig` whose requests this function answers. */
export function answeredBy(fetch: (url: string, init: RequestInit) => Promise<Response>, more: OpenAIOptions = {}) {
  return localApi([], { fetch: fetch as typeof globalThis.fetch, ...more }).runConfig;
}

/** Has every test of a file fail that leaves something alive in the core. */
export function checkLeaks(): void {
  afterEach(async () => {
    assert.deepEqual((await loadCore()).stats(), { tickets: 0, calls: 0, sessions: 0, runs: 0 });
  });
}

export { tick } from './tick.ts';
