import type { BackgroundRun } from './background.ts';
import { isTerminal } from './generate.ts';
import type { StoredResponse } from './store.ts';
import { lasting } from './stored-form.ts';
import type { Turn } from './turn.ts';
import type { ResponseObject, StreamEvent } from './wire.ts';
import type { Work } from './work.ts';

/** Passes the events on, and stores the finished response before anyone sees that it is finished. */
export async function* storing(
  events: AsyncIterable<StreamEvent>,
  turn: Turn,
  work: Work,
): AsyncGenerator<StreamEvent, void, undefined> {
  try {
    for await (const event of events) {
      if (isTerminal(event)) {
        store(event.response as ResponseObject, turn, work);
        work.end();
      }
      yield event;
    }
  } finally {
    work.end();
  }
}

function store(response: ResponseObject, turn: Turn, work: Work): void {
  const { request, context, backend } = turn;
  if (request.store === false) return;
  const { conversation, own } = context;
  // One in the background is there already, unless somebody has deleted it.
  if (!request.background) backend.store.add(entryOf(turn, response));
  if (!conversation || response.status === 'failed' || !work.appends) return;
  backend.conversations.append(conversation, [...lasting(own), ...response.output]);
}

/** Passes the events on, and has the store show at each of them how far a response in the background is. */
export async function* recording(
  events: AsyncIterable<StreamEvent>,
  { turn, run, response }: { turn: Turn; run: BackgroundRun; response: ResponseObject },
): AsyncGenerator<StreamEvent, void, undefined> {
  const kept = turn.backend.store;
  const update = (change: Partial<ResponseObject>) => {
    const stored = kept.get(response.id);
    if (stored) kept.add({ ...stored, response: { ...stored.response, ...change } });
  };
  kept.add({ ...entryOf(turn, response), run });
  turn.signal.addEventListener('abort', () => update({ status: 'cancelled' }), { once: true });
  for await (const event of events) {
    turn.signal.throwIfAborted();
    if (event.response) update(event.response);
    yield event;
  }
}

function entryOf({ request, context }: Turn, response: ResponseObject): StoredResponse {
  const { own, before } = context;
  return { response, input: own, previousId: request.previous_response_id ?? null, before };
}
