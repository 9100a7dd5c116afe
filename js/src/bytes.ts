/** The pieces one after the other. */
export function joinBytes(pieces: readonly Uint8Array[]): Uint8Array {
  if (pieces.length === 1) return pieces[0] as Uint8Array;
  const all = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let offset = 0;
  for (const piece of pieces) {
    all.set(piece, offset);
    offset += piece.length;
  }
  return all;
}

const COMMA = 0x2c;

/** Elements of a JSON array, or lists of them, with commas between them. */
export function joinElements(texts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(texts.reduce((sum, { length }) => sum + length + 1, -1 + Number(texts.length === 0)));
  let offset = 0;
  for (const text of texts) {
    if (offset > 0) joined[offset++] = COMMA;
    joined.set(text, offset);
    offset += text.length;
  }
  return joined;
}

const STEP = 0x8000;

export function base64(bytes: Uint8Array): string {
  let text = '';
  // A call takes only so many arguments.
  for (let at = 0; at < bytes.length; at += STEP) text += String.fromCharCode(...bytes.subarray(at, at + STEP));
  return btoa(text);
}
