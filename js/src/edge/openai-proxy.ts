import { readJson } from './body.ts';
import { corsHeaders, isPreflight, preflightAnswer } from './cors.ts';
import { Gate } from './gate.ts';
import { type OpenAIProxyOptions, type ProxyContext, type ProxyHandler, settingsOf } from './options.ts';
import { findPath } from './paths.ts';
import { Refusal } from './refusal.ts';
import { forward, upstreamURL } from './upstream.ts';

/**
 * A handler of requests that adds the key of an API, for pages whose visitors may use a model and must not have its key.
 * It passes on what its options allow, streams answers through, and refuses the rest with errors of the API's shape: 401
 * without a principal, 403 for models, origins and ids that are not allowed, 404 for other paths and methods and for what
 * somebody else owns, 413 for long bodies, 429 with `retry-after-ms` when the rate is used up, 502 when the API cannot be
 * reached. It needs nothing but the web's own `Request`, `Response` and `fetch`. Throws a `UserError` for options that
 * cannot work.
 *
 * What is sent on is the method, the path, the query's known members, the body as JSON and a few headers; no cookies, no
 * `Authorization`, no address of the client's. Make it once, not for each request: it counts `rate`.
 *
 * The key owns all conversations and stored responses, so ids of them are refused unless `owns` says whose they are. Items
 * with ids of their own in `input` (messages, reasoning, calls) are taken for the texts that they are.
 *
 * @example
 * const proxy = openAIProxy({ apiKey: env.OPENAI_API_KEY, authorize: (request) => userOf(request), models: ['gpt-5.6-luna'] });
 * export default { fetch: (request) => proxy(request) };
 */
export function openAIProxy(options: OpenAIProxyOptions): ProxyHandler {
  const settings = settingsOf(options);
  const gate = new Gate(settings);

  return async (request, context = {}) => {
    let cors = {};
    try {
      cors = corsHeaders(request, settings.allowedOrigins);
      return withHeaders(await answer(request, context), cors);
    } catch (error) {
      return withHeaders(refusalFor(error, request).response, cors);
    }
  };

  function refusalFor(error: unknown, { signal }: Request): Refusal {
    if (error instanceof Refusal) return error;
    if (signal.aborted) return new Refusal(499, 'client_gone', 'The client went away.');
    settings.report(error);
    return new Refusal(500, 'proxy_failed', 'The proxy failed.');
  }

  async function answer(request: Request, context: ProxyContext): Promise<Response> {
    if (isPreflight(request)) return preflightAnswer(request);
    const { pathname, searchParams } = new URL(request.url);
    const below = pathname.startsWith(settings.prefix) ? pathname.slice(settings.prefix.length) : '';
    const found = findPath(settings.paths, request.method, below);
    if (!found) throw new Refusal(404, 'not_found', 'The proxy has no such path, or not for this method.');
    const url = upstreamURL(settings.baseURL, below, searchParams);

    const principal = await gate.principal(request);
    if (principal instanceof Response) return principal;
    await gate.rate(principal);
    await gate.path(principal, found);
    const body = request.method === 'POST' ? await readJson(request, settings.maxRequestBytes) : undefined;
    await gate.body(principal, found.path, body);
    return forward(settings, { request, context, path: found.path, url, principal, body });
  }
}

/** A copy, since those of an answer that came from elsewhere cannot be changed. */
function withHeaders(answer: Response, more: Record<string, string>): Response {
  const headers = new Headers(answer.headers);
  for (const [name, value] of Object.entries(more)) headers.set(name, value);
  return new Response(answer.body, { status: answer.status, headers });
}
