const HEX = '0123456789abcdef';
const BASE62 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** A number in [0, 1), as `Math.random` gives. */
export type Random = () => number;

/** Chance from the runtime's own generator, fetched in bulk: one call for each digit of an id is slow. */
export function cryptoRandom(): Random {
  const pool = new Uint32Array(1024);
  let at = pool.length;
  return () => {
    if (at === pool.length) {
      crypto.getRandomValues(pool);
      at = 0;
    }
    return pool[at++]! / 2 ** 32;
  };
}

const PREFIXES: Record<string, string> = {
  message: 'msg',
  reasoning: 'rs',
  function_call: 'fc',
  function_call_output: 'fco',
  custom_tool_call: 'ctc',
  custom_tool_call_output: 'ctco',
  web_search_call: 'ws',
  file_search_call: 'fs',
  computer_call: 'cu',
  code_interpreter_call: 'ci',
  image_generation_call: 'ig',
  local_shell_call: 'lsh',
  shell_call: 'sh',
  apply_patch_call: 'apc',
  mcp_call: 'mcp',
  mcp_list_tools: 'mcpl',
  mcp_approval_request: 'mcpr',
  compaction: 'cmp',
};

/** How the ids of items of a type begin, as the live API checks it on input; unknown types have none. */
export function itemPrefix(type: string): string | undefined {
  return PREFIXES[type];
}

/** The ids of one response and its items; they share their first 16 digits, as the live API's do. */
export class ResponseIds {
  readonly #random: Random;
  readonly #partition: string;
  readonly #time: string;

  constructor(random: Random, unixSeconds: number) {
    this.#random = random;
    this.#partition = pick(HEX, 16, random);
    this.#time = Math.trunc(unixSeconds).toString(16).padStart(8, '0');
  }

  response(): string {
    return this.#make('resp');
  }

  conversation(): string {
    return `conv_${this.#time}${pick(HEX, 24, this.#random)}${this.#partition}`;
  }

  item(type: string): string {
    return this.#make(PREFIXES[type] ?? 'item');
  }

  completion(): string {
    return `chatcmpl-${pick(BASE62, 29, this.#random)}`;
  }

  call(): string {
    return `call_${pick(BASE62, 24, this.#random)}`;
  }

  #make(prefix: string): string {
    return `${prefix}_${this.#partition}00${this.#time}${pick(HEX, 24, this.#random)}`;
  }
}

export function requestId(random: Random): string {
  return `req_${pick(HEX, 32, random)}`;
}

/** Padding of random length, which hides the length of a token from who watches the line. */
export function obfuscation(random: Random): string {
  return pick(BASE62, 1 + Math.floor(random() * 15), random);
}

function pick(alphabet: string, length: number, random: Random): string {
  let text = '';
  for (let i = 0; i < length; ++i) text += alphabet[Math.floor(random() * alphabet.length)];
  return text;
}
