import { checkCount, checkText, refuse } from './check.ts';
import { UserError } from './errors.ts';
import type { Model } from './models/model.ts';

/** Where the API is and how it is reached. All optional; what is not given comes from `setDefaultOpenAI`. */
export interface OpenAIOptions {
  /**
   * Sent as `Authorization: Bearer …`, and never stored, logged or put into an error. In a page everybody can read it:
   * never the key of an API there. Leave it out, or give a short-lived token of your own, and let `baseURL` point at a
   * server of yours that adds the key; `openAIProxy` of `agents-wasm/edge` is the handler for it.
   * Default: the environment variable `OPENAI_API_KEY` where there is one.
   */
  apiKey?: string | undefined;
  /** Default: `OPENAI_BASE_URL`, else OpenAI's. A path such as `/v1` means this page's origin. */
  baseURL?: string | undefined;
  /** Does the requests in place of the global `fetch`. */
  fetch?: typeof globalThis.fetch | undefined;
  /** More headers for every request. */
  headers?: Record<string, string> | undefined;
  /** How often a request that failed for a passing reason is sent again. Default 2. */
  maxRetries?: number | undefined;
  /** For how many milliseconds a request may be silent: until its answer, and between the pieces of it. Default 600,000. */
  timeout?: number | undefined;
  /** The model of agents that name none. Default `gpt-5.6-luna`. */
  model?: string | undefined;
}

export interface DefaultOpenAIOptions extends OpenAIOptions {
  /**
   * How models that are given by name are reached: through the Responses API, or through Chat Completions, for servers
   * that lack the former. Default `responses`. A single run takes `new OpenAIChatCompletionsModel()` as its model instead.
   */
  api?: 'responses' | 'chat_completions' | undefined;
}

/** `OpenAIOptions` with every default filled in. */
export interface OpenAISettings {
  apiKey: string | undefined;
  baseURL: string;
  fetch: typeof globalThis.fetch;
  headers: Record<string, string>;
  maxRetries: number;
  timeout: number;
  model: string;
}

// A timer that is set for longer fires at once.
const LONGEST_TIMER = 2 ** 31 - 1;

let defaults: OpenAIOptions = {};
let namedModel: ((name: string) => Model) | undefined;

// Called as a plain function: the global fetch refuses to be a method of another object.
const globalFetch: typeof globalThis.fetch = (input, options) => globalThis.fetch(input, options);

/**
 * Sets how runs reach the API unless they say otherwise. Replaces what was set before.
 *
 * @example
 * setDefaultOpenAI({ baseURL: '/v1', model: 'gpt-5.6-luna' });
 */
export function setDefaultOpenAI(options: DefaultOpenAIOptions): void {
  checkOptions(options);
  const { api, ...others } = options;
  if (api !== undefined && api !== 'responses' && api !== 'chat_completions') {
    refuse('api', api, "'responses' or 'chat_completions'");
  }
  defaults = others;
  // Named here alone, so that a bundle without setDefaultOpenAI is one without Chat Completions.
  namedModel = api === 'chat_completions' ? chatModel : undefined;
}

/** The model of that name, or the name where it is one of the Responses API, which the core speaks itself. */
export function modelNamed(name: string): Model | string {
  return namedModel?.(name) ?? name;
}

function chatModel(model: string): Model {
  const load = async () => {
    const { OpenAIChatCompletionsModel } = await import('./models/chat/chat-model.ts');
    return new OpenAIChatCompletionsModel({ model });
  };
  return {
    getResponse: async (request) => (await load()).getResponse(request),
    getStreamedResponse: async (request) => (await load()).getStreamedResponse(request),
  };
}

export function openAISettings(overrides: OpenAIOptions = {}): OpenAISettings {
  checkOptions(overrides);
  const given = { ...defaults, ...withoutUndefined(overrides) };
  const environment = typeof process === 'object' ? (process.env ?? {}) : {};
  return {
    apiKey: given.apiKey ?? environment.OPENAI_API_KEY,
    baseURL: absolute(given.baseURL ?? environment.OPENAI_BASE_URL ?? 'https://api.openai.com/v1'),
    fetch: given.fetch ?? globalFetch,
    headers: given.headers ?? {},
    maxRetries: given.maxRetries ?? 2,
    timeout: Math.min(given.timeout ?? 600_000, LONGEST_TIMER),
    model: given.model ?? 'gpt-5.6-luna',
  };
}

function checkOptions(options: OpenAIOptions): void {
  if (typeof options !== 'object' || options === null) refuse('The OpenAI options', options, 'an object');
  for (const name of ['apiKey', 'baseURL', 'model'] as const) {
    if (options[name] !== undefined) checkText(name, options[name]);
  }
  if (options.fetch !== undefined && typeof options.fetch !== 'function') refuse('fetch', options.fetch, 'a function');
  if (options.headers !== undefined) checkHeaders(options.headers);
  if (options.maxRetries !== undefined) checkCount('maxRetries', options.maxRetries, 0);
  if (options.timeout !== undefined) checkCount('timeout', options.timeout, 1);
}

function checkHeaders(headers: unknown): void {
  const isPlain = typeof headers === 'object' && headers !== null && !Array.isArray(headers);
  // A Headers object would look empty.
  if (!isPlain || headers instanceof Headers) refuse('headers', headers, 'an object of names and strings');
  for (const [name, value] of Object.entries(headers)) checkText(`headers[${JSON.stringify(name)}]`, value);
}

function withoutUndefined(options: OpenAIOptions): OpenAIOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

/** Relative addresses mean the page's origin; elsewhere there is none to be relative to. */
function absolute(baseURL: string): string {
  if (URL.canParse(baseURL, globalThis.location?.href)) {
    const url = new URL(baseURL, globalThis.location?.href);
    // Paths are put behind it, which a query or fragment would swallow.
    if (!url.search && !url.hash) return url.href.replace(/\/+$/, '');
  }
  throw new UserError('invalid_argument', 'baseURL must be a URL without a query, or in a page a path such as /v1.');
}
