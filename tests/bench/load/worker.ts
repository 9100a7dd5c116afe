import type { ObjectNamespace } from 'agents-wasm/edge';

export interface Env {
  CONVERSATIONS: ObjectNamespace;
}

/** Leads a request to the object of the principal that it names. */
export function toObject(request: Request, env: Env): Promise<Response> {
  const { CONVERSATIONS } = env;
  return CONVERSATIONS.get(CONVERSATIONS.idFromName(request.headers.get('x-user') ?? '')).fetch(request);
}
