import { kindOf } from '../check.ts';
import { UserError } from '../errors.ts';
import { type Attributes, attributesOf, endAttributesOf, kindOfSpan, nameOf } from './open-telemetry-data.ts';
import type { TracingProcessor } from './processor.ts';
import type { Span } from './span.ts';
import type { Trace } from './trace.ts';

/** What is needed of a span of OpenTelemetry. */
export interface OtelSpan {
  setAttribute(name: string, value: string | number | boolean): unknown;
  setStatus(status: { code: number; message?: string }): unknown;
  end(time?: Date): void;
}

/** What is needed of a tracer of OpenTelemetry. */
export interface OtelTracer {
  startSpan(
    name: string,
    options: { startTime: Date; kind: number; attributes: Attributes },
    // biome-ignore lint/suspicious/noExplicitAny: a Context, which only OpenTelemetry looks into
    context?: any,
  ): OtelSpan;
}

/** What is needed of the module `@opentelemetry/api`. */
export interface OtelApi {
  trace: {
    getTracer(name: string): OtelTracer;
    // biome-ignore lint/suspicious/noExplicitAny: a Context, and a Span in full
    setSpan(context: any, span: any): any;
  };
  context: { active(): unknown };
}

const ERROR = 2;
// Under which OpenTelemetry keeps the span of a context, in every version of it.
const SPAN_KEY = Symbol.for('OpenTelemetry Context Key SPAN');

/**
 * Makes OpenTelemetry spans, with the names of its conventions for generative AI. It is given the module, so that this
 * package does not depend on it; or a tracer, whose spans then have none around them but each other.
 *
 * @example
 * import * as api from '@opentelemetry/api';
 * setTracing({ processors: [openTelemetryProcessor(api)] });
 */
export function openTelemetryProcessor(api: OtelApi | OtelTracer): TracingProcessor {
  if (isTracer(api)) return new OpenTelemetryProcessor(api, undefined);
  const { trace, context } = (api ?? {}) as Partial<OtelApi>;
  if (typeof trace?.getTracer !== 'function' || typeof context?.active !== 'function') {
    throw new UserError(
      'invalid_argument',
      `openTelemetryProcessor must be given the module @opentelemetry/api or a tracer, but was given ${kindOf(api)}.`,
    );
  }
  return new OpenTelemetryProcessor(trace.getTracer('agents-wasm'), api);
}

function isTracer(api: OtelApi | OtelTracer): api is OtelTracer {
  return typeof (api as Partial<OtelTracer> | null)?.startSpan === 'function';
}

class OpenTelemetryProcessor implements TracingProcessor {
  readonly #tracer: OtelTracer;
  readonly #api: OtelApi | undefined;
  /** By the ids of traces and spans that have not ended. */
  readonly #started = new Map<string, OtelSpan>();

  constructor(tracer: OtelTracer, api: OtelApi | undefined) {
    this.#tracer = tracer;
    this.#api = api;
  }

  onTraceStart(trace: Trace): void {
    const context = this.#api?.context.active();
    const options = { startTime: new Date(), kind: 0, attributes: attributesOf(trace) };
    this.#started.set(trace.traceId, this.#tracer.startSpan(trace.name, options, context));
  }

  onSpanStart(span: Span): void {
    const parent = this.#started.get(span.parentId ?? span.traceId);
    const options = {
      startTime: new Date(span.startedAt),
      kind: kindOfSpan(span.spanData),
      attributes: attributesOf(span),
    };
    const started = this.#tracer.startSpan(nameOf(span.spanData), options, parent && this.#contextOf(parent));
    this.#started.set(span.spanId, started);
  }

  onSpanEnd(span: Span): void {
    const started = this.#take(span.spanId);
    if (!started) return;
    for (const [name, value] of Object.entries(endAttributesOf(span))) started.setAttribute(name, value);
    if (span.error) started.setStatus({ code: ERROR, message: span.error.message });
    started.end(new Date(span.endedAt ?? span.startedAt));
  }

  onTraceEnd(trace: Trace): void {
    this.#take(trace.traceId)?.end(new Date());
  }

  /** The exporters belong to OpenTelemetry, which flushes them. */
  forceFlush(): void {}
  shutdown(): void {}

  #take(id: string): OtelSpan | undefined {
    const span = this.#started.get(id);
    this.#started.delete(id);
    return span;
  }

  #contextOf(span: OtelSpan): unknown {
    return this.#api ? this.#api.trace.setSpan(this.#api.context.active(), span) : new SpanContext([[SPAN_KEY, span]]);
  }
}

/** A context of OpenTelemetry, for those who have a tracer only. */
class SpanContext {
  readonly #values: ReadonlyMap<symbol, unknown>;

  constructor(values: Iterable<[symbol, unknown]>) {
    this.#values = new Map(values);
  }

  getValue(key: symbol): unknown {
    return this.#values.get(key);
  }

  setValue(key: symbol, value: unknown): SpanContext {
    return new SpanContext([...this.#values, [key, value]]);
  }

  deleteValue(key: symbol): SpanContext {
    return new SpanContext([...this.#values].filter(([name]) => name !== key));
  }
}
