import { parseText } from '../items.ts';

// Of every encrypted item is stored one object, which the SDK for Python reads and writes too:
// {"__enc__":1,"v":1,"kid":"hkdf-v1","payload":"<token>"}. Titles are tokens alone.

const encoder = new TextEncoder();
const strictDecoder = new TextDecoder('utf-8', { fatal: true });
const HEAD = encoder.encode('{"__enc__":1,"v":1,"kid":"hkdf-v1","payload":"');
const END = encoder.encode('"}');
const MARK = '"__enc__"';
const [QUOTE, COMMA, BACKSLASH, BLANK] = [0x22, 0x2c, 0x5c, 0x20];
/** What brackets and braces have in common but for one bit. */
const [CASE, OPENING, CLOSING] = [0x20, 0x7b, 0x7d];

/** What a token looks like: the version and half of the time until the year 2106 are always the same digits. */
const TOKEN = /^gAAAAA[\w-]+={0,2}$/;
const LEAST_TOKEN = 100;

export function envelopeOf(token: Uint8Array): Uint8Array {
  const envelope = new Uint8Array(HEAD.length + token.length + END.length);
  envelope.set(HEAD);
  envelope.set(token, HEAD.length);
  envelope.set(END, HEAD.length + token.length);
  return envelope;
}

/** The token of an envelope; nothing for any other JSON, which is plain. A damaged envelope has an empty one. */
export function tokenIn(json: Uint8Array): Uint8Array | undefined {
  if (startsWith(json, HEAD)) {
    const end = json.indexOf(QUOTE, HEAD.length);
    if (end === json.length - END.length) return json.subarray(HEAD.length, end);
  }
  const text = parseText(json);
  if (!mayHoldEnvelope(text)) return undefined;
  const item = parsed(text);
  const isEnvelope = item?.__enc__ === 1 && 'v' in item && 'kid' in item && 'payload' in item;
  if (!isEnvelope) return undefined;
  return encoder.encode(typeof item.payload === 'string' ? item.payload : '');
}

/** Whether there can be one in this JSON. */
export function mayHoldEnvelope(json: string): boolean {
  return json.includes(MARK);
}

/** What others wrote may be no JSON at all. */
// biome-ignore lint/suspicious/noExplicitAny: it is looked at by its one caller
function parsed(text: string): any {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The token that a title is; nothing for one in words. */
export function tokenOfTitle(title: string): Uint8Array | undefined {
  return title.length >= LEAST_TOKEN && TOKEN.test(title) ? encoder.encode(title) : undefined;
}

/** The elements of a JSON array, given without its brackets. */
export function elementsOf(list: Uint8Array): Uint8Array[] {
  const elements: Uint8Array[] = [];
  for (let start = 0; start < list.length; ) {
    const end = startsWith(list.subarray(start), HEAD) ? endOfEnvelope(list, start) : endOfElement(list, start);
    elements.push(list.subarray(start, end));
    start = end + 1;
  }
  return elements;
}

/**
 * An item as the core reads it: one object, without blanks between its parts. Nothing for a text that is none, whoever
 * encrypted it.
 */
export function itemFrom(text: Uint8Array): Uint8Array | undefined {
  if (text[0] !== OPENING || !isJson(text)) return undefined;
  const compact = new Uint8Array(text.length);
  let length = 0;
  for (let at = 0; at < text.length; at += 1) {
    if ((text[at] as number) <= BLANK) continue;
    const end = text[at] === QUOTE ? endOfString(text, at) : at;
    compact.set(text.subarray(at, end + 1), length);
    length += end + 1 - at;
    at = end;
  }
  return length === text.length ? text : compact.subarray(0, length);
}

function isJson(text: Uint8Array): boolean {
  try {
    JSON.parse(strictDecoder.decode(text));
    return true;
  } catch {
    return false;
  }
}

function startsWith(text: Uint8Array, head: Uint8Array): boolean {
  return text.length > head.length && head.every((byte, index) => text[index] === byte);
}

/** A token holds nothing that would have to be looked at. */
function endOfEnvelope(list: Uint8Array, start: number): number {
  const end = list.indexOf(QUOTE, start + HEAD.length) + END.length;
  return end === list.length || list[end] === COMMA ? end : endOfElement(list, start);
}

function endOfElement(list: Uint8Array, start: number): number {
  let depth = 0;
  for (let at = start; at < list.length; at += 1) {
    const byte = list[at] as number;
    if (byte === QUOTE) at = endOfString(list, at);
    else if ((byte | CASE) === OPENING) depth += 1;
    else if ((byte | CASE) === CLOSING) depth -= 1;
    else if (byte === COMMA && depth === 0) return at;
  }
  return list.length;
}

/** Where the closing quote is. */
function endOfString(list: Uint8Array, start: number): number {
  for (let at = start + 1; at < list.length; at += 1) {
    if (list[at] === BACKSLASH) at += 1;
    else if (list[at] === QUOTE) return at;
  }
  return list.length;
}
