/** A stream of bytes that can be read in a `for await` too, where the platform's cannot. */
export type ByteStream = ReadableStream<Uint8Array> & AsyncIterable<Uint8Array>;

/** What `produce` gives, as it is asked for. */
export function byteStream(produce: () => Promise<AsyncGenerator<Uint8Array>>): ByteStream {
  let producing: Promise<AsyncGenerator<Uint8Array>> | undefined;
  const stream = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        producing ??= produce();
        const { done, value } = await (await producing).next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      async cancel() {
        await (await producing)?.return(undefined);
      },
    },
    // Nothing is read ahead of who reads.
    { highWaterMark: 0 },
  ) as ByteStream;
  if (!(Symbol.asyncIterator in stream)) Object.defineProperty(stream, Symbol.asyncIterator, { value: iterate });
  return stream;
}

async function* iterate(this: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const { piecesOf } = await import('./lines.ts');
  yield* piecesOf(this);
}
