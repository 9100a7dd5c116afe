import { badRequest, invalidType, missing, unsupportedValue } from '../errors.ts';
import { itemPrefix } from '../ids.ts';
import { isObject } from '../wire.ts';
import { anything, type Check, list, nullable, oneOf, record, string } from './checks.ts';

const MAX_TEXT = 10_485_760;
const MAX_SEALED = 20_971_520;
const ROLES = ['assistant', 'system', 'developer', 'user'];
const ANSWER_PARTS = ['output_text', 'refusal'];
const REQUEST_PARTS = ['input_text', 'input_image', 'input_file', 'input_audio'];

const callId = string({ min: 1, max: 64 });
const status = nullable(oneOf('in_progress', 'completed', 'incomplete'));

const part: Check = record({ type: string(), text: string({ max: MAX_TEXT }), refusal: string() }, ['type']);

const message: Check = (value, path) => {
  const item = value as Record<string, unknown>;
  if (item.role === undefined) throw missing(`${path}.role`);
  if (!ROLES.includes(item.role as string)) throw unsupportedValue(path, item.role, ROLES);
  if (item.content === undefined) throw missing(`${path}.content`);
  content(item.role === 'assistant' ? ANSWER_PARTS : REQUEST_PARTS)(item.content, `${path}.content`);
  record({ status })(value, path);
};

const output: Check = (value, path) => {
  if (typeof value === 'string') return string({ max: MAX_TEXT })(value, path);
  list(part)(value, path);
};

/** What is checked in items of the types that this server understands. */
const byType: Record<string, Check> = {
  message,
  function_call: record({ call_id: callId, name: string({ min: 1, max: 128 }), arguments: string(), status }, [
    'call_id',
    'name',
    'arguments',
  ]),
  function_call_output: record({ call_id: callId, output, status }, ['call_id', 'output']),
  custom_tool_call: record({ call_id: callId, name: string(), input: string() }, ['call_id', 'name', 'input']),
  custom_tool_call_output: record({ call_id: callId, output }, ['call_id', 'output']),
  reasoning: record({ summary: list(part), encrypted_content: nullable(string()) }, ['summary']),
  compaction: record({ encrypted_content: string({ max: MAX_SEALED }) }, ['encrypted_content']),
  item_reference: record({}, ['id']),
};

const OTHER_TYPES = [
  ...['web_search_call', 'file_search_call', 'computer_call', 'computer_call_output', 'code_interpreter_call'],
  ...['image_generation_call', 'local_shell_call', 'local_shell_call_output', 'shell_call', 'shell_call_output'],
  ...['apply_patch_call', 'apply_patch_call_output', 'mcp_call', 'mcp_list_tools', 'mcp_approval_request'],
  ...['mcp_approval_response', 'compaction_trigger', 'configuration_update', 'additional_tools'],
  ...['tool_search_call', 'tool_search_output', 'program', 'program_output'],
];

/** Fields beyond which the live API refuses an item, for the types that runners write themselves. */
const KNOWN_FIELDS: Record<string, readonly string[]> = {
  message: ['id', 'type', 'role', 'status', 'content', 'phase'],
  function_call: [
    ...['id', 'type', 'status', 'arguments', 'call_id', 'name'],
    ...['namespace', 'caller', 'async', 'created_by'],
  ],
  function_call_output: [
    ...['id', 'type', 'status', 'call_id', 'output'],
    ...['name', 'namespace', 'caller', 'created_by'],
  ],
};

/** The `input` of a request: a text, or a list of texts and items. */
export const input: Check = (value, path) => {
  if (typeof value === 'string') return string({ max: MAX_TEXT })(value, path);
  if (!Array.isArray(value)) throw invalidType(path, 'one of a string or array of input items', value);
  value.forEach((element, index) => inputItem(element, `${path}[${index}]`));
};

/** Ids that do not begin as the live API's would; a client that invents ids is refused there. */
export const itemIds: Check = (value, path) => {
  if (!Array.isArray(value)) return;
  value.forEach((element, index) => {
    if (!isObject(element) || typeof element.id !== 'string') return;
    const prefix = itemPrefix(typeOf(element));
    if (prefix === undefined || element.id.startsWith(prefix)) return;
    const at = `${path}[${index}].id`;
    const text = `Invalid '${at}': '${element.id}'. Expected an ID that begins with '${prefix}'.`;
    throw badRequest(text, at, 'invalid_value');
  });
};

/** The type of an input item; messages and references may leave it out. */
export function typeOf(item: Record<string, unknown>): string {
  if (typeof item.type === 'string') return item.type;
  return item.role === undefined && item.content === undefined && item.id ? 'item_reference' : 'message';
}

/** One item of an input. */
export const inputItem: Check = (value, path) => {
  if (typeof value === 'string') return;
  if (!isObject(value)) throw invalidType(path, 'an input item', value);
  record({ type: nullable(string()), id: nullable(string({ min: 1, max: 64 })) })(value, path);
  const type = typeOf(value);
  const check = byType[type] ?? (OTHER_TYPES.includes(type) ? anything : undefined);
  if (!check) throw unsupportedValue(path, type, [...Object.keys(byType), ...OTHER_TYPES]);
  check(value, path);
  for (const name of Object.keys(value)) {
    if (KNOWN_FIELDS[type] && !KNOWN_FIELDS[type].includes(name)) {
      throw badRequest(`Unknown parameter: '${path}.${name}'.`, `${path}.${name}`, 'unknown_parameter');
    }
  }
};

function content(types: readonly string[]): Check {
  return (value, path) => {
    if (typeof value === 'string') return string({ max: MAX_TEXT })(value, path);
    if (!Array.isArray(value)) throw invalidType(path, 'one of an array of objects or string', value);
    value.forEach((element, index) => {
      const at = `${path}[${index}]`;
      part(element, at);
      if (!types.includes(element.type)) throw unsupportedValue(at, element.type, types);
    });
  };
}
