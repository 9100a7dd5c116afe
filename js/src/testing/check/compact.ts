import { badRequest, missing } from '../errors.ts';
import { type CreateRequest, isObject } from '../wire.ts';
import { anything, nullable, string } from './checks.ts';
import { checkFields, type Fields } from './fields.ts';
import { input } from './input.ts';

/** The body of `POST /v1/responses/compact` after its fields were checked. */
export type CompactRequest = Pick<
  CreateRequest,
  'model' | 'input' | 'previous_response_id' | 'instructions' | 'prompt_cache_key'
>;

const FIELDS: Fields = {
  model: string(),
  input: nullable(input),
  instructions: nullable(string()),
  previous_response_id: nullable(string()),
  prompt_cache_key: nullable(string({ max: 64 })),
  prompt_cache_options: anything,
  prompt_cache_retention: anything,
  service_tier: anything,
  image: anything,
};

/** The body as a request. Throws the live API's error for the first thing that is wrong with it. */
export function checkCompact(body: unknown): CompactRequest {
  if (!isObject(body)) throw badRequest('Invalid body: expected an object.', null, 'invalid_type');
  if (body.model === undefined) throw missing('model');
  checkFields(body, FIELDS);
  return body as unknown as CompactRequest;
}
