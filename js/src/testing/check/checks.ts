import { badRequest, invalidType, missing, unsupportedValue } from '../errors.ts';
import { isObject } from '../wire.ts';

/** Throws the live API's error when `value`, found at `path`, is not what it should be. */
export type Check = (value: unknown, path: string) => void;

export const anything: Check = () => {};

export const boolean: Check = (value, path) => {
  if (typeof value !== 'boolean') throw invalidType(path, 'a boolean', value);
};

export const object: Check = (value, path) => {
  if (!isObject(value)) throw invalidType(path, 'an object', value);
};

export function nullable(check: Check): Check {
  return (value, path) => {
    if (value !== null) check(value, path);
  };
}

export function string(limits: { min?: number; max?: number } = {}): Check {
  const { min = 0, max = Infinity } = limits;
  return (value, path) => {
    if (typeof value !== 'string') throw invalidType(path, 'a string', value);
    if (value.length < min) {
      throw badRequest(
        `Invalid '${path}': empty string. Expected a string with minimum length ${min}, but got an empty string instead.`,
        path,
        'empty_string',
      );
    }
    if (value.length > max) {
      throw badRequest(
        `Invalid '${path}': string too long. Expected a string with maximum length ${max}, but got a string with length ${value.length} instead.`,
        path,
        'string_above_max_length',
      );
    }
  };
}

export function oneOf(...supported: string[]): Check {
  return (value, path) => {
    if (typeof value !== 'string') throw invalidType(path, 'a string', value);
    if (!supported.includes(value)) throw unsupportedValue(path, value, supported);
  };
}

export function integer(min: number, max = Infinity): Check {
  return (value, path) => {
    if (!Number.isInteger(value)) throw invalidType(path, 'an integer', value);
    checkRange(value as number, path, 'integer', min, max);
  };
}

export function decimal(min: number, max: number): Check {
  return (value, path) => {
    if (typeof value !== 'number') throw invalidType(path, 'a decimal', value);
    checkRange(value, path, 'decimal', min, max);
  };
}

export function list(check: Check, expected = 'an array of objects'): Check {
  return (value, path) => {
    if (!Array.isArray(value)) throw invalidType(path, expected, value);
    value.forEach((element, index) => check(element, `${path}[${index}]`));
  };
}

/** An object whose `fields` are checked; other fields are let through. */
export function record(fields: Record<string, Check>, required: readonly string[] = []): Check {
  return (value, path) => {
    if (!isObject(value)) throw invalidType(path, 'an object', value);
    for (const name of required) if (value[name] === undefined) throw missing(`${path}.${name}`);
    for (const [name, check] of Object.entries(fields)) {
      if (value[name] !== undefined) check(value[name], `${path}.${name}`);
    }
  };
}

function checkRange(value: number, path: string, kind: 'integer' | 'decimal', min: number, max: number): void {
  if (value < min) {
    throw badRequest(
      `Invalid '${path}': ${kind} below minimum value. Expected a value >= ${min}, but got ${value} instead.`,
      path,
      `${kind}_below_min_value`,
    );
  }
  if (value > max) {
    throw badRequest(
      `Invalid '${path}': ${kind} above maximum value. Expected a value <= ${max}, but got ${value} instead.`,
      path,
      `${kind}_above_max_value`,
    );
  }
}
