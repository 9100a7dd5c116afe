import type { Span } from './span.ts';
import type { Trace } from './trace.ts';

// More than this the endpoint does not take in one field.
const MAX_FIELD_BYTES = 100_000;
const CUT = '... [truncated]';

const encoder = new TextEncoder();

/** A trace or a span as the traces endpoint takes it. */
export function ingestData(item: Trace | Span): object {
  const json = item.toJSON();
  if (json.object === 'trace') return json;
  // The endpoint refuses members that it does not know.
  const { response_id: _, ...data } = json.span_data;
  if (data.type === 'function') {
    data.input ??= null;
    data.output ??= null;
  }
  for (const field of ['input', 'output']) if (field in data) data[field] = limited(data[field]);
  return { ...json, span_data: data };
}

/** What is too long is shortened to its beginning, or if it is a list to its last elements. */
export function limited(value: unknown): unknown {
  if (bytesOf(value) <= MAX_FIELD_BYTES) return value;
  if (typeof value === 'string') return beginning(value);
  if (Array.isArray(value)) return lastElements(value);
  return { truncated: true, original_bytes: bytesOf(value) };
}

function bytesOf(value: unknown): number {
  return encoder.encode(JSON.stringify(value)).length;
}

function beginning(text: string): string {
  let kept = text.slice(0, MAX_FIELD_BYTES);
  for (;;) {
    // Half a character would become a whole one that was not there.
    const cut = kept.replace(/[\ud800-\udbff]$/, '') + CUT;
    const bytes = bytesOf(cut);
    if (bytes <= MAX_FIELD_BYTES) return cut;
    kept = kept.slice(0, Math.floor((kept.length * (MAX_FIELD_BYTES - CUT.length - 2)) / bytes) - 1);
  }
}

function lastElements(list: readonly unknown[]): unknown[] {
  const mark = { truncated: true, original_length: list.length };
  let left = MAX_FIELD_BYTES - bytesOf([mark]);
  let first = list.length;
  while (first > 0) {
    left -= bytesOf(list[first - 1]) + 1;
    if (left < 0) break;
    first--;
  }
  return [mark, ...list.slice(first)];
}
