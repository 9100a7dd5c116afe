import { answerOf } from './answer.ts';
import { writeJson } from './body.ts';
import { called, reasonOf } from './hooks.ts';
import { checkKey, type ProxyContext, type Settings } from './options.ts';
import type { Path } from './paths.ts';
import { Refusal } from './refusal.ts';
import { Secrets } from './secrets.ts';

export interface Passed {
  request: Request;
  context: ProxyContext;
  path: Path;
  url: URL;
  principal: string;
  body: Record<string, unknown> | undefined;
}

/** What of the client's headers goes on; no key of requests, which all who share the API's key would share. */
const FORWARDED = ['accept', 'openai-beta', 'x-client-request-id', 'x-stainless-retry-count'];
/** The members of queries that the API knows; a key among them would end up in logs. */
const QUERY =
  /^(?:limit|order|after|before|stream|starting_after|include|include\[\]|include\[\d+\]|include_obfuscation)$/;

/** The address that a request goes to. Nothing of its host comes from the client. */
export function upstreamURL(baseURL: URL, path: string, query: URLSearchParams): URL {
  const url = new URL(baseURL);
  url.pathname = url.pathname.replace(/\/+$/, '') + path;
  for (const [name, value] of query) {
    if (!QUERY.test(name))
      throw new Refusal(400, 'unknown_parameter', 'The query has a parameter that is not passed on.');
    url.searchParams.append(name, value);
  }
  return url;
}

/** Sends a request on, with the key, and gives the answer for the client. */
export async function forward(settings: Settings, passed: Passed): Promise<Response> {
  const { request, context, principal } = passed;
  const { report } = settings;
  const key = await called('apiKey', report, () => keyFor(settings, principal));
  const finishes = settings.whenClientLeaves === 'finish';
  let onEnd = () => {};
  const work = new Promise<void>((resolve) => {
    onEnd = resolve;
  });
  if (finishes) context.waitUntil?.(work);
  try {
    const answer = await ask(settings, passed, { key, signal: finishes ? null : request.signal });
    const secrets = new Secrets([key ?? '', ...Object.values(settings.headers)]);
    const onCreated = remembering(settings, passed);
    return await answerOf(answer, { secrets, finishes, gone: request.signal, onEnd, onCreated });
  } catch (error) {
    onEnd();
    if (error instanceof Refusal || request.signal.aborted) throw error;
    report(error);
    throw new Refusal(502, 'upstream_unreachable', `The API could not be reached${reasonOf(error)}.`);
  }
}

async function keyFor({ apiKey }: Settings, principal: string): Promise<string | null> {
  if (typeof apiKey !== 'function') return apiKey;
  const key = await apiKey(principal);
  checkKey(key);
  return key;
}

interface Asking {
  key: string | null;
  signal: AbortSignal | null;
}

function ask(settings: Settings, { request, url, body }: Passed, { key, signal }: Asking): Promise<Response> {
  const { method, headers } = request;
  const forwarded = FORWARDED.map((name) => [name, headers.get(name)] as const).filter(([, value]) => value !== null);
  return settings.fetch(url, {
    method,
    headers: {
      ...(Object.fromEntries(forwarded) as Record<string, string>),
      ...settings.headers,
      ...(key !== null && { authorization: `Bearer ${key}` }),
      ...(body && { 'content-type': 'application/json' }),
    },
    // Anywhere else, the key would be shown to somebody else.
    redirect: 'manual',
    signal,
    ...(body && { body: writeJson(body) }),
  });
}

/** Tells `onCreated` of what a request makes, if that is kept. */
function remembering(
  { onCreated, report }: Settings,
  { path: { creates }, body, principal }: Passed,
): ((id: string) => Promise<void>) | undefined {
  if (!onCreated || !creates || (creates === 'response' && body?.store === false)) return undefined;
  return (id) => called('onCreated', report, () => onCreated(principal, creates, id));
}
