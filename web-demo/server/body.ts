import type { IncomingMessage } from 'node:http';

/** A body that is longer than allowed. */
export class TooLongError extends Error {}

/** The whole body of a request, or of an answer. */
export async function readBody(message: IncomingMessage, maxBytes: number): Promise<Buffer> {
  // Leaving the loop below ends the connection, and with it the chance to answer.
  if (Number(message.headers['content-length']) > maxBytes) throw new TooLongError();
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of message) {
    length += piece.length;
    if (length > maxBytes) throw new TooLongError();
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}
