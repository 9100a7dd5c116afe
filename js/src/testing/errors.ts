import type { ErrorBody } from './wire.ts';

/** An answer with an error status. A model may throw one to have it sent as it is. */
export class WireError extends Error {
  readonly status: number;
  readonly body: ErrorBody;
  readonly headers: Record<string, string>;

  constructor(status: number, error: Partial<ErrorBody> & { message: string }, headers: Record<string, string> = {}) {
    super(error.message);
    this.name = 'WireError';
    this.status = status;
    this.body = { type: status >= 500 ? 'server_error' : 'invalid_request_error', param: null, code: null, ...error };
    this.headers = headers;
  }
}

export function badRequest(message: string, param: string | null = null, code: string | null = null): WireError {
  return new WireError(400, { message, param, code });
}

export function notFound(message: string, param: string | null = null): WireError {
  return new WireError(404, { message, param });
}

export function invalidUrl(method: string, path: string): WireError {
  return notFound(`Invalid URL (${method} ${path})`);
}

export function missing(param: string): WireError {
  return badRequest(`Missing required parameter: '${param}'.`, param, 'missing_required_parameter');
}

export function invalidType(param: string, expected: string, value: unknown): WireError {
  return badRequest(
    `Invalid type for '${param}': expected ${expected}, but got ${kindOf(value)} instead.`,
    param,
    'invalid_type',
  );
}

export function unsupportedValue(param: string, value: unknown, supported: readonly string[]): WireError {
  return badRequest(
    `Invalid value: '${String(value)}'. Supported values are: ${quotedList(supported)}.`,
    param,
    'invalid_value',
  );
}

export function responseNotFound(id: string): WireError {
  return notFound(`Response with id '${id}' not found.`);
}

export function conversationNotFound(id: string): WireError {
  return notFound(`Conversation with id '${id}' not found.`);
}

export function conversationLocked(): WireError {
  return badRequest(
    'Another process is currently operating on this conversation. Please retry in a few seconds.',
    'conversation',
    'conversation_locked',
  );
}

function quotedList(words: readonly string[]): string {
  const quoted = words.map((word) => `'${word}'`);
  if (quoted.length < 3) return quoted.join(' and ');
  return `${quoted.slice(0, -1).join(', ')}, and ${quoted.at(-1)}`;
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'an integer' : 'a decimal';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
