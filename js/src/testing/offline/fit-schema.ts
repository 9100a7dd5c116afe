import { isObject, type JsonSchema } from '../wire.ts';
import type { Finder } from './finder.ts';

const DEEPEST = 12;
const FIXED: Record<string, string> = {
  date: '2000-01-01',
  time: '00:00:00Z',
  'date-time': '2000-01-01T00:00:00Z',
  email: 'nobody@example.com',
  uri: 'https://example.com/',
  uuid: '00000000-0000-4000-8000-000000000000',
  ipv4: '127.0.0.1',
  ipv6: '::1',
  hostname: 'localhost',
  duration: 'PT0S',
};

export interface Fitting {
  finder: Finder;
  /** The schema that `$ref` starts from. */
  root: JsonSchema;
  /** The text for a required string that the message says nothing about. */
  text: string;
}

/** A value that fits the schema: found in the message where it names one, else the smallest that fits. */
export function fit(schema: JsonSchema, fitting: Fitting): unknown {
  const value = fitted(schema, { ...fitting, name: '', needed: true, depth: 0 });
  return value === undefined ? null : value;
}

interface Place extends Fitting {
  name: string;
  /** Whether there must be a value even when nothing was found. */
  needed: boolean;
  depth: number;
}

/** Undefined means that nothing was found and nothing is needed. */
function fitted(schema: JsonSchema, at: Place): unknown {
  const whole = resolved(schema, at.root);
  if ('const' in whole) return whole.const;
  if (Array.isArray(whole.enum)) return at.finder.oneOf(whole.enum) ?? fallback(at, whole.enum[0]);
  const choices = whole.anyOf ?? whole.oneOf;
  if (Array.isArray(choices)) return chosen(choices as JsonSchema[], at);
  if (at.depth > DEEPEST) return null;
  if (Array.isArray(whole.type))
    return chosen(
      whole.type.map((type) => ({ ...whole, type })),
      at,
    );
  switch (whole.type ?? (isObject(whole.properties) ? 'object' : 'string')) {
    case 'object':
      return object(whole, at);
    case 'array':
      return array(whole, at);
    case 'number':
    case 'integer':
      return number(whole, at);
    case 'boolean':
      return at.finder.boolean(at.name) ?? fallback(at, false);
    case 'null':
      return null;
    default:
      return string(whole, at);
  }
}

/** The choice that the message has a value for; else null where that is allowed, else the first. */
function chosen(choices: JsonSchema[], at: Place): unknown {
  const real = choices.filter((choice) => choice.type !== 'null');
  for (const choice of real) {
    const isPlain = !['object', 'array'].includes(String(resolved(choice, at.root).type));
    const value = isPlain ? fitted(choice, { ...at, needed: false }) : undefined;
    if (value !== undefined) return value;
  }
  if (real.length < choices.length) return fallback(at, null);
  return at.needed && real[0] ? fitted(real[0], { ...at, depth: at.depth + 1 }) : undefined;
}

function object(schema: JsonSchema, at: Place): unknown {
  const required = Array.isArray(schema.required) ? schema.required : [];
  const result: Record<string, unknown> = {};
  for (const [name, property] of Object.entries(isObject(schema.properties) ? schema.properties : {})) {
    if (!isObject(property)) continue;
    const value = fitted(property, { ...at, name, needed: required.includes(name), depth: at.depth + 1 });
    if (value !== undefined) result[name] = value;
  }
  return Object.keys(result).length > 0 || at.needed ? result : undefined;
}

function array(schema: JsonSchema, at: Place): unknown {
  const items = isObject(schema.items) ? schema.items : {};
  const type = resolved(items, at.root).type;
  const found: unknown[] =
    type === 'number' || type === 'integer' ? at.finder.numbers() : type === 'string' ? at.finder.strings() : [];
  if (found.length === 0 && !at.needed) return undefined;
  while (found.length < Number(schema.minItems ?? 0))
    found.push(fitted(items, { ...at, needed: true, depth: at.depth + 1 }));
  return found.slice(0, Number(schema.maxItems ?? Infinity));
}

function number(schema: JsonSchema, at: Place): unknown {
  const least = Number(schema.minimum ?? Number(schema.exclusiveMinimum ?? -1) + 1);
  const found = at.finder.number(at.name) ?? fallback(at, Math.max(0, least));
  if (typeof found !== 'number') return found;
  const whole = schema.type === 'integer' ? Math.round(found) : found;
  return Math.min(Math.max(whole, Number(schema.minimum ?? -Infinity)), Number(schema.maximum ?? Infinity));
}

function string(schema: JsonSchema, at: Place): unknown {
  const format = FIXED[String(schema.format)];
  const found = at.finder.string(at.name, schema.format) ?? fallback(at, format ?? at.text);
  if (typeof found !== 'string') return found;
  return found.padEnd(Number(schema.minLength ?? 0), '.').slice(0, Number(schema.maxLength ?? found.length + 1000));
}

function fallback<T>(at: Place, value: T): T | undefined {
  return at.needed ? value : undefined;
}

/** The schema with its reference followed and its `allOf` merged. */
function resolved(schema: JsonSchema, root: JsonSchema): JsonSchema {
  let whole = schema;
  for (let hops = 0; typeof whole.$ref === 'string' && hops < DEEPEST; ++hops) {
    const path = whole.$ref.replace(/^#\/?/, '').split('/').filter(Boolean);
    const target = path.reduce<unknown>(
      (at, key) => (isObject(at) ? at[key.replaceAll('~1', '/').replaceAll('~0', '~')] : undefined),
      root,
    );
    whole = isObject(target) ? target : {};
  }
  if (!Array.isArray(whole.allOf)) return whole;
  const { allOf, ...rest } = whole;
  return (allOf as JsonSchema[]).map((part) => resolved(part, root)).reduce(merged, rest);
}

function merged(a: JsonSchema, b: JsonSchema): JsonSchema {
  const properties = { ...(a.properties as object), ...(b.properties as object) };
  const required = [...((a.required as string[]) ?? []), ...((b.required as string[]) ?? [])];
  return { ...a, ...b, ...(Object.keys(properties).length > 0 && { properties, required }) };
}
