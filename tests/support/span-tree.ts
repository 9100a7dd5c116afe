import type { MemoryProcessor, Span, SpanData, Trace } from 'agents-wasm';

/** The spans of a trace, the inner ones further in: kind, name, and what their errors say behind "!". */
export function treeOf(memory: MemoryProcessor, trace: Trace | undefined = memory.traces[0]): string[] {
  const spans = trace ? memory.spansOf(trace) : [];
  const lines = (parentId: string | null, indent: string): string[] =>
    spans
      .filter((span) => span.parentId === parentId)
      .flatMap((span) => [indent + lineOf(span), ...lines(span.spanId, `${indent}  `)]);
  return lines(null, '');
}

/** The data of the spans of one kind. */
export function dataOf<Type extends SpanData['type']>(
  memory: MemoryProcessor,
  type: Type,
): Extract<SpanData, { type: Type }>[] {
  return memory.spans.map(({ spanData }) => spanData).filter((data) => data.type === type) as never;
}

function lineOf({ spanData, error, endedAt }: Span): string {
  const failure = error ? ` !${error.message}` : '';
  return `${described(spanData)}${failure}${endedAt === null ? ' …' : ''}`;
}

function described(data: SpanData): string {
  if (data.type === 'turn') return `turn ${data.turn}`;
  if (data.type === 'generation') return 'generation';
  if (data.type === 'handoff') return `handoff ${data.from_agent} ${data.to_agent}`;
  if (data.type === 'guardrail') return `guardrail ${data.name} ${data.triggered}`;
  if (data.type === 'custom') return `${data.name} ${data.data.items ?? '?'}`;
  return `${data.type} ${data.name}`;
}
