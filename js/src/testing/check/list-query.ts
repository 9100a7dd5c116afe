import { integer, oneOf } from './checks.ts';

/** Which part of a list is asked for. */
export interface ListQuery {
  limit: number;
  order: 'asc' | 'desc';
  /** The id of the item before the first one, in this order. */
  after: string | null;
  include: readonly string[];
}

/** What answers leave out unless they are asked to include it. */
export const INCLUDABLE = [
  ...['file_search_call.results', 'web_search_call.results', 'web_search_call.action.sources'],
  ...['message.input_image.image_url', 'computer_call_output.output.image_url', 'code_interpreter_call.outputs'],
  ...['reasoning.encrypted_content', 'message.output_text.logprobs'],
];

/** The query of a list of items. Throws the live API's error for the first thing that is wrong with it. */
export function checkListQuery(params: URLSearchParams): ListQuery {
  const limit = params.has('limit') ? numberIn(params.get('limit')!) : 20;
  integer(1, 100)(limit, 'limit');
  const order = params.get('order') ?? 'desc';
  oneOf('asc', 'desc')(order, 'order');
  return {
    limit: limit as number,
    order: order as ListQuery['order'],
    after: params.get('after'),
    include: checkInclude(params),
  };
}

/** What is asked to be included, written as the official client does or as most others do. */
export function checkInclude(params: URLSearchParams): readonly string[] {
  const include = [...params.getAll('include[]'), ...params.getAll('include')];
  for (const [index, name] of include.entries()) oneOf(...INCLUDABLE)(name, `include[${index}]`);
  return include;
}

/** The number that a text is, or the text. */
export function numberIn(text: string): unknown {
  return /^-?\d+$/.test(text) ? Number(text) : text;
}
