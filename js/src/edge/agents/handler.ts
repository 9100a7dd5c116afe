import { checkCount, checkFunction, checkOptions, refuse } from '../../check.ts';
import { UserError } from '../../errors.ts';
import { readBytes } from '../body.ts';
import { corsHeaders, isPreflight, preflightAnswer } from '../cors.ts';
import { type Report, reporter } from '../hooks.ts';
import { checkOrigins, type RateLimiter, readPrefix, readRate } from '../options.ts';
import { askRate, nameOf } from '../principals.ts';
import { Refusal } from '../refusal.ts';
import { Secrets } from '../secrets.ts';
import { principalFlaw, principalHeader } from './principal.ts';
import { findRoute } from './routes.ts';

/** What of a stub of a Durable Object is used. */
export interface ObjectStub {
  // biome-ignore lint/suspicious/noExplicitAny: Cloudflare's types of requests and answers are not those of the DOM
  fetch(request: any): Promise<any>;
}

/** What of a binding of Durable Objects is used. */
export interface ObjectNamespace {
  // biome-ignore lint/suspicious/noExplicitAny: whatever names an object there
  idFromName(name: string): any;
  // biome-ignore lint/suspicious/noExplicitAny: as above
  get(id: any): ObjectStub;
}

export interface AgentsHandlerOptions<Env = unknown> {
  /**
   * Says who asks, by what the request brings (a cookie, a token of yours in `Authorization`): a name for the person or
   * visitor, `null` for nobody (401), or an answer of your own. It must not read the body. All that a request can reach
   * are the conversations of that name.
   */
  authorize(request: Request, env: Env): string | Response | null | Promise<string | Response | null>;
  /** The binding of the class that `agentsObject` made: `(env) => env.CONVERSATIONS`. */
  namespace(env: Env): ObjectNamespace;
  /**
   * Leads to a principal's object, such as in a jurisdiction. An object refuses all principals but its first. Default: the
   * object that has the principal's name.
   */
  route?: ((principal: string, env: Env) => ObjectStub | Promise<ObjectStub>) | undefined;
  /** The path that this handler is at. Default `/api`. */
  prefix?: string | undefined;
  /** How long a request's body may be. Default 1 MiB, and at most 1,900,000. */
  maxRequestBytes?: number | undefined;
  /** How often each principal may ask, as in `openAIProxy`. Default: no limit. */
  rate?: { requests: number; perMs: number } | RateLimiter | undefined;
  /** The origins of other pages that may ask, as in `openAIProxy`. Default: only pages of this host. */
  allowedOrigins?: readonly string[] | '*' | undefined;
  /** Told of what failed on this side. Default: `console.error`. */
  onError?: ((error: unknown) => void) | undefined;
}

export type AgentsHandler<Env = unknown> = (request: Request, env: Env, context?: unknown) => Promise<Response>;

const METHODS = 'GET, POST, PATCH, DELETE';
const DEFAULT_MAX_BYTES = 2 ** 20;
const MOST_BYTES = 1_900_000;
/** What of a client's headers an object sees. */
const FORWARDED = ['accept', 'last-event-id'];

/**
 * A handler of requests for the conversations of whoever asks: it finds out who that is and passes what fits its routes on
 * to that principal's Durable Object, of a class that `agentsObject` made. Errors have the shape of the API's: 401 without
 * a principal, 403 for origins, 404 for other paths and methods, 413 for long bodies, 429 when the rate is used up. Throws
 * a `UserError` for options that cannot work; without `authorize` there is no handler.
 *
 * @example
 * const handle = agentsHandler({ authorize: (request, env: Env) => userOf(request, env), namespace: (env) => env.CONVERSATIONS });
 * export default { fetch: handle };
 */
