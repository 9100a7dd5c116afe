import { isTerminal } from './generate.ts';
import type { StreamEvent } from './wire.ts';

const encoder = new TextEncoder();

export const SSE_HEADERS = { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' };

/** The bytes of each event, and of `[DONE]` where a client wants one. */
export async function* encodeEvents(
  events: AsyncIterable<StreamEvent>,
  options: { done: boolean },
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined> {
  let ended = false;
  for await (const event of events) {
    ended = isTerminal(event);
    yield encoder.encode(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
  }
  if (ended && options.done) yield encoder.encode('data: [DONE]\n\n');
}
