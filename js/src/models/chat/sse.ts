/** The data of server-sent events, in any chunking, with any of the three line ends. */
export async function* eventData(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<string, void, undefined> {
  let data: string[] = [];
  for await (const line of lines(pieces)) {
    if (line.startsWith('data:')) data.push(line.slice(line[5] === ' ' ? 6 : 5));
    if (line !== '' || data.length === 0) continue;
    yield data.join('\n');
    data = [];
  }
  if (data.length > 0) yield data.join('\n');
}

async function* lines(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder();
  let rest: string[] = [];
  let endedWithReturn = false;
  const take = function* (text: string) {
    // The LF of a CR LF may come with the next piece.
    const fresh = endedWithReturn && text.startsWith('\n') ? text.slice(1) : text;
    if (text !== '') endedWithReturn = text.endsWith('\r');
    const found = fresh.split(/\r\n|\n|\r/);
    rest.push(found.shift() as string);
    for (const next of found) {
      yield rest.join('');
      rest = [next];
    }
  };
  for await (const piece of pieces) yield* take(decoder.decode(piece, { stream: true }));
  yield* take(decoder.decode());
  yield rest.join('');
}
