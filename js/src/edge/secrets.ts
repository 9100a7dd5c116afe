import { joinBytes } from '../bytes.ts';

const encoder = new TextEncoder();
const MARK = encoder.encode('…');
/** Keys as OpenAI writes them, also those that it has shortened before it repeats them; organizations and projects. */
const ACCOUNT = /\b(?:sk-[\w*.-]{4,}|(?:org-|proj_)\w{4,})/g;
/** What is shorter is a word such as `none`, for servers that want no key, and would be found in ordinary text. */
const SHORTEST = 12;

/** Takes what nobody may see out of answers. */
export class Secrets {
  readonly #texts: string[];

  constructor(texts: readonly string[]) {
    this.#texts = texts.filter((text) => text.length >= SHORTEST);
  }

  areIn(text: string): boolean {
    return this.#texts.some((secret) => text.includes(secret));
  }

  /** For texts of errors, which also lose what tells of the account. */
  hide(text: string): string {
    return this.#texts.reduce((rest, secret) => rest.replaceAll(secret, '…'), text).replace(ACCOUNT, '…');
  }

  /** For bytes that come in pieces: what a piece's end could be the beginning of is held back, and nothing else. */
  hiding(): (piece?: Uint8Array) => Uint8Array {
    const steps = this.#texts.map((secret) => hidingOne(encoder.encode(secret)));
    return (piece) => {
      let bytes = piece ?? new Uint8Array();
      for (const step of steps) bytes = step(bytes, piece === undefined);
      return bytes;
    };
  }
}

function hidingOne(secret: Uint8Array): (piece: Uint8Array, isLast: boolean) => Uint8Array {
  let held = new Uint8Array();
  return (piece, isLast) => {
    const bytes = held.length === 0 ? piece : joinBytes([held, piece]);
    const out: Uint8Array[] = [];
    let from = 0;
    let at = bytes.indexOf(secret[0] as number);
    while (at >= 0) {
      const length = sharedLength(bytes, at, secret);
      if (length === secret.length) {
        out.push(bytes.subarray(from, at), MARK);
        from = at + length;
      } else if (at + length === bytes.length && !isLast) break;
      at = bytes.indexOf(secret[0] as number, Math.max(from, at + 1));
    }
    const end = at >= 0 ? at : bytes.length;
    held = bytes.slice(end);
    return joinBytes([...out, bytes.subarray(from, end)]);
  };
}

function sharedLength(bytes: Uint8Array, at: number, secret: Uint8Array): number {
  let length = 0;
  while (length < secret.length && at + length < bytes.length && bytes[at + length] === secret[length]) length += 1;
  return length;
}
