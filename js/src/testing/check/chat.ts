import type { ChatMessage, ChatRequest } from '../chat/wire.ts';
import { badRequest, invalidType, missing, unsupportedValue } from '../errors.ts';
import { isObject } from '../wire.ts';
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

const ROLES = ['system', 'assistant', 'user', 'function', 'tool', 'developer'];
const PARTS: Record<string, readonly string[]> = {
  user: ['text', 'image_url', 'input_audio', 'file'],
  assistant: ['text', 'refusal'],
};

const name = string({ min: 1, max: 64 });
const byPart: Record<string, Check> = {
  text: record({ text: string() }, ['text']),
  refusal: record({ refusal: string() }, ['refusal']),
  image_url: record({ image_url: record({ url: string(), detail: oneOf('auto', 'low', 'high') }, ['url']) }, [
    'image_url',
  ]),
  input_audio: record({ input_audio: record({ data: string(), format: oneOf('wav', 'mp3') }, ['data', 'format']) }),
  file: record({ file: record({ file_data: string(), file_id: string(), filename: string() }) }, ['file']),
};

const call: Check = (value, path) => {
  record({ id: string({ min: 1 }), type: oneOf('function', 'custom') }, ['id', 'type'])(value, path);
  const { type } = value as { type: string };
  const text = type === 'function' ? 'arguments' : 'input';
  record({ [type]: record({ name, [text]: string() }, ['name', text]) }, [type])(value, path);
};

const message: Check = (value, path) => {
  object(value, path);
  const { role, content, tool_calls: calls } = value as unknown as ChatMessage;
  if (role === undefined) throw missing(`${path}.role`);
  if (!ROLES.includes(role)) throw unsupportedValue(`${path}.role`, role, ROLES);
  if (content === undefined || content === null) {
    if (role === 'assistant' && (calls || (value as unknown as ChatMessage).refusal))
      return list(call)(calls ?? [], path);
    throw invalidType(`${path}.content`, 'one of a string or array of objects', content ?? null);
  }
  if (role === 'tool') record({ tool_call_id: string({ min: 1 }) }, ['tool_call_id'])(value, path);
  if (calls !== undefined) list(call)(calls, `${path}.tool_calls`);
  if (typeof content === 'string') return;
  list(partOf(PARTS[role] ?? ['text']))(content, `${path}.content`);
};

function partOf(types: readonly string[]): Check {
  return (value, path) => {
    record({ type: oneOf(...types) }, ['type'])(value, path);
    byPart[(value as { type: string }).type]?.(value, path);
  };
}

const tool: Check = (value, path) => {
  record({ type: oneOf('function', 'custom') }, ['type'])(value, path);
  const { type } = value as { type: string };
  const fields = { name, description: string(), parameters: object, strict: nullable(boolean), format: object };
  record({ [type]: record(fields, ['name']) }, [type])(value, path);
};

const toolChoice: Check = (value, path) => {
  if (!isObject(value)) return oneOf('none', 'auto', 'required')(value, path);
  const types = ['function', 'custom', 'allowed_tools'];
  record({ type: oneOf(...types) }, ['type'])(value, path);
  const { type } = value as { type: string };
  const inner =
    type === 'allowed_tools' ? record({ mode: oneOf('auto', 'required') }, ['tools']) : record({ name }, ['name']);
  record({ [type]: inner }, [type])(value, path);
};

const responseFormat: Check = (value, path) => {
  record({ type: oneOf('text', 'json_object', 'json_schema') }, ['type'])(value, path);
  if ((value as { type: string }).type !== 'json_schema') return;
  record({ json_schema: record({ name, schema: object, strict: nullable(boolean) }, ['name']) }, ['json_schema'])(
    value,
    path,
  );
};

const FIELDS: Record<string, Check> = {
  model: string(),
  messages: list(message),
  tools: nullable(list(tool)),
  tool_choice: nullable(toolChoice),
  parallel_tool_calls: nullable(boolean),
  response_format: nullable(responseFormat),
  stream: nullable(boolean),
  stream_options: nullable(record({ include_usage: boolean, include_obfuscation: boolean })),
  max_completion_tokens: nullable(integer(1)),
  max_tokens: nullable(integer(1)),
  temperature: nullable(decimal(0, 2)),
  top_p: nullable(decimal(0, 1)),
  frequency_penalty: nullable(decimal(-2, 2)),
  presence_penalty: nullable(decimal(-2, 2)),
  logprobs: nullable(boolean),
  top_logprobs: nullable(integer(0, 20)),
  n: nullable(integer(1, 1)),
  reasoning_effort: nullable(oneOf('none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max')),
  verbosity: nullable(oneOf('low', 'medium', 'high')),
  metadata: nullable(object),
  store: nullable(boolean),
};

const UNCHECKED = [
  ...['seed', 'stop', 'user', 'logit_bias', 'service_tier', 'prompt_cache_key', 'prompt_cache_retention'],
  ...['prompt_cache_options', 'safety_identifier', 'modalities', 'audio', 'prediction', 'web_search_options'],
];

/** The body as a request. Throws the live API's error for the first thing that is wrong with it. */
export function checkChat(body: unknown): ChatRequest {
  if (!isObject(body)) throw badRequest('Invalid body: expected an object.', null, 'invalid_type');
  if (body.model === undefined) throw badRequest('you must provide a model parameter');
  if (body.messages === undefined) throw missing('messages');
  for (const field of Object.keys(body)) {
    const check = Object.hasOwn(FIELDS, field) ? FIELDS[field] : UNCHECKED.includes(field) ? anything : undefined;
    if (!check) throw badRequest(`Unrecognized request argument supplied: ${field}`);
    check(body[field], field);
  }
  const request = body as unknown as ChatRequest;
  if (request.messages.length === 0) {
    throw badRequest(
      "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an empty array instead.",
      'messages',
      'empty_array',
    );
  }
  for (const field of ['tool_choice', 'parallel_tool_calls']) {
    if (request.tools || request[field] === undefined) continue;
    throw badRequest(`Invalid value for '${field}': '${field}' is only allowed when 'tools' are specified.`, field);
  }
  if (request.stream_options && !request.stream) {
    throw badRequest("The 'stream_options' parameter is only allowed when 'stream' is enabled.", 'stream_options');
  }
  checkTurns(request.messages);
  return request;
}

/** Calls are answered by the messages right behind them, and nothing else is. */
function checkTurns(messages: readonly ChatMessage[]): void {
  let open = new Set<string>();
  for (const [index, { role, tool_calls: calls, tool_call_id: id }] of [...messages, END].entries()) {
    if (role === 'tool') {
      if (open.delete(id as string)) continue;
      throw badRequest(
        "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.",
        `messages.[${index}].role`,
      );
    }
    if (open.size > 0) {
      throw badRequest(
        `An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: ${[...open].join(', ')}`,
        `messages.[${index}].role`,
      );
    }
    open = new Set(calls?.map((one) => one.id));
  }
}

const END: ChatMessage = { role: 'user' };
