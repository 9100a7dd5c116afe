import { checkFunction } from '../check.ts';
import type { TracingProcessor } from './processor.ts';
import type { Span, SpanData } from './span.ts';
import type { Trace } from './trace.ts';

/**
 * Says in the console what runs do, one line for each span as it ends, the inner ones first and further in. It tells
 * names, times and counts, never what was said.
 *
 * @example
 * setTracing({ processors: [new ConsoleProcessor()] });
 */
export class ConsoleProcessor implements TracingProcessor {
  readonly #write: (line: string) => void;
  /** How far in the spans are that have not ended. */
  readonly #depths = new Map<string, number>();

  /** @param options.write takes the lines in place of `console.info`. */
  constructor({ write = (line) => console.info(line) }: { write?: (line: string) => void } = {}) {
    checkFunction('write', write);
    this.#write = write;
  }

  onTraceStart({ traceId, name, groupId }: Trace): void {
    this.#write(`${traceId} "${name}"${groupId === null ? '' : ` of ${groupId}`} began`);
  }

  onSpanStart({ spanId, parentId }: Span): void {
    this.#depths.set(spanId, (this.#depths.get(parentId ?? '') ?? 0) + 1);
  }

  onSpanEnd({ spanId, startedAt, endedAt, spanData, error }: Span): void {
    const indent = '  '.repeat(this.#depths.get(spanId) ?? 1);
    this.#depths.delete(spanId);
    const ms = Date.parse(endedAt ?? startedAt) - Date.parse(startedAt);
    // The code alone: an error's words may quote what was said.
    const failure = error ? `, failed${error.data?.code ? `: ${error.data.code}` : ''}` : '';
    this.#write(`${indent}${described(spanData)}, ${ms} ms${failure}`);
  }

  onTraceEnd({ traceId }: Trace): void {
    this.#write(`${traceId} ended`);
  }

  forceFlush(): void {}
  shutdown(): void {}
}

function described(data: SpanData): string {
  switch (data.type) {
    case 'turn':
      return `turn ${data.turn}`;
    case 'generation':
      return `generation ${data.model ?? ''}${tokens(data.usage)}`;
    case 'task':
      return `task ${data.name}${tokens(data.usage)}`;
    case 'handoff':
      return `handoff ${data.from_agent} → ${data.to_agent}`;
    case 'guardrail':
      return `guardrail ${data.name}${data.triggered ? ' triggered' : ''}`;
    case 'custom':
      return data.data.items === undefined
        ? data.name
        : `${data.name}, ${data.data.items} items, ${data.data.bytes} bytes`;
    default:
      return `${data.type} ${data.name}`;
  }
}

function tokens(usage: { input_tokens: number; output_tokens: number } | undefined): string {
  return usage ? `, ${usage.input_tokens} + ${usage.output_tokens} tokens` : '';
}
