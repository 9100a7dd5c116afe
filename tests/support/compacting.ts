import type { Item, OpenAIOptions, RunConfig, StoredItem } from 'agents-wasm';
import {
  createOpenAIServer,
  type OpenAIServer,
  type OpenAIServerOptions,
  scriptedModel,
  type Turn,
} from 'agents-wasm/testing';

export interface CompactingApi {
  server: OpenAIServer;
  openai: OpenAIOptions;
  runConfig: RunConfig;
  /** What compactions asked for, the oldest first. */
  asked(): Record<string, any>[];
}

type Meddle = (respond: () => Promise<Response>) => Promise<Response>;

/**
 * A server for runs and compactions. `meddle` has its way with requests for compactions alone. Without turns the offline
 * model answers.
 */
export function compactingApi(
  { turns, meddle, ...options }: OpenAIServerOptions & { turns?: Iterable<Turn>; meddle?: Meddle } = {},
  more: OpenAIOptions = {},
): CompactingApi {
  const server = createOpenAIServer({ ...options, ...(turns ? { model: scriptedModel(turns) } : {}) });
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const respond = () => server.fetch(input as string, init);
    return meddle && String(input).endsWith('/compact') ? meddle(respond) : respond();
  };
  const openai = { apiKey: 'sk-none', baseURL: 'http://local/v1', fetch, maxRetries: 0, ...more };
  const asked = () => server.requests.filter(({ url }) => url.endsWith('/compact')).map(({ body }) => body as object);
  return { server, openai, runConfig: { openai }, asked };
}

export const user = (content: string): Item => ({ role: 'user', content });

export const said = (text: string, more: object = {}): Item => ({
  type: 'message',
  role: 'assistant',
  status: 'completed',
  content: [{ type: 'output_text', text, annotations: [] }],
  ...more,
});

/** Worth being folded. */
export const longText = (about: string): string =>
  `About ${about}: ${'one thing and another, '.repeat(20)}that is all.`;

/** So many questions, each with a long answer. */
export function longTalk(turns: number, from = 1): Item[] {
  return Array.from({ length: turns }, (_, i) => [user(`Question ${from + i}`), said(longText(`${from + i}`))]).flat();
}

/** What kinds of items they are, in short. */
export const kindsOf = (items: readonly Item[]): string[] => items.map(({ type, role }) => role ?? (type as string));

/** All that a session tells of its items, for comparisons. */
export const allOf = (items: readonly StoredItem[]) =>
  items.map((item) => [
    JSON.stringify(item),
    item.uid,
    item.agent?.name,
    item.runId,
    item.turn,
    item.createdAt?.getTime(),
  ]);

export const uidsOf = (items: readonly StoredItem[]): string[] => items.map(({ uid }) => uid as string);
