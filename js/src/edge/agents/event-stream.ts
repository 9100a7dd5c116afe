import type { EventLog, LogEvent } from './event-log.ts';

export interface Following {
  /** The last event that the client has. */
  after: number;
  /** All that the client needs in place of the events that are not in memory any more. */
  snapshot(): object;
}

/** Proxies between close what is silent; and only who writes finds out that nobody reads. */
const PAUSE = 15_000;
const encoder = new TextEncoder();
const HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store, no-transform',
  'x-accel-buffering': 'no',
  'x-content-type-options': 'nosniff',
};

/** The events of a run, as they come, to its end. Each reader takes them at its own pace and holds up nobody. */
export function eventStream(log: EventLog, { after, snapshot }: Following): Response {
  let last = after;
  const stream = new ReadableStream<Uint8Array>({
    async pull(controller) {
      await nextOrPause(log, last);
      // What the client says that it has may be of another run.
      const events = last > log.last ? undefined : log.after(last);
      const missed = events ?? [{ n: log.last, type: 'snapshot', data: JSON.stringify(snapshot()) }];
      last = log.last;
      controller.enqueue(encoder.encode(missed.map(written).join('') || ': …\n\n'));
      if (log.isOver) controller.close();
    },
  });
  return new Response(stream, { headers: HEADERS });
}

/** Events that are all there already. */
export function eventsAnswer(events: LogEvent[]): Response {
  return new Response(events.map(written).join(''), { headers: HEADERS });
}

function written({ n, type, data }: LogEvent): string {
  return `id: ${n}\nevent: ${type}\ndata: ${data}\n\n`;
}

async function nextOrPause(log: EventLog, last: number): Promise<void> {
  if (log.isOver || last !== log.last) return;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const pause = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, PAUSE);
  });
  await Promise.race([log.next(last), pause]);
  clearTimeout(timer);
}
