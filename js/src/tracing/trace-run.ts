import { UserError } from '../errors.ts';
import type { TracingProcessor } from './processor.ts';
import { RunTracing, type TracedRun } from './run-tracing.ts';
import { openTrace, scopeAround, scopeOf, setApi, type TraceScope } from './scope.ts';
import { defaultTracing } from './settings.ts';
import type { Trace } from './trace.ts';

const WORKFLOW = 'Agent workflow';

/** Begins the trace of a run, or the run's part of one that is under way. Nothing where nobody would hear of it. */
export function traceRun(run: TracedRun): RunTracing | 'disabled' | undefined {
  const { tracing = {}, parent, api } = run;
  if (tracing.disabled) return 'disabled';
  const around = tracing.trace ? scopeOfOpen(tracing.trace) : scopeAround(parent);
  if (around === 'disabled') return around;
  const processors = around?.processors ?? tracing.processors ?? defaultTracing().processors ?? [];
  if (processors.length === 0) return undefined;
  const scope = around ?? newScope(run, processors);
  const { includeSensitiveData = scope.includeSensitiveData } = tracing;
  setApi(scope.trace, api);
  return new RunTracing({ ...scope, includeSensitiveData }, run, around ? 'part' : 'whole');
}

function scopeOfOpen(trace: Trace): TraceScope {
  const scope = scopeOf(trace);
  if (scope) return scope;
  throw new UserError(
    'user_error',
    'tracing.trace has ended: it lasts as long as the function that withTrace was given.',
  );
}

function newScope(run: TracedRun, processors: readonly TracingProcessor[]): TraceScope {
  const { tracing = {}, conversationId, sessionType, traceMetadata } = run;
  const metadata = {
    ...(conversationId === undefined ? {} : { conversation_id: conversationId }),
    ...(sessionType === undefined ? {} : { session_type: sessionType }),
    ...traceMetadata,
  };
  const { traceId, workflowName: name = WORKFLOW, groupId = conversationId } = tracing;
  return openTrace({ traceId, name, groupId, metadata }, processors, defaultTracing().includeSensitiveData ?? true);
}
