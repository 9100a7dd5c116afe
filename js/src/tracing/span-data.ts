import type { SpanData, TaskSpanData } from './span.ts';

/** Tokens, as the core's spans count them. */
export interface CoreUsage {
  requests: number;
  input_tokens: number;
  cached_input_tokens: number;
  output_tokens: number;
  reasoning_tokens: number;
  total_tokens: number;
}

type Fields = Record<string, unknown>;

/** What the SDK would say of something that begins. */
export function spanDataFrom(kind: string, data: Fields, outputTypeOf: (agent: string) => string): SpanData {
  if (kind === 'agent') return { type: kind, ...data, output_type: outputTypeOf(data.name as string) } as SpanData;
  if (kind.startsWith('session.')) return { type: 'custom', name: kind, data };
  // A private member in the SDK's sense: processors may read it, and it is not exported.
  const { call_id: callId, ...rest } = data;
  return { type: kind, ...rest, ...(callId === undefined ? {} : { _call_id: callId }) } as SpanData;
}

/** Adds what is known at its end. */
export function addEnd(data: SpanData, { usage, ...rest }: Fields): void {
  if (data.type === 'custom') Object.assign(data.data, rest);
  else Object.assign(data, rest);
  if (!usage) return;
  if (data.type === 'generation') data.usage = generationUsage(usage as CoreUsage);
  if (data.type === 'turn') data.usage = turnUsage(usage as CoreUsage);
}

/** The ingest endpoint takes two counts here, and the others as details. */
function generationUsage({ input_tokens, output_tokens, ...details }: CoreUsage) {
  return { input_tokens, output_tokens, details };
}

function turnUsage({ input_tokens, output_tokens, cached_input_tokens }: CoreUsage) {
  return { input_tokens, output_tokens, cached_input_tokens, cache_write_input_tokens: 0 };
}

/** Adds an answer's tokens to those of its run. */
export function addUsage(sum: NonNullable<TaskSpanData['usage']>, usage: CoreUsage): void {
  sum.input_tokens += usage.input_tokens;
  sum.output_tokens += usage.output_tokens;
  sum.cached_input_tokens += usage.cached_input_tokens;
  sum.requests += usage.requests;
  sum.total_tokens += usage.total_tokens;
}

export function noUsage(): NonNullable<TaskSpanData['usage']> {
  return {
    input_tokens: 0,
    output_tokens: 0,
    cached_input_tokens: 0,
    cache_write_input_tokens: 0,
    requests: 0,
    total_tokens: 0,
  };
}
