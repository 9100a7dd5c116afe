import { checkCount, checkFunction, checkOneOf, checkOptions, checkText, refuse } from '../check.ts';
import { UserError } from '../errors.ts';
import { type Report, reporter } from './hooks.ts';
import { OPENAI_PROXY_PATHS, type Path, readPaths } from './paths.ts';
import { tokenBuckets } from './rate.ts';
import type { Owned } from './references.ts';
import { Secrets } from './secrets.ts';

export type { Owned } from './references.ts';

/** For how many milliseconds this principal has to wait, or 0 when it may ask now; it is then counted. */
export type RateLimiter = (principal: string) => number | Promise<number>;

export interface OpenAIProxyOptions {
  /**
   * Sent as `Authorization: Bearer …` in place of the caller's; a function may have one for each principal. `null` for a
   * server that wants none. It comes into no answer: where the API repeats it, there is `…` instead.
   */
  apiKey: string | null | ((principal: string) => string | Promise<string>);
  /**
   * Says who asks, by what the request brings (a cookie, a token of yours in `Authorization`): a name for the person or
   * visitor, `null` for nobody (401), or an answer of your own. It must not read the body.
   *
   * `'anyone'` lets everybody in, and is for development: it answers only under the names of this machine (`localhost`,
   * `127.0.0.1`, `[::1]`).
   */
  authorize: 'anyone' | ((request: Request) => string | Response | null | Promise<string | Response | null>);
  /** Where requests go. Default: OpenAI's. */
  baseURL?: string | undefined;
  /** The path that this handler is at, and that clients have in their `baseURL`. Default `/v1`. */
  prefix?: string | undefined;
  /**
   * What may be asked, below the prefix: `['POST /responses', 'GET /responses/{response}']`. A name in braces stands for
   * an id; `owns` is asked about those that are a kind of `Owned`. Only bodies and answers in JSON, and event streams, are
   * passed on. Default `OPENAI_PROXY_PATHS`.
   */
  paths?: readonly string[] | undefined;
  /** The models that may be named, tools' own ones among them. Then one has to be named. Default: all. */
  models?: readonly string[] | undefined;
  /** How long a request's body may be. Default 8 MiB. */
  maxRequestBytes?: number | undefined;
  /**
   * How often each principal may ask: so many at once, and as many again in each `perMs`. It is counted in this process;
   * a function counts where you like, such as in a Durable Object. Default: no limit.
   */
  rate?: { requests: number; perMs: number } | RateLimiter | undefined;
  /**
   * The origins of other pages that may ask, cookies included, or `'*'` for all, without cookies. Default: only pages of
   * the host that this handler is at.
   */
  allowedOrigins?: readonly string[] | '*' | undefined;
  /**
   * Whether this principal may use what an id in a path or body names: conversations, earlier responses, files and the
   * rest of `Owned`. All of it belongs to the key, so that whoever knows an id could read another user's history. Without
   * this function every such id is refused, and with it the paths of conversations.
   */
  owns?: ((principal: string, kind: Owned, id: string) => boolean | Promise<boolean>) | undefined;
  /** Told of the id of what a principal made, before the principal is: remember it for `owns`. */
  onCreated?: ((principal: string, kind: 'conversation' | 'response', id: string) => void | Promise<void>) | undefined;
  /**
   * What happens to a request whose client went away: `'abort'` ends it, `'finish'` reads its answer to the end. Default
   * `'abort'`.
   */
  whenClientLeaves?: 'abort' | 'finish' | undefined;
  /** More headers for the API, such as `openai-organization`. */
  headers?: Record<string, string> | undefined;
  /** Does the requests in place of the global `fetch`. */
  fetch?: typeof globalThis.fetch | undefined;
  /** Told of what failed on this side: a function above, or the way to the API. Default: `console.error`, without the key. */
  onError?: ((error: unknown) => void) | undefined;
}

/** What the runtime gives beside a request; Cloudflare's `ctx` is one. */
export interface ProxyContext {
  /** Keeps the runtime awake for what `whenClientLeaves: 'finish'` still has to read. */
  waitUntil?(work: Promise<unknown>): void;
}

export type ProxyHandler = (request: Request, context?: ProxyContext) => Promise<Response>;

/** Options with every default filled in. */
export interface Settings extends Omit<OpenAIProxyOptions, 'paths' | 'rate' | 'baseURL' | 'onError'> {
  baseURL: URL;
  prefix: string;
  paths: Path[];
  maxRequestBytes: number;
  headers: Record<string, string>;
  fetch: typeof globalThis.fetch;
  rate: RateLimiter | undefined;
  report: Report;
}

