import type { Item, ResponseObject, StreamEvent } from '../wire.ts';
import { callOf, chatUsage, finishReason, isCall, type Naming, textIn } from './completion.ts';

interface ChunkOptions extends Naming {
  model: string;
  includeUsage: boolean;
}

const DELTAS: Record<string, string> = {
  'response.output_text.delta': 'content',
  'response.refusal.delta': 'refusal',
  'response.reasoning_text.delta': 'reasoning_content',
};
const WHOLE: Record<string, string> = { output_text: 'content', refusal: 'refusal' };

/** A streamed answer, as the data of each server-sent event. */
export async function* chunks(
  events: AsyncIterable<StreamEvent>,
  { id, created, model, includeUsage }: ChunkOptions,
): AsyncGenerator<string, void, undefined> {
  const head = { id, object: 'chat.completion.chunk', created, model, service_tier: 'default' };
  const chunk = (delta: object, finish: string | null, padding?: unknown) => {
    const choice = { index: 0, delta, logprobs: null, finish_reason: finish };
    return JSON.stringify({
      ...head,
      choices: [choice],
      ...(includeUsage && { usage: null }),
      ...(padding !== undefined && { obfuscation: padding }),
    });
  };
  const calls = new Map<unknown, number>();
  const begun = new Set<unknown>();
  for await (const event of events) {
    const { type, response, error } = event;
    if (type === 'response.created') yield chunk({ role: 'assistant', content: '', refusal: null }, null);
    if (type === 'error') return yield JSON.stringify({ error: error ?? event });
    if (type === 'response.failed') return yield JSON.stringify({ error: (response as ResponseObject).error });
    if (DELTAS[type] || type.endsWith('.delta')) begun.add(event.output_index);
    for (const delta of deltasOf(event, calls, begun)) yield chunk(delta, null, event.obfuscation);
    if (type !== 'response.completed' && type !== 'response.incomplete') continue;
    yield chunk({}, finishReason(response as ResponseObject));
    const usage = chatUsage((response as ResponseObject).usage);
    if (includeUsage) yield JSON.stringify({ ...head, choices: [], usage });
    yield '[DONE]';
  }
}

/** @param begun the places of items of which a part has been said */
function* deltasOf(
  event: StreamEvent,
  calls: Map<unknown, number>,
  begun: ReadonlySet<unknown>,
): Generator<object, void, undefined> {
  const { type, output_index: place, delta } = event;
  const item = event.item as Item | undefined;
  if (DELTAS[type]) yield { [DELTAS[type]]: delta };
  if (item && isCall(item) && type === 'response.output_item.added') {
    calls.set(place, calls.size);
    yield { tool_calls: [{ index: calls.get(place), ...callOf(item, '') }] };
  }
  if (type === 'response.function_call_arguments.delta') {
    yield { tool_calls: [{ index: calls.get(place), function: { arguments: delta } }] };
  }
  if (type === 'response.custom_tool_call_input.delta') {
    yield { tool_calls: [{ index: calls.get(place), custom: { input: delta } }] };
  }
  if (!item || type !== 'response.output_item.done' || begun.has(place)) return;
  // An item that appeared whole.
  for (const [part, field] of Object.entries(WHOLE)) {
    const text = textIn(item, part);
    if (text !== '') yield { [field]: text };
  }
  if (!isCall(item)) return;
  const written = item.arguments ?? item.input;
  const inner = item.type === 'function_call' ? { function: { arguments: written } } : { custom: { input: written } };
  yield { tool_calls: [{ index: calls.get(place), ...inner }] };
}