export function agentsHandler<Env = unknown>(options: AgentsHandlerOptions<Env>): AgentsHandler<Env> {
  checkHandlerOptions(options);
  const { allowedOrigins, maxRequestBytes = DEFAULT_MAX_BYTES } = options;
  const prefix = readPrefix(options.prefix ?? '/api');
  const rate = readRate(options.rate);
  const report: Report = reporter(options.onError, new Secrets([]), 'agentsHandler');

  return async (request, env) => {
    let cors = {};
    try {
      cors = corsHeaders(request, allowedOrigins);
      return withHeaders(await answer(request, env), cors);
    } catch (error) {
      if (error instanceof Refusal) return withHeaders(error.response, cors);
      report(error);
      return withHeaders(new Refusal(500, 'internal', 'The request failed.').response, cors);
    }
  };

  async function answer(request: Request, env: Env): Promise<Response> {
    if (isPreflight(request)) return preflightAnswer(request, METHODS);
    const { pathname, search } = new URL(request.url);
    const below = pathname.startsWith(prefix) ? pathname.slice(prefix.length) : '';
    if (!findRoute(request.method, below)) {
      throw new Refusal(404, 'not_found', 'There is no such path, or not for this method.');
    }
    const principal = nameOf(await options.authorize(request, env));
    if (principal instanceof Response) return principal;
    const flaw = principalFlaw(principal);
    if (flaw) throw new UserError('user_error', `authorize gave a name that ${flaw}.`);
    if (rate) await askRate(rate, principal);
    const stub = await (options.route ?? namedAfter)(principal, env);
    return stub.fetch(await passedOn(request, { url: `https://object${below}${search}`, principal }));
  }

  function namedAfter(principal: string, env: Env): ObjectStub {
    const namespace = options.namespace(env);
    return namespace.get(namespace.idFromName(principal));
  }

  /** A request of our own: nothing of the client's comes along but what is listed here. */
  async function passedOn(request: Request, { url, principal }: { url: string; principal: string }): Promise<Request> {
    const { method, headers } = request;
    const forwarded = FORWARDED.map((name) => [name, headers.get(name)] as const).filter(([, value]) => value !== null);
    const body = method === 'GET' ? undefined : await boundedBody(request);
    return new Request(url, {
      method,
      headers: { ...(Object.fromEntries(forwarded) as Record<string, string>), ...principalHeader(principal) },
      ...(body && { body }),
    });
  }

  async function boundedBody(request: Request): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const isTooLong = Number(request.headers.get('content-length')) > maxRequestBytes;
    const bytes = isTooLong ? undefined : await readBytes(request.body, maxRequestBytes).catch(() => null);
    if (bytes === null) throw new Refusal(400, 'incomplete_body', 'The body broke off.');
    if (!bytes) throw new Refusal(413, 'request_too_large', `A request may have ${maxRequestBytes} bytes.`);
    return bytes.length === 0 ? undefined : (bytes as Uint8Array<ArrayBuffer>);
  }
}

function checkHandlerOptions<Env>(options: AgentsHandlerOptions<Env>): void {
  checkOptions('The options of agentsHandler', options);
  const { authorize, namespace, maxRequestBytes, allowedOrigins } = options;
  if (typeof authorize !== 'function') refuse('authorize', authorize, 'a function that names who asks');
  if (typeof namespace !== 'function') refuse('namespace', namespace, 'a function that gives the binding');
  for (const name of ['route', 'onError'] as const) if (options[name] !== undefined) checkFunction(name, options[name]);
  if (maxRequestBytes !== undefined) {
    checkCount('maxRequestBytes', maxRequestBytes, 1);
    if (maxRequestBytes > MOST_BYTES)
      throw new UserError('invalid_argument', `maxRequestBytes must be at most ${MOST_BYTES}.`);
  }
  checkOrigins(allowedOrigins);
}

/** A copy, since those of an answer that came from elsewhere cannot be changed. */
function withHeaders(answer: Response, more: Record<string, string>): Response {
  const headers = new Headers(answer.headers);
  for (const [name, value] of Object.entries(more)) headers.set(name, value);
  return new Response(answer.body, { status: answer.status, headers });
}
