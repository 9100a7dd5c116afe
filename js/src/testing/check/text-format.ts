import { boolean, type Check, nullable, object, oneOf, record, string } from './checks.ts';

const format: Check = (value, path) => {
  record({ type: oneOf('text', 'json_object', 'json_schema') }, ['type'])(value, path);
  if ((value as { type: string }).type !== 'json_schema') return;
  const fields = { name: string({ min: 1, max: 64 }), schema: object, strict: nullable(boolean) };
  record(fields, ['name', 'schema'])(value, path);
};

export const text: Check = record({
  format: nullable(format),
  verbosity: nullable(oneOf('low', 'medium', 'high')),
});
