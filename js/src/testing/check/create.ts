import { badRequest, missing } from '../errors.ts';
import { type CreateRequest, isObject } from '../wire.ts';
import {
  anything,
  boolean,
  type Check,
  decimal,
  integer,
  list,
  nullable,
  object,
  oneOf,
  record,
  string,
} from './checks.ts';
import { input } from './input.ts';
import { text } from './text-format.ts';
import { tool, toolChoice } from './tools.ts';

const metadata: Check = (value, path) => {
  object(value, path);
  const entries = Object.entries(value as object);
  if (entries.length > 16) {
    throw badRequest(
      `Invalid '${path}': too many properties. Expected an object with at most 16 properties, but got an object with ${entries.length} properties instead.`,
      path,
      'object_above_max_properties',
    );
  }
  for (const [key, text] of entries) string({ max: 512 })(text, `${path}.${key}`);
};

const conversation: Check = (value, path) => {
  if (typeof value !== 'string') record({ id: string() }, ['id'])(value, path);
};

const reasoning = record({
  effort: nullable(oneOf('none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max')),
  summary: nullable(oneOf('auto', 'concise', 'detailed')),
  context: nullable(oneOf('auto', 'current_turn', 'all_turns')),
});

/** Every parameter of a request, in the order in which the live API checks them. */
const FIELDS: Record<string, Check> = {
  model: string(),
  input: nullable(input),
  moderation: anything,
  include: nullable(list(string(), 'an array of strings')),
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
  context_management: anything,
  image: anything,
  access_programs: anything,
};

/** Names of the Chat Completions API, and where their meaning has gone. */
const MOVED: Record<string, string> = {
  messages: 'input',
  max_tokens: 'max_output_tokens',
  max_completion_tokens: 'max_output_tokens',
  response_format: 'text.format',
  reasoning_effort: 'reasoning.effort',
};

/** The body as a request. Throws the live API's error for the first thing that is wrong with it. */
export function checkCreate(body: unknown): CreateRequest {
  if (!isObject(body)) throw badRequest('Invalid body: expected an object.', null, 'invalid_type');
  if (body.model === undefined && body.prompt === undefined) throw missing('model');
  if (!['input', 'previous_response_id', 'conversation', 'prompt', 'messages'].some((name) => name in body)) {
    throw missing('input');
  }
  for (const name of Object.keys(body)) if (!Object.hasOwn(FIELDS, name)) throw unknownParameter(name, body);
  for (const [name, check] of Object.entries(FIELDS)) if (body[name] !== undefined) check(body[name], name);
  return body as CreateRequest;
}

function unknownParameter(name: string, body: Record<string, unknown>): Error {
  const moved = Object.hasOwn(MOVED, name) ? MOVED[name] : undefined;
  if (moved) {
    return badRequest(
      `Unsupported parameter: '${name}'. In the Responses API, this parameter has moved to '${moved}'. Try again with the new parameter. See the API documentation for more information: https://platform.openai.com/docs/api-reference/responses/create.`,
      name,
      'unsupported_parameter',
    );
  }
  const close = Object.keys(FIELDS).find((field) => !(field in body) && editDistance(field, name) <= 2);
  const hint = close ? ` Did you mean '${close}'?` : '';
  return badRequest(`Unknown parameter: '${name}'.${hint}`, name, 'unknown_parameter');
}

function editDistance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 2) return 3;
  let above = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; ++i) {
    const row = [i];
    for (let j = 1; j <= b.length; ++j) {
      const change = above[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(change, above[j]! + 1, row[j - 1]! + 1));
    }
    above = row;
  }
  return above[b.length]!;
}
