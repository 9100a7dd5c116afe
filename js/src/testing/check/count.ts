import { badRequest } from '../errors.ts';
import { type CreateRequest, isObject } from '../wire.ts';
import { anything } from './checks.ts';
import { CREATE_FIELDS } from './create.ts';
import { checkFields, type Fields } from './fields.ts';

const COUNTED = [
  ...['model', 'input', 'instructions', 'previous_response_id', 'conversation', 'tools', 'tool_choice'],
  ...['parallel_tool_calls', 'reasoning', 'text', 'truncation'],
];

const FIELDS: Fields = {
  ...Object.fromEntries(Object.entries(CREATE_FIELDS).filter(([name]) => COUNTED.includes(name))),
  personality: anything,
};

/** The body of `POST /v1/responses/input_tokens`. Throws the live API's error for the first thing that is wrong with it. */
export function checkCount(body: unknown): Partial<CreateRequest> {
  if (!isObject(body)) throw badRequest('Invalid body: expected an object.', null, 'invalid_type');
  checkFields(body, FIELDS);
  return body;
}
