import type { Backend } from '../backend.ts';
import type { Call } from '../call.ts';
import { badRequest, WireError } from '../errors.ts';
import type { CreateRequest } from '../wire.ts';
import type { Params } from './table.ts';

const FALLBACK = 'scripted';

export function listModels(_call: Call, backend: Backend): Response {
  return Response.json({ object: 'list', data: names(backend).map(describe) });
}

export function getModel(_call: Call, backend: Backend, { id }: Params): Response {
  if (names(backend).includes(id!)) return Response.json(describe(id!));
  throw new WireError(404, { message: `The model '${id}' does not exist`, param: 'model', code: 'model_not_found' });
}

/** Throws when the server has a list of models and `name` is not on it. */
export function checkModel(name: string, backend: Backend): void {
  if (!backend.models || backend.models.includes(name)) return;
  throw badRequest(`The requested model '${name}' does not exist.`, 'model', 'model_not_found');
}

/** Throws for a parameter that the model does not support. */
export function checkSupported(request: CreateRequest, { unsupported }: Backend): void {
  const name = unsupported.find((parameter) => request[parameter] !== undefined && request[parameter] !== null);
  if (name) throw badRequest(`Unsupported parameter: '${name}' is not supported with this model.`, name);
}

function names(backend: Backend): readonly string[] {
  return backend.models ?? [backend.model.id ?? FALLBACK];
}

function describe(id: string): object {
  return { id, object: 'model', created: 1763769600, owned_by: 'agents-wasm' };
}
