import { wordsOf } from './words.ts';

const PLACES = ['city', 'location', 'place', 'town', 'country', 'region', 'destination', 'where', 'address'];
const PROPER = "\\p{Lu}[\\p{L}'’.-]*(?:\\s+(?:de|la|le|upon|of|the)?\\s*\\p{Lu}[\\p{L}'’-]*)*";
const BEFORE_PLACE = '(?:\\b(?:[Ii]n|[Aa]t|[Ff]or|[Nn]ear|[Oo]f|[Tt]o|[Ff]rom)\\s+)';
const LIST = new RegExp(`${BEFORE_PLACE}(${PROPER}(?:\\s*(?:,|,?\\s+and|&)\\s+${PROPER})+)`, 'u');

/** Finds values in a message for named parameters. What was given out once is not given out again. */
export class Finder {
  readonly text: string;
  readonly #known: (name: string) => string | undefined;
  readonly #numbers: number[];
  readonly #quotes: string[];
  readonly #places: string[];

  /** `known` has what was told earlier, by the name of the thing. */
  constructor(text: string, known: (name: string) => string | undefined = () => undefined) {
    this.text = text;
    this.#known = known;
    this.#quotes = [...text.matchAll(/"([^"]+)"|“([^”]+)”|`([^`]+)`|(?<!\p{L})'([^']+)'/gu)].map(
      (match) => match.slice(1).find(Boolean)!,
    );
    const unquoted = this.#quotes.reduce((rest, quote) => rest.replace(quote, ''), text);
    this.#numbers = [...unquoted.matchAll(/(?<![\w-])-?\d+(?:\.\d+)?(?![\w-])/g)].map(([number]) => Number(number));
    this.#places = [...text.matchAll(new RegExp(`${BEFORE_PLACE}(${PROPER})`, 'gu'))].map((match) =>
      trimmed(match[1]!),
    );
  }

  /** The places that a message lists, as in "in Paris, Rome and Oslo"; empty when it names one or none. */
  static places(text: string): string[] {
    const listed = LIST.exec(text)?.[1];
    return listed
      ? listed
          .split(/\s*(?:,\s*and|,|\band\b|&)\s*/)
          .map(trimmed)
          .filter(Boolean)
      : [];
  }

  number(name: string): number | undefined {
    const named = new RegExp(`\\b${spoken(name)}\\s*(?:=|:|is|of)?\\s*(-?\\d+(?:\\.\\d+)?)`, 'i').exec(this.text)?.[1];
    if (named !== undefined) return this.#takeNumber(Number(named));
    return this.#numbers.shift();
  }

  numbers(): number[] {
    return this.#numbers.splice(0);
  }

  /** Whether the message mentions the parameter, and does not refuse it. */
  boolean(name: string): boolean | undefined {
    const mention = new RegExp(`(\\b(?:no|not|without|don['’]t)\\b[^,.;]{0,20})?\\b${spoken(name)}\\b`, 'i').exec(
      this.text,
    );
    return mention ? mention[1] === undefined : undefined;
  }

  oneOf(values: readonly unknown[]): unknown {
    const text = this.text.toLowerCase();
    return values.find((value) =>
      new RegExp(`(?<![\\p{L}\\p{N}])${escaped(String(value).toLowerCase())}(?![\\p{L}\\p{N}])`, 'u').test(text),
    );
  }

  string(name: string, format?: unknown): string | undefined {
    return (
      this.#byFormat(name, format) ??
      this.#named(name) ??
      this.#place(name) ??
      this.#known(wordsOf(name).join(' ')) ??
      this.#quotes.shift()
    );
  }

  strings(): string[] {
    return this.#quotes.length > 0 ? this.#quotes.splice(0) : Finder.places(this.text);
  }

  #byFormat(name: string, format: unknown): string | undefined {
    const words = [...wordsOf(name), String(format ?? '')];
    const patterns: [string[], RegExp][] = [
      [['email', 'to', 'recipient'], /[\w.+-]+@[\w-]+\.[\w.-]*\w/],
      [['url', 'uri', 'link'], /https?:\/\/[^\s"'<>]+/],
      [['date', 'day'], /\b\d{4}-\d{2}-\d{2}\b|\btoday\b|\btomorrow\b/i],
      [['time'], /\b\d{1,2}:\d{2}\b/],
    ];
    const pattern = patterns.find(([kinds]) => kinds.some((kind) => words.includes(kind)))?.[1];
    return pattern?.exec(this.text)?.[0];
  }

  /** What comes after `name:`, `name =` or `name is`, or in quotes after `name`. */
  #named(name: string): string | undefined {
    const sign = '\\s*(?:[=:]|\\bis\\b|\\bcalled\\b)\\s*';
    const pattern = `\\b${spoken(name)}(?:(?:${sign}|\\s+)["“]([^"”]+)["”]|${sign}([^\\s,.;!?]+))`;
    const match = new RegExp(pattern, 'i').exec(this.text);
    const value = match?.[1] ?? match?.[2];
    if (value !== undefined && this.#quotes.includes(value)) this.#quotes.splice(this.#quotes.indexOf(value), 1);
    return value;
  }

  #place(name: string): string | undefined {
    const words = wordsOf(name);
    const direction = words.find((word) => ['from', 'to', 'origin', 'destination'].includes(word));
    const preposition = direction === 'from' || direction === 'origin' ? '[Ff]rom' : '[Tt]o';
    const directed = direction && new RegExp(`\\b${preposition}\\s+(${PROPER})`, 'u').exec(this.text)?.[1];
    if (directed) return trimmed(directed);
    return PLACES.some((place) => words.includes(place)) ? this.#places.shift() : undefined;
  }

  #takeNumber(value: number): number {
    const index = this.#numbers.indexOf(value);
    if (index >= 0) this.#numbers.splice(index, 1);
    return value;
  }
}

/** How a parameter's name is said: `maxItems` and `max_items` as "max items". */
function spoken(name: string): string {
  return wordsOf(name).map(escaped).join('[\\s_-]*');
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

function trimmed(place: string): string {
  return place.trim().replace(/[.,;]+$/, '');
}
