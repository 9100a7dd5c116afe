import { randomId } from '../random-id.ts';
import type { Trace } from './trace.ts';

/** Tokens of a turn, by the names of the SDK. */
export interface TurnUsage {
  input_tokens: number;
  output_tokens: number;
  cached_input_tokens: number;
  cache_write_input_tokens: number;
}

/** A whole run. */
export interface TaskSpanData {
  type: 'task';
  name: string;
  conversation_id?: string;
  usage?: TurnUsage & { requests: number; total_tokens: number };
}

/** What a span is about: the SDK's kinds. Inputs and outputs are there with `includeSensitiveData` only. */
export type SpanData =
  | TaskSpanData
  | { type: 'agent'; name: string; handoffs: string[]; tools: string[]; output_type: string }
  /** An answer of the model and all that it causes. */
  | { type: 'turn'; turn: number; agent_name: string; usage?: TurnUsage }
  | {
      type: 'generation';
      input?: object[];
      output?: object[];
      model?: string;
      response_id?: string;
      usage?: { input_tokens: number; output_tokens: number; details: Record<string, number> };
    }
  | { type: 'function'; name: string; input?: string; output?: string; _call_id?: string }
  | { type: 'handoff'; from_agent: string; to_agent: string }
  | { type: 'guardrail'; name: string; triggered: boolean }
  /** `session.load` and `session.save`, with `items`, `bytes` and `ms`. */
  | { type: 'custom'; name: string; data: Record<string, unknown> };

/** Why a span did not come to its end. */
export interface SpanError {
  message: string;
  data: Record<string, unknown> | null;
}

/** As traces are exported, here and by the SDK. Times are ISO 8601, in UTC. */
export interface SpanJson {
  object: 'trace.span';
  id: string;
  trace_id: string;
  parent_id: string | null;
  started_at: string | null;
  ended_at: string | null;
  span_data: Record<string, unknown>;
  error: SpanError | null;
}

/** A part of a trace: something that began, and ended. */
export class Span {
  readonly type = 'trace.span';
  readonly spanId = `span_${randomId().slice(0, 24)}`;
  readonly trace: Trace;
  readonly parentId: string | null;
  readonly spanData: SpanData;
  readonly startedAt: string;
  /** Null until it has ended. */
  endedAt: string | null = null;
  error: SpanError | null = null;

  constructor(trace: Trace, parentId: string | null, spanData: SpanData, startedAt: string) {
    this.trace = trace;
    this.parentId = parentId;
    this.spanData = spanData;
    this.startedAt = startedAt;
  }

  get traceId(): string {
    return this.trace.traceId;
  }

  get traceMetadata(): Record<string, unknown> {
    return this.trace.metadata;
  }

  toJSON(): SpanJson {
    return {
      object: this.type,
      id: this.spanId,
      trace_id: this.traceId,
      parent_id: this.parentId,
      started_at: this.startedAt,
      ended_at: this.endedAt,
      span_data: exported(this.spanData),
      error: this.error,
    };
  }
}

/** As the SDK exports it: two kinds as custom ones, and without private members. */
function exported({ type, ...data }: SpanData): Record<string, unknown> {
  if (type === 'task' || type === 'turn') return { type: 'custom', name: type, data: { sdk_span_type: type, ...data } };
  return { type, ...Object.fromEntries(Object.entries(data).filter(([name]) => !name.startsWith('_'))) };
}
