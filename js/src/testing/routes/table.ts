import type { Backend } from '../backend.ts';
import type { Call } from '../call.ts';
import { invalidUrl } from '../errors.ts';
import { createChatCompletion } from './chat.ts';
import { compactContext } from './compact.ts';
import {
  createConversation,
  createItems,
  deleteConversation,
  deleteItem,
  getConversation,
  getItem,
  listItems,
  updateConversation,
} from './conversations.ts';
import { countInputTokens, listInputItems } from './input.ts';
import { getModel, listModels } from './models.ts';
import { createResponse } from './responses.ts';
import { cancelResponse, deleteResponse, getResponse } from './stored-responses.ts';

export type Params = Record<string, string>;
type Handler = (call: Call, backend: Backend, params: Params) => Response | Promise<Response>;

const ROUTES: { method: string; path: string; handle: Handler }[] = [
  { method: 'POST', path: '/v1/responses', handle: createResponse },
  { method: 'POST', path: '/v1/responses/compact', handle: compactContext },
  { method: 'POST', path: '/v1/responses/input_tokens', handle: countInputTokens },
  { method: 'GET', path: '/v1/responses/:id', handle: getResponse },
  { method: 'DELETE', path: '/v1/responses/:id', handle: deleteResponse },
  { method: 'POST', path: '/v1/responses/:id/cancel', handle: cancelResponse },
  { method: 'GET', path: '/v1/responses/:id/input_items', handle: listInputItems },
  { method: 'POST', path: '/v1/conversations', handle: createConversation },
  { method: 'GET', path: '/v1/conversations/:id', handle: getConversation },
  { method: 'POST', path: '/v1/conversations/:id', handle: updateConversation },
  { method: 'DELETE', path: '/v1/conversations/:id', handle: deleteConversation },
  { method: 'POST', path: '/v1/conversations/:id/items', handle: createItems },
  { method: 'GET', path: '/v1/conversations/:id/items', handle: listItems },
  { method: 'GET', path: '/v1/conversations/:id/items/:item', handle: getItem },
  { method: 'DELETE', path: '/v1/conversations/:id/items/:item', handle: deleteItem },
  { method: 'POST', path: '/v1/chat/completions', handle: createChatCompletion },
  { method: 'GET', path: '/v1/models', handle: listModels },
  { method: 'GET', path: '/v1/models/:id', handle: getModel },
];

/** Hands the call to its route. Throws the live API's 404 where there is none. */
export function dispatch(call: Call, backend: Backend): Response | Promise<Response> {
  const { pathname } = call.url;
  for (const route of ROUTES) {
    const params = route.method === call.method ? match(route.path, pathname) : undefined;
    if (params) return route.handle(call, backend, params);
  }
  throw invalidUrl(call.method, pathname);
}

function match(pattern: string, pathname: string): Params | undefined {
  const names = pattern.split('/');
  const parts = pathname.split('/');
  if (names.length !== parts.length) return undefined;
  const params: Params = {};
  for (const [index, name] of names.entries()) {
    const part = parts[index]!;
    if (name.startsWith(':') && part !== '') params[name.slice(1)] = decode(part);
    else if (name !== part) return undefined;
  }
  return params;
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
