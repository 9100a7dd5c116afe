import type { OpenAISettings } from '../openai.ts';
import { type TracingProcessor, tell } from './processor.ts';
import { Trace, type TraceParts } from './trace.ts';

/** Where spans belong. Everything that traces is given one: nothing is found by looking at what is under way. */
export interface TraceScope {
  readonly trace: Trace;
  readonly processors: readonly TracingProcessor[];
  readonly includeSensitiveData: boolean;
  /** The span around them. */
  readonly parentId: string | null;
}

const open = new WeakMap<Trace, TraceScope>();
const contexts = new WeakMap<object, TraceScope | 'disabled'>();
const settings = new WeakMap<Trace, OpenAISettings>();

export function openTrace(
  parts: TraceParts,
  processors: readonly TracingProcessor[],
  includeSensitiveData: boolean,
): TraceScope {
  const scope = { trace: new Trace(parts), processors, includeSensitiveData, parentId: null };
  open.set(scope.trace, scope);
  tell(processors, 'onTraceStart', scope.trace);
  return scope;
}

export function closeTrace({ trace, processors }: TraceScope): void {
  open.delete(trace);
  tell(processors, 'onTraceEnd', trace);
}

/** The scope of a trace that has not ended. */
export function scopeOf(trace: Trace): TraceScope | undefined {
  return open.get(trace);
}

/** Remembers what encloses the runs that are started with this context as their `parent`. */
export function setScope(context: object, scope: TraceScope | 'disabled'): void {
  contexts.set(context, scope);
}

export function scopeAround(context: object | undefined): TraceScope | 'disabled' | undefined {
  return context && contexts.get(context);
}

/** Remembers how the first run of a trace reaches the API. It is no part of the trace, which others may see. */
export function setApi(trace: Trace, api: OpenAISettings): void {
  if (!settings.has(trace)) settings.set(trace, api);
}

export function apiOf(trace: Trace): OpenAISettings | undefined {
  return settings.get(trace);
}
