const LONGEST_EVENT = 2 ** 20;

/** The id of what was made, as an answer in JSON names it. */
export function createdId(text: string): string | undefined {
  try {
    const { id } = JSON.parse(text);
    return typeof id === 'string' ? id : undefined;
  } catch {
    return undefined;
  }
}

/** Reads a stream of events up to the first that has a response, and gives that one's id. */
export function idReader(): (piece: Uint8Array) => string | undefined {
  const decoder = new TextDecoder();
  let text = '';
  let isOver = false;
  return (piece) => {
    if (isOver) return undefined;
    text += decoder.decode(piece, { stream: true });
    const lines = text.split(/\r\n|\r|\n/);
    text = lines.pop() as string;
    const id = lines.map(responseId).find((found) => found !== undefined);
    isOver = id !== undefined || text.length > LONGEST_EVENT;
    return id;
  };
}

/** A line is enough: no server breaks an event's JSON. */
function responseId(line: string): string | undefined {
  if (!line.startsWith('data:')) return undefined;
  try {
    const id = JSON.parse(line.slice('data:'.length)).response?.id;
    return typeof id === 'string' ? id : undefined;
  } catch {
    return undefined;
  }
}
