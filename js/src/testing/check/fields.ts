import { badRequest } from '../errors.ts';
import type { Check } from './checks.ts';

/** The parameters of a kind of request, in the order in which the live API checks them. */
export type Fields = Record<string, Check>;
type Body = Record<string, unknown>;

/** Names of the Chat Completions API, and where their meaning has gone. */
const MOVED: Record<string, string> = {
  messages: 'input',
  max_tokens: 'max_output_tokens',
  max_completion_tokens: 'max_output_tokens',
  response_format: 'text.format',
  reasoning_effort: 'reasoning.effort',
};

/** Throws the live API's error for a parameter that is none, or else for the first one that is wrong. */
export function checkFields(body: Body, fields: Fields): void {
  for (const name of Object.keys(body)) {
    if (!Object.hasOwn(fields, name)) throw unknownParameter(name, { body, fields });
  }
  for (const [name, check] of Object.entries(fields)) if (body[name] !== undefined) check(body[name], name);
}

function unknownParameter(name: string, { body, fields }: { body: Body; fields: Fields }): Error {
  const moved = Object.hasOwn(MOVED, name) ? MOVED[name] : undefined;
  if (moved) {
    return badRequest(
      `Unsupported parameter: '${name}'. In the Responses API, this parameter has moved to '${moved}'. Try again with the new parameter. See the API documentation for more information: https://platform.openai.com/docs/api-reference/responses/create.`,
      name,
      'unsupported_parameter',
    );
  }
  const close = Object.keys(fields).find((field) => !(field in body) && editDistance(field, name) <= 2);
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
