import { badRequest, missing } from '../errors.ts';
import { type CreateRequest, isObject } from '../wire.ts';
import { anything, boolean, type Check, decimal, integer, list, nullable, oneOf, record, string } from './checks.ts';
import { checkFields, type Fields } from './fields.ts';
import { input } from './input.ts';
import { INCLUDABLE } from './list-query.ts';
import { metadata } from './metadata.ts';
import { text } from './text-format.ts';
import { tool, toolChoice } from './tools.ts';

const conversation: Check = (value, path) => {
  if (typeof value !== 'string') record({ id: string() }, ['id'])(value, path);
};

const reasoning = record({
  effort: nullable(oneOf('none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max')),
  summary: nullable(oneOf('auto', 'concise', 'detailed')),
  context: nullable(oneOf('auto', 'current_turn', 'all_turns')),
});

const contextManagement: Check = (value, path) => {
  list(record({ type: oneOf('compaction'), compact_threshold: nullable(integer(1000)) }, ['type']))(value, path);
  if ((value as unknown[]).length > 0) return;
  throw badRequest(
    `Invalid '${path}': empty array. Expected an array with minimum length 1, but got an empty array instead.`,
    path,
    'empty_array',
  );
};

/** Every parameter of a request, in the order in which the live API checks them. */
export const CREATE_FIELDS: Fields = {
  model: string(),
  input: nullable(input),
  moderation: anything,
  include: nullable(list(oneOf(...INCLUDABLE), 'an array of strings')),
  tools: nullable(list(tool)),
  metadata: nullable(metadata),
  text: nullable(text),
  temperature: nullable(decimal(0, 2)),
  top_p: nullable(decimal(0, 1)),
  instructions: nullable(string()),
  previous_response_id: nullable(string()),
  conversation: nullable(conversation),
  prompt: nullable(record({ id: string() }, ['id'])),
  stream: nullable(boolean),
  stream_options: nullable(record({ include_obfuscation: boolean })),
  background: nullable(boolean),
  max_output_tokens: nullable(integer(16)),
  max_tool_calls: nullable(integer(1)),
  parallel_tool_calls: nullable(boolean),
  tool_choice: nullable(toolChoice),
  reasoning: nullable(reasoning),
  truncation: nullable(oneOf('auto', 'disabled')),
  prompt_cache_key: nullable(string({ max: 64 })),
  prompt_cache_options: anything,
  prompt_cache_retention: anything,
  safety_identifier: nullable(string({ max: 128 })),
  user: nullable(string()),
  store: nullable(boolean),
  service_tier: nullable(oneOf('auto', 'default', 'flex', 'scale', 'priority', 'fast', 'ultrafast')),
  top_logprobs: nullable(integer(0, 20)),
  context_management: nullable(contextManagement),
  image: anything,
  access_programs: anything,
};

/** The body as a request. Throws the live API's error for the first thing that is wrong with it. */
export function checkCreate(body: unknown): CreateRequest {
  if (!isObject(body)) throw badRequest('Invalid body: expected an object.', null, 'invalid_type');
  if (body.model === undefined && body.prompt === undefined) throw missing('model');
  if (!['input', 'previous_response_id', 'conversation', 'prompt', 'messages'].some((name) => name in body)) {
    throw missing('input');
  }
  checkFields(body, CREATE_FIELDS);
  return body as CreateRequest;
}
