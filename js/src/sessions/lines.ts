import { joinBytes } from '../bytes.ts';

/** What gives bytes piece by piece, or has them. */
export type ByteSource = ReadableStream<Uint8Array> | AsyncIterable<Uint8Array | string> | Blob | Uint8Array | string;

export interface Line {
  number: number;
  /** Nothing for a line that is longer than allowed; what it holds is never in memory. */
  bytes: Uint8Array | undefined;
}

const NEWLINE = 0x0a;

/** The pieces of a source; it is cancelled when they are not all taken. */
export async function* piecesOf(source: ByteSource): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  if (typeof source === 'string') yield encoder.encode(source);
  else if (source instanceof Uint8Array) yield source;
  else if (source instanceof Blob) yield* piecesOf(source.stream());
  else if (source instanceof ReadableStream) yield* streamed(source);
  else for await (const piece of source) yield typeof piece === 'string' ? encoder.encode(piece) : piece;
}

/** Safari's streams are no async iterables. */
async function* streamed(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader();
  let isDone = false;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      isDone = done;
      if (done) return;
      yield value;
    }
  } finally {
    if (!isDone) await reader.cancel().catch(() => undefined);
    reader.releaseLock();
  }
}

/** The lines of a text without the characters that end them. Empty ones are left out, and counted. */
export async function* linesOf(pieces: AsyncIterable<Uint8Array>, longest: number): AsyncGenerator<Line> {
  let number = 1;
  let begun: Uint8Array[] = [];
  let length = 0;
  const take = (end: Uint8Array): Line => {
    add(end);
    const line = { number, bytes: length > longest ? undefined : joinBytes(begun) };
    [begun, length, number] = [[], 0, number + 1];
    return line;
  };
  const add = (piece: Uint8Array) => {
    length += piece.length;
    if (length > longest) begun = [];
    else begun.push(piece);
  };
  for await (const piece of pieces) {
    let from = 0;
    for (let end = piece.indexOf(NEWLINE); end >= 0; end = piece.indexOf(NEWLINE, from)) {
      const line = take(piece.subarray(from, end));
      if (!isBlank(line)) yield line;
      from = end + 1;
    }
    // A copy: who gives the pieces may use their memory again.
    if (from < piece.length) add(piece.slice(from));
  }
  const last = take(new Uint8Array());
  if (!isBlank(last)) yield last;
}

function isBlank({ bytes }: Line): boolean {
  return bytes?.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d) ?? false;
}
