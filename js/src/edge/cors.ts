import { Refusal } from './refusal.ts';

const METHODS = 'GET, POST, DELETE';
/** What pages of other origins may read of an answer's headers. */
const EXPOSED = [
  ...['x-request-id', 'retry-after', 'retry-after-ms', 'x-should-retry', 'openai-processing-ms', 'openai-version'],
  ...['requests', 'tokens'].flatMap((unit) =>
    ['limit', 'remaining', 'reset'].map((what) => `x-ratelimit-${what}-${unit}`),
  ),
].join(', ');

/** The headers that let a page of another origin read an answer. Throws where the page is none that may ask. */
export function corsHeaders(request: Request, allowed: readonly string[] | '*' = []): Record<string, string> {
  const origin = request.headers.get('origin');
  if (origin === null) return {};
  const common = { 'access-control-expose-headers': EXPOSED, vary: 'origin' };
  if (allowed === '*') return { ...common, 'access-control-allow-origin': '*' };
  if (allowed.includes(origin)) {
    return { ...common, 'access-control-allow-origin': origin, 'access-control-allow-credentials': 'true' };
  }
  // Without the scheme: behind what ends TLS, a request looks like http.
  if (URL.canParse(origin) && new URL(origin).host === new URL(request.url).host) return {};
  throw new Refusal(403, 'origin_not_allowed', 'Pages of this origin may not ask.');
}

export function isPreflight({ method, headers }: Request): boolean {
  return method === 'OPTIONS' && headers.has('origin') && headers.has('access-control-request-method');
}

export function preflightAnswer({ headers }: Request, methods = METHODS): Response {
  return new Response(null, {
    status: 204,
    headers: {
      'access-control-allow-methods': methods,
      // Whatever they are: those that are not ours go no further.
      'access-control-allow-headers': headers.get('access-control-request-headers') ?? 'authorization, content-type',
      'access-control-max-age': '600',
    },
  });
}
