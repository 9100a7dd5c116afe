import { badRequest } from '../errors.ts';
import { type Check, object, string } from './checks.ts';

const MAX_NAME = 64;

/** Sixteen texts with names, at most. */
export const metadata: Check = (value, path) => {
  object(value, path);
  const entries = Object.entries(value as object);
  if (entries.length > 16) {
    throw badRequest(
      `Invalid '${path}': too many properties. Expected an object with at most 16 properties, but got an object with ${entries.length} properties instead.`,
      path,
      'object_above_max_properties',
    );
  }
  for (const [name, text] of entries) {
    if (name.length > MAX_NAME) throw nameTooLong(path, name.length);
    string({ max: 512 })(text, `${path}.${name}`);
  }
};

function nameTooLong(path: string, length: number): Error {
  return badRequest(
    `Invalid '${path}': property name too long. Expected a property name with maximum length ${MAX_NAME}, but got a property name with length ${length} instead.`,
    path,
    'property_name_above_max_length',
  );
}
