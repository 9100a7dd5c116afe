import assert from 'node:assert/strict';

import {
  type Item,
  MemorySession,
  OpenAIConversationsSession,
  type OpenAIConversationsSessionOptions,
} from 'agents-wasm';
import {
  createOpenAIServer,
  type OpenAIServer,
  type OpenAIServerOptions,
  scriptedModel,
  type Turn,
} from 'agents-wasm/testing';

import { call } from './responses-api.ts';

/** What goes wrong with the next request of this kind, such as `POST /responses`. */
export interface Trouble {
  on: string;
  /** The request never arrives, or its answer never comes back. */
  lose?: 'request' | 'answer';
  /** Answers so in place of the server. */
  status?: number;
  error?: object;
  headers?: Record<string, string>;
  /** What happens before. */
  before?: () => unknown;
}

export interface Troubled {
  server: OpenAIServer;
  session: OpenAIConversationsSession;
  /** First come, first served, each by the next request that fits. */
  troubles: Trouble[];
  /** All requests so far in short: `POST /responses`, the conversation's id as `:id`. */
  requests(): string[];
  /** Takes the requests so far out of `requests`. */
  forget(): void;
  [Symbol.asyncDispose](): Promise<void>;
}

export const LOCKED = { code: 'conversation_locked', param: 'conversation', message: 'Another process is at it.' };

/** A session whose conversations a local server keeps that answers with these turns. */
export function onServer(
  turns: Iterable<Turn> = [],
  options: OpenAIConversationsSessionOptions & { server?: OpenAIServerOptions } = {},
): Troubled {
  const { server: serverOptions, ...own } = options;
  const server = createOpenAIServer({ model: scriptedModel(turns), ...serverOptions });
  const troubles: Trouble[] = [];
  let seen = 0;
  const openai = {
    apiKey: 'sk-local',
    baseURL: 'http://local/v1',
    fetch: troubledFetch(server, troubles),
    maxRetries: 2,
  };
  const ids = own.ids ?? new MemorySession();
  const session = new OpenAIConversationsSession({ ...own, ids, openai: { ...openai, ...own.openai } });
  const close = async () => {
    await session.close();
    if (own.ids === undefined) await ids.close();
  };
  return {
    server,
    session,
    troubles,
    requests: () => server.requests.slice(seen).map(({ method, path }) => short(method, path)),
    forget: () => {
      seen = server.requests.length;
    },
    [Symbol.asyncDispose]: close,
  };
}

const short = (method: string, path: string) =>
  `${method} ${path
    .replace(/^\/v1/, '')
    .replace(/conv_\w+/, ':id')
    .replace(/(items\/)\w+/, '$1:item')}`;

/** The server's `fetch`, with the troubles that wait for a request. */
export function troubledFetch(server: Pick<OpenAIServer, 'fetch'>, troubles: Trouble[]): typeof fetch {
  const troubled = async (input: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
    const line = short(init.method ?? 'GET', new URL(String(input)).pathname);
    const index = troubles.findIndex(({ on }) => on === line);
    if (index < 0) return server.fetch(input, init);
    const [trouble] = troubles.splice(index, 1) as [Trouble];
    await trouble.before?.();
    if (trouble.lose === 'request') throw new TypeError('fetch failed');
    if (trouble.lose === 'answer') {
      const { signal: _, ...whole } = init;
      await (await server.fetch(input, whole)).arrayBuffer();
      throw new TypeError('fetch failed');
    }
    if (trouble.status === undefined) return server.fetch(input, init);
    const error = { message: 'No.', type: 'invalid_request_error', param: null, code: null, ...trouble.error };
    return Response.json({ error }, { status: trouble.status, headers: trouble.headers ?? {} });
  };
  return troubled as typeof fetch;
}

/** Each item in short: `user: hi`, `add(c1)`, `c1 = 3`. */
export function show(items: readonly Item[]): string[] {
  return items.map((item) => {
    if (item.type === 'function_call') return `${item.name}(${item.call_id})`;
    if (item.type === 'function_call_output') return `${item.call_id} = ${item.output}`;
    if (item.type !== undefined && item.type !== 'message') return String(item.type);
    const said = typeof item.content === 'string' ? item.content : (item.content as { text: string }[])[0]?.text;
    return `${item.role}: ${said}`;
  });
}

/** What the server has of a conversation. */
export async function historyOf({ server, session }: Troubled, conversationId = 'c'): Promise<string[]> {
  const id = await session.serverConversationId(conversationId);
  if (id === undefined) return [];
  const items: Item[] = [];
  for (let after = ''; ; after = `&after=${items.at(-1)?.id}`) {
    const { body } = await call(server, 'GET', `/conversations/${id}/items?order=asc&limit=100${after}`);
    items.push(...body.data);
    if (!body.has_more) return show(items);
  }
}

/**
 * Server and client agree on the history, every call in it has one output, no run is open, and the server takes another
 * input: it would refuse one behind a call without an output.
 */
export async function checkAgreed(place: Troubled, expected: string[], conversationId = 'c'): Promise<void> {
  const { server, session } = place;
  assert.deepEqual(await historyOf(place, conversationId), expected);
  const items = await session.loadItems(conversationId);
  assert.deepEqual(show(items), expected);
  const ids = (type: string) => items.filter((item) => item.type === type).map((item) => item.call_id);
  assert.deepEqual(ids('function_call').sort(), ids('function_call_output').sort());
  assert.deepEqual(await session.openRuns(conversationId), []);
  const conversation = await session.serverConversationId(conversationId);
  if (conversation === undefined) return;
  const { status, body } = await call(server, 'POST', '/responses/input_tokens', {
    model: 'm',
    conversation,
    input: 'x',
  });
  assert.ok(status === 200 || status === 404, JSON.stringify(body));
}
