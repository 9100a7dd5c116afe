import type { Context } from './context.ts';
import { badRequest } from './errors.ts';
import { contextTokens } from './meter.ts';
import { withoutOrphans } from './pairing.ts';
import type { CreateRequest, Item } from './wire.ts';

/**
 * The context as far as the model can read it. Throws when it is too long, unless the request lets the oldest items go;
 * an output goes with its call.
 */
export function fitWindow(context: Context, request: Partial<CreateRequest>, window: number): Context {
  const empty = contextTokens([], request);
  const costs = context.items.map(costOf);
  let excess = costs.reduce((sum, cost) => sum + cost, empty) - window;
  if (excess <= 0) return context;

  let start = 0;
  while (excess > 0 && start < costs.length) excess -= costs[start++]!;
  if (request.truncation !== 'auto' || start === costs.length) throw tooLong();
  return { ...context, items: withoutOrphans(context.items.slice(start)) };
}

function costOf(item: Item): number {
  return contextTokens([item], {}) - contextTokens([], {});
}

function tooLong(): Error {
  return badRequest(
    'Your input exceeds the context window of this model. Please adjust your input and try again.',
    'input',
    'context_length_exceeded',
  );
}
