import { joinBytes } from '../bytes.ts';
import { Refusal } from './refusal.ts';

type Body = ReadableStream<Uint8Array> | null;

/** All bytes of a body, or nothing when it has more than `maxBytes`. They are counted as they come. */
export async function readBytes(body: Body, maxBytes: number): Promise<Uint8Array | undefined> {
  const reader = body?.getReader();
  const pieces: Uint8Array[] = [];
  let length = 0;
  while (reader) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.length;
    if (length > maxBytes) {
      reader.cancel().catch(() => {});
      return undefined;
    }
    pieces.push(value);
  }
  return joinBytes(pieces);
}

/** The object that a request brings, or nothing when its body is empty. */
export async function readJson(request: Request, maxBytes: number): Promise<Record<string, unknown> | undefined> {
  const isTooLong = Number(request.headers.get('content-length')) > maxBytes;
  const bytes = isTooLong ? undefined : await readBytes(request.body, maxBytes).catch(() => null);
  if (bytes === null) throw new Refusal(400, 'incomplete_body', 'The body broke off.');
  if (!bytes) throw new Refusal(413, 'request_too_large', `A request may have ${maxBytes} bytes.`);
  if (bytes.length === 0) return undefined;
  const value = parse(bytes);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new Refusal(400, 'invalid_json', 'The body must be a JSON object.');
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
}

/**
 * A body as it is sent on: written anew, so that the API reads what was checked here. Of a member that comes twice, one
 * parser takes the first and another the last.
 */
export function writeJson(body: Record<string, unknown>): string {
  try {
    return JSON.stringify(body);
  } catch {
    throw new Refusal(400, 'invalid_json', 'The body is nested too deeply.');
  }
}
