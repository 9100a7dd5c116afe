import type { Backend } from '../backend.ts';
import type { Call } from '../call.ts';
import { checkCount } from '../check/count.ts';
import { checkListQuery } from '../check/list-query.ts';
import { buildContext } from '../context.ts';
import { responseNotFound } from '../errors.ts';
import { ResponseIds } from '../ids.ts';
import { itemPage } from '../item-list.ts';
import { contextTokens } from '../meter.ts';
import { checkModel } from './models.ts';
import type { Params } from './table.ts';

/** The input that a stored response was asked with; what it followed is not in it. */
export function listInputItems(call: Call, backend: Backend, { id }: Params): Response {
  const query = checkListQuery(call.url.searchParams);
  const stored = backend.store.get(id!);
  if (!stored) throw responseNotFound(id!);
  return Response.json(itemPage(stored.input, query));
}

/** How many input tokens a request would be charged for; the same number as in the usage of its response. */
export function countInputTokens(call: Call, backend: Backend): Response {
  const request = checkCount(call.json());
  const { items } = buildContext(request, backend, new ResponseIds(backend.random, backend.now() / 1000));
  if (request.model) checkModel(request.model, backend);
  return Response.json({ object: 'response.input_tokens', input_tokens: contextTokens(items, request) });
}
