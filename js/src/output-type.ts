import type { SchemaOutput, StandardSchema } from './schema.ts';

/** The form of an output that is not free text, by its JSON Schema. Nothing checks what the model makes of it. */
export interface JsonSchemaOutput {
  type: 'json_schema';
  name: string;
  schema: object;
  /** Whether the API holds the model to the schema. Default true. */
  strict?: boolean;
}

/** What an agent's final output is: text, or a value of a schema. */
export type OutputType = 'text' | JsonSchemaOutput | StandardSchema;

/** The final output of an agent with this `outputType`. */
export type OutputOf<Output extends OutputType> = Output extends 'text'
  ? string
  : Output extends StandardSchema
    ? SchemaOutput<Output>
    : unknown;

/** The same of a run, which has none while it waits for an approval; texts are empty then. */
export type FinalOutput<Output extends OutputType> = Output extends 'text' ? string : OutputOf<Output> | undefined;
