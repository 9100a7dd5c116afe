import type { Context } from '../context.ts';
import type { ModelOutput } from '../model.ts';
import type { CreateRequest } from '../wire.ts';
import { compactionItem, summarise } from './summary.ts';

/** Whether a context of so many tokens is to be folded while it is answered. */
export function crossesThreshold(request: Partial<CreateRequest>, tokens: number): boolean {
  return (request.context_management ?? []).some(
    ({ compact_threshold: threshold }) => tokens > (threshold ?? Infinity),
  );
}

/** The item that the whole context is folded into; what comes after it is all that the next request needs. */
export function foldedContext({ items }: Context, id: string): ModelOutput {
  return { type: 'item', item: compactionItem({ told: summarise(items), isWhole: true }, id) };
}

/** The outputs, with one before them. */
export async function* withFirst(
  first: ModelOutput,
  rest: Iterable<ModelOutput> | AsyncIterable<ModelOutput>,
): AsyncGenerator<ModelOutput, void, undefined> {
  yield first;
  yield* rest;
}
