import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Agent, type StandardSchema, tool } from 'agents-wasm';
import { z } from 'zod';

import { badArgument } from '../support/refusals.ts';

const execute = () => '';

/** A schema of a library that is none: it takes numbers, and doubles them. */
function doubling(more: object = {}): StandardSchema<number, number> {
  const validate = async (value: unknown) =>
    typeof value === 'number' ? { value: value * 2 } : { issues: [{ message: 'No number.', path: ['a', { key: 0 }] }] };
  return { '~standard': { version: 1, vendor: 'small', validate, ...more } };
}

const details = { callId: 'c', signal: new AbortController().signal, toolCall: {}, agent: new Agent({ name: 'a' }) };
const context = { context: undefined };

test('a schema of zod becomes the JSON Schema that strict mode takes', () => {
  const inner = z.object({ unit: z.enum(['c', 'f']).optional(), tags: z.array(z.object({ id: z.number() })) });
  const { parameters } = tool({
    name: 't',
    parameters: z.object({ city: z.string().describe('Where'), inner }),
    execute,
  });
  assert.deepEqual(parameters, {
    type: 'object',
    properties: {
      city: { type: 'string', description: 'Where' },
      inner: {
        type: 'object',
        properties: {
          unit: { type: 'string', enum: ['c', 'f'] },
          tags: {
            type: 'array',
            items: {
              type: 'object',
              properties: { id: { type: 'number' } },
              required: ['id'],
              additionalProperties: false,
            },
          },
        },
        required: ['unit', 'tags'],
        additionalProperties: false,
      },
    },
    required: ['city', 'inner'],
    additionalProperties: false,
  });
});

test('without strict mode the schema is as its library wrote it', () => {
  const parameters = z.object({ city: z.string(), unit: z.string().optional() });
  const loose = tool({ name: 't', parameters, strict: false, execute }).parameters as { required: string[] };
  assert.deepEqual(loose.required, ['city']);
});

test('definitions and alternatives are closed too', () => {
  type Tree = { children: Tree[] };
  const Tree: z.ZodType<Tree> = z.object({ children: z.array(z.lazy(() => Tree)) });
  const either = z.union([z.object({ a: z.string() }), z.object({ b: z.null() })]);
  const { parameters } = tool({ name: 't', parameters: z.object({ tree: Tree, either }), execute });
  const objects: Record<string, unknown>[] = [];
  JSON.stringify(parameters, (_, value) => {
    if (value?.type === 'object') objects.push(value);
    return value;
  });
  assert.ok(objects.length >= 4);
  for (const one of objects) {
    assert.equal(one.additionalProperties, false);
    assert.deepEqual(one.required, Object.keys(one.properties as object));
  }
});

test('a JSON Schema stays as it was written', () => {
  const parameters = { type: 'object', properties: { zeta: {}, alpha: {} } };
  assert.equal(tool({ name: 't', parameters, execute }).parameters, parameters);
});

test('a tool gets what the schema makes of its arguments', async () => {
  const parameters = doubling({ jsonSchema: { input: () => ({ type: 'number' }) } });
  const seen: unknown[] = [];
  const act = tool({ name: 't', parameters, execute: (args) => void seen.push(args) });
  await act.invoke(21, context, details);
  assert.deepEqual(seen, [42]);
  const message = 'The arguments do not fit the parameters: a.0: No number.';
  await assert.rejects(async () => act.invoke('x', context, details), { name: 'UserError', message });
  assert.deepEqual(seen, [42]);
});

test('a schema that cannot tell its JSON Schema is refused, and so is one whose library fails', async () => {
  const make = (parameters: StandardSchema) => () => tool({ name: 't', parameters, execute });
  await badArgument(make(doubling()), "parameters of the tool 't'", 'a schema of small', '~standard.jsonSchema');
  const failing = { input: () => assert.fail() };
  await badArgument(make(doubling({ jsonSchema: failing })), "parameters of the tool 't'", 'has no JSON Schema');
  await badArgument(make(z.object({ when: z.date() })), 'has no JSON Schema');
  const old = { ...doubling(), toJSONSchema: () => ({ type: 'number' }) };
  assert.deepEqual(make(old)().parameters, { type: 'number' });
});

test('an outputType becomes the form of the answer', () => {
  const formatOf = (outputType: never) => new Agent({ name: 'a', outputType }).outputFormat?.format;
  assert.equal(formatOf('text' as never), undefined);
  const schema = { type: 'object', properties: { a: { type: 'string' } } };
  const given = { type: 'json_schema', name: 'person', schema, strict: false };
  assert.deepEqual(formatOf(given as never), given);
  assert.deepEqual(formatOf(z.object({ a: z.string() }) as never), {
    type: 'json_schema',
    name: 'final_output',
    schema: { ...schema, required: ['a'], additionalProperties: false },
    strict: true,
  });
});
