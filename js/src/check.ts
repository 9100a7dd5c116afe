import { UserError } from './errors.ts';

const MAX_ID_BYTES = 1000;
const encoder = new TextEncoder();

/** What a value is, in words, for an error that tells what came instead. Never the value itself. */
export function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  if (typeof value === 'object') {
    const name = value.constructor?.name;
    return name && name !== 'Object' ? `an object of class ${name}` : 'an object';
  }
  return value === undefined ? 'undefined' : `a ${typeof value}`;
}

/** What went wrong, in words, whatever was thrown: that may be anything, and reading it may throw too. */
export function messageOf(thrown: unknown): string {
  try {
    if (typeof thrown === 'string') return thrown;
    const { message } = (thrown ?? {}) as Error;
    if (typeof message === 'string' && message !== '') return message;
    return `${kindOf(thrown)} was thrown`;
  } catch {
    return `${typeof thrown} was thrown`;
  }
}

/** What JSON would lose or change in silence, as the end of a sentence: it turns NaN into null and drops functions. */
export function jsonFlaw(value: unknown): string | undefined {
  if (typeof value === 'number' && !Number.isFinite(value)) return `is ${value}, which JSON has not`;
  if (typeof value === 'bigint') return 'is a BigInt, which JSON has not';
  if (typeof value === 'function' || typeof value === 'symbol') return `is a ${typeof value}, which JSON has not`;
  return undefined;
}

/** Refuses an object that cannot become JSON as it is. */
export function checkJson(argument: string, object: object): void {
  const refused = (flaw: string) => new UserError('invalid_argument', `${argument} must be JSON, but ${flaw}.`);
  try {
    JSON.stringify(object, (key, value: unknown) => {
      const flaw = jsonFlaw(value);
      if (flaw) throw refused(`the value of ${JSON.stringify(key)} ${flaw}`);
      return value;
    });
  } catch (error) {
    throw error instanceof UserError ? error : refused(writingFlaw(error));
  }
}

/** Why `JSON.stringify` failed, as the end of a sentence. */
export function writingFlaw(error: unknown): string {
  const message = messageOf(error);
  if (/circular|cyclic/.test(message)) return 'contains itself';
  return error instanceof RangeError ? 'is nested too deeply' : `cannot be written: ${message}`;
}

export function refuse(argument: string, value: unknown, accepted: string): never {
  throw new UserError('invalid_argument', `${argument} must be ${accepted}, but is ${kindOf(value)}.`);
}

export function checkConversationId(id: unknown): asserts id is string {
  if (typeof id !== 'string') refuse('conversationId', id, 'a string');
  const flaw =
    id === ''
      ? 'is empty'
      : id.includes('\0')
        ? 'contains a NUL character'
        : !id.isWellFormed()
          ? 'contains a lone surrogate'
          : encoder.encode(id).length > MAX_ID_BYTES
            ? `is longer than ${MAX_ID_BYTES} bytes`
            : undefined;
  if (flaw) {
    throw new UserError(
      'invalid_argument',
      `conversationId must be a well-formed string of 1 to ${MAX_ID_BYTES} bytes, but ${flaw}.`,
    );
  }
}

/** `orElse` ends the sentence of what is accepted: ', or null for no limit'. */
export function checkCount(argument: string, value: unknown, least: number, orElse = ''): asserts value is number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= least) return;
  const shown = typeof value === 'number' ? String(value) : kindOf(value);
  const accepted = `an integer of at least ${least}${orElse}`;
  throw new UserError('invalid_argument', `${argument} must be ${accepted}, but is ${shown}.`);
}

export function checkOptions(argument: string, value: unknown): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) refuse(argument, value, 'an object');
}

export function checkFunction(argument: string, value: unknown): void {
  if (typeof value !== 'function') refuse(argument, value, 'a function');
}

export function checkText(argument: string, value: unknown): asserts value is string {
  if (typeof value !== 'string') refuse(argument, value, 'a string');
  if (!value.isWellFormed()) {
    throw new UserError('invalid_argument', `${argument} must be well-formed text, but contains a lone surrogate.`);
  }
}

/** `orElse` ends the sentence of what is accepted: ' or a function'. */
export function checkBoolean(argument: string, value: unknown, orElse = ''): void {
  if (typeof value !== 'boolean') refuse(argument, value, `a boolean${orElse}`);
}

export function checkOneOf(argument: string, value: unknown, accepted: readonly string[]): void {
  if (!accepted.includes(value as string)) refuse(argument, value, accepted.map((one) => `'${one}'`).join(' or '));
}

/** A list of objects with a name and a function, such as guardrails. */
export function checkNamed(argument: string, list: unknown, method: string): void {
  if (!Array.isArray(list)) refuse(argument, list, 'an array');
  list.forEach((one: Record<string, unknown> | undefined, index) => {
    if (typeof one?.name === 'string' && typeof one[method] === 'function') return;
    refuse(`${argument}[${index}]`, one, `an object with name and ${method}`);
  });
}

export function checkSignal(argument: string, signal: unknown): asserts signal is AbortSignal | undefined {
  if (signal !== undefined && !(signal instanceof AbortSignal)) refuse(argument, signal, 'an AbortSignal');
}
