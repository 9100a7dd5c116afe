import type { Backend } from '../backend.ts';
import type { Call } from '../call.ts';
import { integer } from '../check/checks.ts';
import { checkInclude, numberIn } from '../check/list-query.ts';
import { badRequest, responseNotFound } from '../errors.ts';
import type { StoredResponse } from '../store.ts';
import type { StreamEvent } from '../wire.ts';
import { streamed } from './responses.ts';
import type { Params } from './table.ts';

export function getResponse(call: Call, backend: Backend, { id }: Params): Response {
  const query = call.url.searchParams;
  checkInclude(query);
  const after = numberIn(query.get('starting_after') ?? '-1');
  integer(-1)(after, 'starting_after');
  const { response, run } = known(id!, backend);
  if (query.get('stream') !== 'true') return Response.json(response);
  if (!run?.streams) {
    const missing = run ? 'stream' : 'background';
    throw badRequest(`This response cannot be streamed because it was not created with ${missing}=true.`, 'stream');
  }
  const events = run.eventsAfter(after as number);
  return streamed(query.get('include_obfuscation') === 'false' ? plain(events) : events, call, backend);
}

export function deleteResponse(_call: Call, backend: Backend, { id }: Params): Response {
  known(id!, backend).run?.stop();
  backend.store.delete(id!);
  return Response.json({ id, object: 'response', deleted: true });
}

/** Stops a response that runs in the background; one that is over stays as it is. */
export function cancelResponse(_call: Call, backend: Backend, { id }: Params): Response {
  const { run } = known(id!, backend);
  if (!run) throw badRequest('Cannot cancel a synchronous response.');
  run.stop();
  return Response.json(known(id!, backend).response);
}

function known(id: string, backend: Backend): StoredResponse {
  const stored = backend.store.get(id);
  if (!stored) throw responseNotFound(id);
  return stored;
}

async function* plain(events: AsyncIterable<StreamEvent>): AsyncGenerator<StreamEvent, void, undefined> {
  for await (const { obfuscation: _, ...event } of events) yield event as StreamEvent;
}
