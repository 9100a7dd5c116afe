import { isObject, type JsonSchema } from './wire.ts';

/** The schema as strict mode wants it, with every property required, or null when strict mode cannot express it. */
export function strictSchema(schema: JsonSchema): JsonSchema | null {
  if (isObject(schema.additionalProperties) || schema.additionalProperties === true) return null;
  if ('patternProperties' in schema || 'allOf' in schema) return null;
  const strict: JsonSchema = { ...schema };
  if (isObject(schema.items)) {
    const items = strictSchema(schema.items);
    if (!items) return null;
    strict.items = items;
  }
  if (schema.type !== 'object') return strict;
  const properties = isObject(schema.properties) ? schema.properties : {};
  const strictProperties: Record<string, JsonSchema> = {};
  for (const [name, property] of Object.entries(properties)) {
    const strictProperty = isObject(property) ? strictSchema(property) : null;
    if (!strictProperty) return null;
    strictProperties[name] = strictProperty;
  }
  return { ...strict, properties: strictProperties, required: Object.keys(properties), additionalProperties: false };
}
