import { readBytes } from './body.ts';
import { createdId, idReader } from './created.ts';
import { passOn } from './pass-on.ts';
import { Refusal } from './refusal.ts';
import type { Secrets } from './secrets.ts';

export interface Answering {
  secrets: Secrets;
  /** Called with the id of what was made, before the client can know it. */
  onCreated: ((id: string) => Promise<void>) | undefined;
  gone: AbortSignal;
  finishes: boolean;
  onEnd: () => void;
}

/** What a client may learn of an answer. Cookies, hop-by-hop headers and names of the account stay here. */
const TOLD =
  /^(?:content-type|retry-after|retry-after-ms|x-should-retry|x-request-id|x-ratelimit-[\w-]+|openai-(?:processing-ms|version|model))$/;
const OURS = {
  'cache-control': 'no-store, no-transform',
  'x-accel-buffering': 'no',
  'x-content-type-options': 'nosniff',
};
const LONGEST_ERROR = 2 ** 20;

/** The API's answer as the client gets it. Throws where that is none of an API. */
export async function answerOf(upstream: Response, answering: Answering): Promise<Response> {
  const { status, body } = upstream;
  if (status >= 400) return errorOf(upstream, answering);
  if (status < 200 || status >= 300) throw await unexpected(upstream, `status ${status}`);
  const init = { status, headers: toldHeaders(upstream, answering.secrets) };
  if (!body || status === 204) {
    answering.onEnd();
    return new Response(null, init);
  }
  const type = mediaType(upstream);
  if (type === 'text/event-stream') return new Response(stream(body, answering), init);
  // Anything else could be a page that speaks for this origin.
  if (type !== 'application/json') throw await unexpected(upstream, 'what is no JSON');
  if (!answering.onCreated) return new Response(stream(body, answering), init);
  const text = await new Response(stream(body, { ...answering, onCreated: undefined })).text();
  const id = createdId(text);
  if (id !== undefined) await answering.onCreated(id);
  return new Response(text, init);
}

function stream(body: ReadableStream<Uint8Array>, answering: Answering): ReadableStream<Uint8Array> {
  const { secrets, onCreated, ...passing } = answering;
  const hide = secrets.hiding();
  const readId = onCreated && idReader();
  const change = async (piece?: Uint8Array) => {
    const id = piece && readId?.(piece);
    if (id !== undefined) await onCreated?.(id);
    return hide(piece);
  };
  return passOn(body, { ...passing, change });
}

/** Errors are short, and servers like to repeat the key that they refuse. */
async function errorOf(upstream: Response, { secrets, onEnd }: Answering): Promise<Response> {
  const { status } = upstream;
  const bytes = await readBytes(upstream.body, LONGEST_ERROR);
  onEnd();
  const headers = { ...toldHeaders(upstream, secrets), 'content-type': 'application/json' };
  const text = bytes && withoutSecrets(bytes, secrets);
  if (text) return new Response(text, { status, headers });
  const message = `The API answered with status ${status} and no JSON. Is baseURL right?`;
  return new Refusal(status, 'upstream_status', message, { headers }).response;
}

/** Value by value, since JSON can write the same text in many ways; nothing where it is no JSON object. */
function withoutSecrets(bytes: Uint8Array, secrets: Secrets): string | undefined {
  try {
    const value = JSON.parse(new TextDecoder().decode(bytes), (_name, member) =>
      typeof member === 'string' ? secrets.hide(member) : member,
    );
    return typeof value === 'object' && value !== null ? secrets.hide(JSON.stringify(value)) : undefined;
  } catch {
    return undefined;
  }
}

function toldHeaders({ headers }: Response, secrets: Secrets): Record<string, string> {
  const told = [...headers].filter(([name, value]) => TOLD.test(name) && secrets.hide(value) === value);
  return { ...Object.fromEntries(told), ...OURS };
}

function mediaType({ headers }: Response): string | undefined {
  return headers.get('content-type')?.split(';')[0]?.trim().toLowerCase();
}

async function unexpected(upstream: Response, what: string): Promise<Refusal> {
  upstream.body?.cancel().catch(() => {});
  return new Refusal(502, 'upstream_status', `The API answered with ${what}.`);
}
