import { checkJson, kindOf } from './check.ts';
import { UserError } from './errors.ts';

/** A schema of zod 4, valibot, arktype or any other library that keeps to Standard Schema v1 (standardschema.dev). */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}

export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };

export interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** What a schema makes of a value that it accepts. */
export type SchemaOutput<Schema extends StandardSchema> = NonNullable<Schema['~standard']['types']>['output'];

/** Checks a value, and gives what the schema makes of it. */
export type Parse = (value: unknown) => Promise<unknown>;

type JsonSchema = Record<string, unknown>;

interface Converter {
  '~standard': { jsonSchema?: { input(options: { target: string }): JsonSchema } };
  toJSONSchema?(options: { io: 'input' }): JsonSchema;
}

export function isStandardSchema(value: unknown): value is StandardSchema {
  // Some libraries make schemas that are functions.
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false;
  const standard = (value as Partial<StandardSchema>)['~standard'];
  return standard?.version === 1 && typeof standard.validate === 'function';
}

/**
 * The JSON Schema of a schema, and what checks a value against it; a JSON Schema itself is as it is, and checks nothing.
 * With `strict` it is made one that the API takes in strict mode: every object is closed and all its members required.
 */
export function readSchema(argument: string, schema: unknown, strict: boolean): { json: object; parse?: Parse } {
  if (isStandardSchema(schema)) {
    const { $schema: _, ...json } = convert(argument, schema);
    // A copy: a library may keep what it gave.
    return { json: strict ? (closed(JSON.parse(JSON.stringify(json))) as object) : json, parse: parserOf(schema) };
  }
  if (typeof schema !== 'object' || schema === null || Array.isArray(schema)) {
    const accepted = 'a JSON Schema object, or a schema of a library that keeps to Standard Schema v1';
    throw new UserError('invalid_argument', `${argument} must be ${accepted}, but is ${kindOf(schema)}.`);
  }
  checkJson(argument, schema);
  return { json: schema };
}

function convert(argument: string, schema: StandardSchema): JsonSchema {
  const { '~standard': standard, toJSONSchema } = schema as StandardSchema & Converter;
  try {
    if (standard.jsonSchema) return standard.jsonSchema.input({ target: 'draft-2020-12' });
    if (typeof toJSONSchema === 'function') return toJSONSchema.call(schema, { io: 'input' });
  } catch (cause) {
    throw new UserError('invalid_argument', `${argument} is a schema that has no JSON Schema.`, { cause });
  }
  throw new UserError(
    'invalid_argument',
    `${argument} is a schema of ${standard.vendor} that cannot give its JSON Schema (~standard.jsonSchema). ` +
      'Use a newer version or the adapter of that library, or pass a JSON Schema.',
  );
}

const OF_SCHEMAS = ['properties', '$defs', 'definitions'];

function closed(schema: unknown): unknown {
  if (typeof schema !== 'object' || schema === null) return schema;
  if (Array.isArray(schema)) return schema.map(closed);
  const made = schema as JsonSchema;
  for (const key of ['items', 'prefixItems', 'anyOf', 'oneOf', 'allOf', 'not']) {
    if (key in made) made[key] = closed(made[key]);
  }
  for (const key of OF_SCHEMAS) {
    for (const part of Object.values((made[key] as JsonSchema | undefined) ?? {})) closed(part);
  }
  if (made.type === 'object') {
    made.additionalProperties ??= false;
    made.required = Object.keys((made.properties as JsonSchema | undefined) ?? {});
  }
  return made;
}

function parserOf(schema: StandardSchema): Parse {
  return async (value) => {
    const result = await schema['~standard'].validate(value);
    if (!result.issues) return (result as { value: unknown }).value;
    throw new SchemaMismatch(result.issues);
  };
}

/** Says what a value lacks. What the messages say is the library's, and may quote the value. */
export class SchemaMismatch extends Error {
  constructor(issues: readonly SchemaIssue[]) {
    super(issues.map(sentence).join(', '));
  }
}

function sentence({ path = [], message }: SchemaIssue): string {
  const where = path.map((part) => String(typeof part === 'object' ? part.key : part)).join('.');
  return where === '' ? message : `${where}: ${message}`;
}
