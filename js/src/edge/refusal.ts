export interface RefusalOptions {
  param?: string | undefined;
  headers?: Record<string, string>;
}

/** Why a request is not passed on, as the client is told it. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: string;
  readonly param: string | null;
  readonly headers: Record<string, string>;

  constructor(status: number, code: string, message: string, { param, headers = {} }: RefusalOptions = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.param = param ?? null;
    this.headers = headers;
  }

  /** The answer, in the API's own shape, so that its clients can read it. */
  get response(): Response {
    const { status, code, message, param, headers } = this;
    return Response.json({ error: { message, type: typeOf(status), param, code } }, { status, headers });
  }
}

function typeOf(status: number): string {
  if (status === 429) return 'requests';
  return status >= 500 ? 'server_error' : 'invalid_request_error';
}
