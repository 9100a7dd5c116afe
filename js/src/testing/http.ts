import { type Random, requestId } from './ids.ts';

const EXPOSED = [
  ...['x-request-id', 'retry-after', 'retry-after-ms', 'x-should-retry', 'openai-processing-ms', 'openai-version'],
  ...['requests', 'tokens'].flatMap((unit) =>
    ['limit', 'remaining', 'reset'].map((what) => `x-ratelimit-${what}-${unit}`),
  ),
];

/** The answer to a browser that asks whether it may send a request from another origin. */
export function preflight(request: Headers): Response {
  return new Response(null, {
    status: 204,
    headers: {
      'access-control-allow-methods': 'GET,POST,DELETE,OPTIONS',
      'access-control-allow-headers': request.get('access-control-request-headers') ?? 'authorization, content-type',
      'access-control-max-age': '600',
      ...(request.has('access-control-request-private-network') && { 'access-control-allow-private-network': 'true' }),
    },
  });
}

/** Adds what every answer of the API carries; headers that are already there stay. */
export function addCommonHeaders(headers: Headers, request: Headers, random: Random, milliseconds: number): void {
  const common = {
    'access-control-allow-origin': request.get('origin') ?? '*',
    'access-control-expose-headers': EXPOSED.join(', '),
    vary: 'origin',
    'openai-version': '2020-10-01',
    'openai-processing-ms': String(Math.max(0, Math.round(milliseconds))),
    'x-request-id': requestId(random),
  };
  for (const [name, value] of Object.entries(common)) if (!headers.has(name)) headers.set(name, value);
}
