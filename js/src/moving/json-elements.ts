/** An element of a JSON array, or what stands in its place. */
export type JsonElement =
  | { text: string }
  /** Longer than it may be; or the text ends in or after it, without the array's end. */
  | { flaw: 'too_large' | 'cut' | 'no_array' };

const NO_SPACE = /[^\s]/g;
const STRUCTURE = /["[\]{},]/g;
const IN_STRING = /["\\]/g;

/**
 * Cuts the text of a JSON array into its elements as it arrives, so that a file is never held as a whole. An object alone
 * counts as the one element of an array. The elements are not checked: whoever parses them finds what is wrong.
 */
export class JsonElements {
  readonly #maxLength: number;
  #place: 'before' | 'between' | 'inside' | 'behind' = 'before';
  #isAlone = false;
  #depth = 0;
  #inString = false;
  #isEscaped = false;
  #pieces: string[] = [];
  #length = 0;

  constructor(maxLength: number) {
    this.#maxLength = maxLength;
  }

  /** The elements that end in this piece of the text. */
  *push(text: string): Generator<JsonElement> {
    let at = 0;
    while (at < text.length) {
      if (this.#place === 'behind') return;
      if (this.#place === 'inside') {
        const end = this.#endOf(text, at);
        this.#keep(text, at, end ?? text.length);
        if (end === undefined) return;
        yield this.#take();
        at = end;
      } else {
        at = nextMatch(NO_SPACE, text, at);
        if (at < text.length) at = yield* this.#begin(text, at);
      }
    }
  }

  /** What is left at the end of the text. */
  *end(): Generator<JsonElement> {
    if (this.#place === 'before') yield { flaw: 'no_array' };
    else if (this.#place !== 'behind') yield { flaw: 'cut' };
  }

  *#begin(text: string, at: number): Generator<JsonElement, number> {
    const char = text[at];
    if (this.#place === 'between') {
      if (char === ',') return at + 1;
      if (char === ']') {
        this.#place = 'behind';
        return text.length;
      }
      this.#place = 'inside';
      return at;
    }
    this.#isAlone = char === '{';
    if (char === '[') this.#place = 'between';
    else if (this.#isAlone) this.#place = 'inside';
    else {
      this.#place = 'behind';
      yield { flaw: 'no_array' };
    }
    return char === '[' ? at + 1 : at;
  }

  /** Where the element that is being read ends in `text`, if it does. */
  #endOf(text: string, from: number): number | undefined {
    let at = from;
    while (at < text.length) {
      if (this.#isEscaped) {
        this.#isEscaped = false;
        at += 1;
        continue;
      }
      at = nextMatch(this.#inString ? IN_STRING : STRUCTURE, text, at);
      const char = text[at];
      const isBare = this.#depth === 0 && !this.#inString;
      if (isBare && (char === ',' || char === ']')) return at;
      at += 1;
      if (char === '"') this.#inString = !this.#inString;
      else if (char === '\\') this.#isEscaped = true;
      else if (char === '{' || char === '[') this.#depth += 1;
      else if (!isBare && (char === '}' || char === ']') && !this.#inString) this.#depth -= 1;
      if (this.#isAlone && this.#depth === 0 && char === '}') return at;
    }
    return undefined;
  }

  #keep(text: string, from: number, to: number): void {
    this.#length += to - from;
    if (this.#length <= this.#maxLength) this.#pieces.push(text.slice(from, to));
    else this.#pieces = [];
  }

  #take(): JsonElement {
    const element: JsonElement =
      this.#length > this.#maxLength ? { flaw: 'too_large' } : { text: this.#pieces.join('') };
    this.#pieces = [];
    this.#length = 0;
    this.#place = this.#isAlone ? 'behind' : 'between';
    return element;
  }
}

/** The end of the text where nothing matches. */
function nextMatch(pattern: RegExp, text: string, from: number): number {
  pattern.lastIndex = from;
  return pattern.exec(text)?.index ?? text.length;
}
