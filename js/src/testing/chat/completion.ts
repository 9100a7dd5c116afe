import { WireError } from '../errors.ts';
import type { Item, ResponseObject, Usage } from '../wire.ts';

/** What the ids and times of one completion are. */
export interface Naming {
  id: string;
  created: number;
}

/** The response as a chat completion. Throws what a failed one fails with. */
export function completion(response: ResponseObject, { id, created }: Naming): object {
  if (response.status === 'failed') throw new WireError(500, response.error as { message: string });
  const message = messageOf(response.output);
  const choice = { index: 0, message, logprobs: null, finish_reason: finishReason(response) };
  const usage = chatUsage(response.usage);
  const { model, service_tier } = response;
  return { id, object: 'chat.completion', created, model, choices: [choice], usage, service_tier };
}

export function finishReason({ status, output, incomplete_details: details }: ResponseObject): string {
  if (status === 'incomplete') {
    return (details as { reason: string }).reason === 'content_filter' ? 'content_filter' : 'length';
  }
  return output.some(isCall) ? 'tool_calls' : 'stop';
}

export function chatUsage(usage: Usage | null): object | null {
  if (!usage) return null;
  const { input_tokens, input_tokens_details, output_tokens, output_tokens_details, total_tokens } = usage;
  return {
    prompt_tokens: input_tokens,
    completion_tokens: output_tokens,
    total_tokens,
    prompt_tokens_details: { cached_tokens: input_tokens_details.cached_tokens, audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: output_tokens_details.reasoning_tokens,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
}

export function isCall(item: Item): boolean {
  return item.type === 'function_call' || item.type === 'custom_tool_call';
}

/** A call as a message has it, with what is written so far. */
export function callOf(item: Item, written: unknown): object {
  const { call_id: id, name } = item;
  return item.type === 'function_call'
    ? { id, type: 'function', function: { name, arguments: written } }
    : { id, type: 'custom', custom: { name, input: written } };
}

/** The text of an item's parts of a type. */
export function textIn(item: Item, type: string): string {
  const parts = Array.isArray(item.content) ? (item.content as Record<string, unknown>[]) : [];
  return parts
    .filter((part) => part.type === type)
    .map((part) => part.text ?? part.refusal ?? '')
    .join('');
}

function messageOf(output: readonly Item[]): object {
  const all = (type: string) => output.map((item) => textIn(item, type)).join('');
  const calls = output.filter(isCall).map((item) => callOf(item, item.arguments ?? item.input));
  const reasoning = all('reasoning_text');
  return {
    role: 'assistant',
    content: all('output_text') || null,
    refusal: all('refusal') || null,
    annotations: [],
    ...(reasoning !== '' && { reasoning_content: reasoning }),
    ...(calls.length > 0 && { tool_calls: calls }),
  };
}
