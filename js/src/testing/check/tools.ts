import { badRequest } from '../errors.ts';
import { isObject } from '../wire.ts';
import { anything, boolean, type Check, nullable, object, oneOf, record, string } from './checks.ts';

const NAME = /^[a-zA-Z0-9_-]+$/;

const name: Check = (value, path) => {
  string({ min: 1, max: 128 })(value, path);
  if (NAME.test(value as string)) return;
  throw badRequest(
    `Invalid '${path}': string does not match pattern. Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'.`,
    path,
    'invalid_value',
  );
};

const byType: Record<string, Check> = {
  function: record({ name, description: nullable(string()), parameters: nullable(object), strict: nullable(boolean) }, [
    'name',
  ]),
  custom: record({ name, description: nullable(string()), format: object }, ['name']),
};

/** A tool of any type; what is inside is checked for functions and custom tools only. */
export const tool: Check = (value, path) => {
  record({ type: string() }, ['type'])(value, path);
  const check = byType[(value as { type: string }).type] ?? anything;
  check(value, path);
};

export const toolChoice: Check = (value, path) => {
  if (!isObject(value)) return oneOf('none', 'auto', 'required')(value, path);
  record({ type: string() }, ['type'])(value, path);
  if (value.type === 'function' || value.type === 'custom') record({ name }, ['name'])(value, path);
};
