/**
 * A body that is produced as it is read. It fails with the signal's reason once the signal aborts; `cancel` is
 * called when its reader goes away, `end` once in every case.
 */
export function bodyStream(
  chunks: AsyncIterator<Uint8Array<ArrayBuffer>>,
  signal: AbortSignal,
  { cancel, end }: { cancel: () => void; end: () => void },
): ReadableStream<Uint8Array<ArrayBuffer>> {
  let stop = () => {};
  const finish = () => {
    signal.removeEventListener('abort', stop);
    end();
  };
  return new ReadableStream({
    start(controller) {
      stop = () => {
        controller.error(signal.reason);
        chunks.return?.().catch(() => {});
        finish();
      };
      if (signal.aborted) stop();
      else signal.addEventListener('abort', stop, { once: true });
    },
    async pull(controller) {
      try {
        const { done, value } = await chunks.next();
        if (signal.aborted) return;
        if (!done) return controller.enqueue(value);
        controller.close();
        finish();
      } catch (error) {
        controller.error(error);
        finish();
      }
    },
    cancel() {
      cancel();
    },
  });
}
