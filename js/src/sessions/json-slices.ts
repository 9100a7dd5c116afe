/**
 * Pieces of JSON as they are written: what `JSON.parse` gives and `JSON.stringify` writes again is not the same text.
 * The functions expect text that JSON.parse has taken.
 */

const SPACE = /[ \t\n\r]*/y;
const STOPS = /["[\]{}]/g;
const SCALAR = /[^,\]} \t\n\r]*/y;

/** The elements of an array; `inner` is what stands between its brackets. */
export function elementsOf(inner: string): string[] {
  const elements: string[] = [];
  for (let at = skip(SPACE, inner, 0); at < inner.length; ) {
    const { end } = valueAt(inner, at);
    elements.push(inner.slice(at, end));
    at = next(inner, end);
  }
  return elements;
}

/** The members of an object, by their names; of several under one name the last, as JSON.parse has it. */
export function membersOf(object: string): Map<string, string> {
  const members = new Map<string, string>();
  const open = skip(SPACE, object, 0);
  for (let at = skip(SPACE, object, open + 1); object[at] === '"'; ) {
    const keyEnd = stringEnd(object, at);
    const start = next(object, keyEnd);
    const { end } = valueAt(object, start);
    members.set(JSON.parse(object.slice(at, keyEnd)), object.slice(start, end));
    at = next(object, end);
  }
  return members;
}

/** How many brackets are open at the deepest place of a value. */
export function depthOf(value: string): number {
  return valueAt(value, skip(SPACE, value, 0)).depth;
}

function valueAt(text: string, from: number): { end: number; depth: number } {
  const first = text[from];
  if (first === '"') return { end: stringEnd(text, from), depth: 0 };
  if (first !== '{' && first !== '[') return { end: skip(SCALAR, text, from), depth: 0 };
  let open = 0;
  let depth = 0;
  STOPS.lastIndex = from;
  for (let stop = STOPS.exec(text); stop; stop = STOPS.exec(text)) {
    const [mark] = stop;
    if (mark === '"') STOPS.lastIndex = stringEnd(text, stop.index);
    else if (mark === '{' || mark === '[') depth = Math.max(depth, ++open);
    else if (--open === 0) return { end: stop.index + 1, depth };
  }
  return { end: text.length, depth };
}

function stringEnd(text: string, from: number): number {
  for (let at = text.indexOf('"', from + 1); at >= 0; at = text.indexOf('"', at + 1)) {
    let backslashes = 0;
    while (text[at - 1 - backslashes] === '\\') backslashes += 1;
    if (backslashes % 2 === 0) return at + 1;
  }
  return text.length;
}

/** Behind the comma or the colon that follows a value, if one does. */
function next(text: string, from: number): number {
  const at = skip(SPACE, text, from);
  return text[at] === ',' || text[at] === ':' ? skip(SPACE, text, at + 1) : at;
}

function skip(pattern: RegExp, text: string, from: number): number {
  pattern.lastIndex = from;
  pattern.exec(text);
  return pattern.lastIndex;
}
