export interface Passing {
  /** Changes each piece on its way; is called without one at the end. */
  change: (piece?: Uint8Array) => Uint8Array | Promise<Uint8Array>;
  /** Aborts when the client went away. */
  gone: AbortSignal;
  /** Whether the rest is then read for nobody, or left. */
  finishes: boolean;
  onEnd: () => void;
}

/** A body as it comes, piece by piece and no faster than it is read. */
export function passOn(body: ReadableStream<Uint8Array>, passing: Passing): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  const pieces = changed(reader, passing);
  let hasLeft = false;

  function leave(): void {
    if (hasLeft) return;
    hasLeft = true;
    if (passing.finishes) return void drain(pieces);
    reader.cancel().catch(() => {});
    passing.onEnd();
  }

  return new ReadableStream({
    start(controller) {
      passing.gone.addEventListener('abort', () => {
        if (!hasLeft) controller.error(passing.gone.reason);
        leave();
      });
      if (passing.gone.aborted) leave();
    },
    async pull(controller) {
      const { done, value } = await pieces.next();
      if (hasLeft) return;
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: leave,
  });
}

async function* changed(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  { change, onEnd }: Passing,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    for (;;) {
      const { done, value } = await reader.read();
      const bytes = await change(done ? undefined : value);
      if (bytes.length > 0) yield bytes;
      if (done) return;
    }
  } finally {
    reader.cancel().catch(() => {});
    onEnd();
  }
}

async function drain(pieces: AsyncIterable<Uint8Array>): Promise<void> {
  try {
    for await (const _piece of pieces);
  } catch {
    // Nobody is left to be told.
  }
}
