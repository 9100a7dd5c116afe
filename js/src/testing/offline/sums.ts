const WORDS: [RegExp, string][] = [
  [/\bplus\b/g, '+'],
  [/\bminus\b/g, '-'],
  [/\b(?:times|multiplied by|x)\b|[×·]|(?<=\d)x(?=\d)/g, '*'],
  [/\b(?:divided by|over)\b|÷/g, '/'],
  [/−/g, '-'],
];

/** The answer when a message is a sum and nothing else, as in "What is 3 + 4 × 2?". */
export function sumUp(message: string): string | undefined {
  const asked = message
    .toLowerCase()
    .replace(/^(?:please\s+)?(?:what(?:['’]s| is)|how much is|calculate|compute|work out|solve)\s+/, '')
    .replace(/[\s?.!=]+$/, '');
  const sum = WORDS.reduce((text, [from, to]) => text.replace(from, to), asked);
  if (sum.length > 200 || !/^[\d\s.+\-*/()]+$/.test(sum) || !/\d\s*\)*\s*[-+*/]/.test(sum)) return undefined;
  const value = new Sum(sum).value();
  if (value === undefined) return undefined;
  return Number.isFinite(value) ? `That makes ${Number(value.toPrecision(12))}.` : 'That cannot be divided.';
}

/** A sum of numbers, brackets and + - * /, read from left to right. */
class Sum {
  readonly #tokens: string[];
  #at = 0;

  constructor(text: string) {
    this.#tokens = text.match(/\d+(?:\.\d+)?|\.\d+|\S/g) ?? [];
  }

  /** The result, or nothing when this is no well-formed sum. */
  value(): number | undefined {
    const value = this.#terms();
    return this.#at === this.#tokens.length && !Number.isNaN(value) ? value : undefined;
  }

  #terms(): number {
    let value = this.#factors();
    for (;;) {
      if (this.#take('+')) value += this.#factors();
      else if (this.#take('-')) value -= this.#factors();
      else return value;
    }
  }

  #factors(): number {
    let value = this.#single();
    for (;;) {
      if (this.#take('*')) value *= this.#single();
      else if (this.#take('/')) value = divide(value, this.#single());
      else return value;
    }
  }

  #single(): number {
    if (this.#take('-')) return -this.#single();
    if (this.#take('(')) {
      const value = this.#terms();
      return this.#take(')') ? value : Number.NaN;
    }
    return Number(this.#tokens[this.#at++]);
  }

  #take(token: string): boolean {
    if (this.#tokens[this.#at] !== token) return false;
    ++this.#at;
    return true;
  }
}

/** A division by zero is no number, but it is still a well-formed sum. */
function divide(value: number, by: number): number {
  return by === 0 ? Number.POSITIVE_INFINITY : value / by;
}
