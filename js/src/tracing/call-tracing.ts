import { placeOf, type RunPlace, setPlace } from '../nesting.ts';
import type { Awaitable, RunContext } from '../run-context.ts';
import type { ToolGuardrailFunctionOutput } from '../tool-guardrail.ts';
import type { RunTracing } from './run-tracing.ts';
import { setScope } from './scope.ts';

const calls = new WeakMap<object, { tracing: RunTracing; callId: string }>();

/** A context for one call of a traced run: what happens inside the call finds its place by it. */
export function contextOfCall(context: RunContext, tracing: RunTracing, callId: string): RunContext {
  const own = { ...context };
  setPlace(own, placeOf(context) as RunPlace);
  setScope(own, tracing.scopeWithin(callId));
  calls.set(own, { tracing, callId });
  return own;
}

/** The tool failed, which the core does not hear of where the model is told in other words. */
export function callFailed(context: RunContext, error: unknown): void {
  const call = calls.get(context);
  call?.tracing.toolFailed(call.callId, error);
}

/** A guardrail of the tool that is called. */
export async function guardedCall(
  context: RunContext,
  name: string,
  work: () => Awaitable<ToolGuardrailFunctionOutput>,
): Promise<ToolGuardrailFunctionOutput> {
  const call = calls.get(context);
  if (!call) return work();
  return call.tracing.guardrail(name, work, (output) => output?.behavior?.type !== 'allow', call.callId);
}