const OPENAI = 'https://api.openai.com/v1';
const DEFAULT_MAX_BYTES = 8 * 2 ** 20;

export function settingsOf(options: OpenAIProxyOptions): Settings {
  checkOptions('The options of openAIProxy', options);
  const { apiKey, authorize, ...others } = options;
  if (apiKey !== null && typeof apiKey !== 'function') checkKey(apiKey);
  if (authorize !== 'anyone' && typeof authorize !== 'function')
    refuse('authorize', authorize, "a function or 'anyone'");
  checkOthers(others);
  return {
    ...others,
    apiKey,
    authorize,
    baseURL: readBaseURL(options.baseURL ?? OPENAI),
    prefix: readPrefix(options.prefix ?? '/v1'),
    paths: readPaths(options.paths ?? OPENAI_PROXY_PATHS),
    maxRequestBytes: options.maxRequestBytes ?? DEFAULT_MAX_BYTES,
    headers: readHeaders(options.headers ?? {}),
    // Called as a plain function: the global fetch refuses to be a method of another object.
    fetch: options.fetch ?? ((input, init) => globalThis.fetch(input, init)),
    rate: readRate(options.rate),
    report: reporter(options.onError, new Secrets(typeof apiKey === 'string' ? [apiKey] : []), 'the proxy'),
  };
}

/** Throws unless a header can carry it. */
export function checkKey(key: unknown): asserts key is string {
  if (typeof key !== 'string') refuse('apiKey', key, 'a string, a function that gives one, or null');
  if (!/^[\x21-\x7e]+$/.test(key)) throw new UserError('invalid_argument', 'apiKey has characters that no key has.');
}

function checkOthers(options: Omit<OpenAIProxyOptions, 'apiKey' | 'authorize'>): void {
  for (const name of ['owns', 'onCreated', 'fetch', 'onError'] as const) {
    if (options[name] !== undefined) checkFunction(name, options[name]);
  }
  if (options.models !== undefined) checkTexts('models', options.models);
  if (options.maxRequestBytes !== undefined) checkCount('maxRequestBytes', options.maxRequestBytes, 1);
  if (options.whenClientLeaves !== undefined) {
    checkOneOf('whenClientLeaves', options.whenClientLeaves, ['abort', 'finish']);
  }
  checkOrigins(options.allowedOrigins);
}

export function checkOrigins(origins: OpenAIProxyOptions['allowedOrigins']): void {
  if (origins === undefined || origins === '*') return;
  checkTexts('allowedOrigins', origins);
  for (const origin of origins) if (origin !== 'null') checkOrigin(origin);
}

function checkTexts(argument: string, list: unknown): asserts list is string[] {
  if (!Array.isArray(list)) refuse(argument, list, 'an array of strings');
  list.forEach((text, index) => checkText(`${argument}[${index}]`, text));
}

/** One that is written in another way than browsers do would never fit. */
function checkOrigin(text: string): void {
  if (URL.canParse(text) && new URL(text).origin === text) return;
  throw new UserError('invalid_argument', "allowedOrigins must be like 'https://example.com', without a path.");
}

export function readRate(rate: OpenAIProxyOptions['rate']): RateLimiter | undefined {
  if (rate === undefined || typeof rate === 'function') return rate;
  checkOptions('rate', rate);
  checkCount('rate.requests', rate.requests, 1);
  checkCount('rate.perMs', rate.perMs, 1);
  return tokenBuckets(rate);
}

function readBaseURL(text: unknown): URL {
  checkText('baseURL', text);
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isWeb = url?.protocol === 'https:' || url?.protocol === 'http:';
  if (url && isWeb && !url.username && !url.password && !url.hash) return url;
  throw new UserError('invalid_argument', 'baseURL must be an http or https address without a user name.');
}

export function readPrefix(prefix: unknown): string {
  checkText('prefix', prefix);
  if (/^(?:\/[\w.-]+)*$/.test(prefix)) return prefix;
  throw new UserError('invalid_argument', "prefix must be a path such as '/v1', without a slash at its end.");
}

function readHeaders(headers: unknown): Record<string, string> {
  const isPlain = typeof headers === 'object' && headers !== null && !Array.isArray(headers);
  // A Headers object would look empty.
  if (!isPlain || headers instanceof Headers) refuse('headers', headers, 'an object of names and strings');
  for (const value of Object.values(headers)) checkText('A value of headers', value);
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
