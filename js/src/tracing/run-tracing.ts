import { messageOf } from '../check.ts';
import { AgentsError } from '../errors.ts';
import type { OpenAISettings } from '../openai.ts';
import type { Awaitable } from '../run-context.ts';
import { tell } from './processor.ts';
import { closeTrace, type TraceScope } from './scope.ts';
import type { RunTracingOptions } from './settings.ts';
import { Span, type SpanData, type SpanError, type TaskSpanData } from './span.ts';
import { addEnd, addUsage, type CoreUsage, noUsage, spanDataFrom } from './span-data.ts';

/** What is known of a run before it begins. */
export interface TracedRun {
  tracing: RunTracingOptions | undefined;
  /** The context of the tool that starts it. */
  parent: object | undefined;
  api: OpenAISettings;
  conversationId: string | undefined;
  sessionType: string | undefined;
  traceMetadata: Record<string, unknown> | undefined;
  /** Of the agent of this name, which the core does not know. */
  outputTypeOf(agent: string): string;
}

/** What the core tells of a span. Its numbers count within one run; 0 is the run itself. */
export interface SpanBegin {
  span: number;
  parent: number;
  kind: string;
  at: number;
  data: Record<string, unknown>;
}

export interface SpanEnd {
  span: number;
  at: number;
  data?: Record<string, unknown>;
  error?: SpanError;
}

const ABORTED: SpanError = { message: 'aborted', data: null };

/** The spans of one run: what the core tells of them, and those that the core knows nothing of. */
export class RunTracing {
  readonly #scope: TraceScope;
  readonly #isWhole: boolean;
  readonly #apiKey: string | undefined;
  readonly #task: Span;
  readonly #taskData: TaskSpanData;
  readonly #usage = noUsage();
  readonly #open = new Map<number, Span>();
  /** Of the tools that are at work, by the ids of their calls. */
  readonly #calls = new Map<string, Span>();
  readonly #guardrails = new Set<Span>();
  readonly #outputTypeOf: (agent: string) => string;
  #agent: Span | undefined;

  /** @param extent whether the trace ends with the run. */
  constructor(scope: TraceScope, run: TracedRun, extent: 'whole' | 'part') {
    const { tracing, api, conversationId } = run;
    this.#outputTypeOf = run.outputTypeOf;
    this.#scope = scope;
    this.#isWhole = extent === 'whole';
    this.#apiKey = api.apiKey;
    this.#taskData = { type: 'task', name: tracing?.workflowName ?? scope.trace.name };
    if (conversationId !== undefined) this.#taskData.conversation_id = conversationId;
    this.#task = this.#begin(this.#taskData, scope.parentId);
  }

  get includeSensitiveData(): boolean {
    return this.#scope.includeSensitiveData;
  }

  /** Where runs belong that this one's functions start: inside the call of a tool, or inside the run. */
  scopeWithin(callId?: string): TraceScope {
    return { ...this.#scope, parentId: this.#around(callId).spanId };
  }

  /** From the core. */
  spanBegan({ span, parent, kind, at, data }: SpanBegin): void {
    const { spanId } = this.#open.get(parent) ?? this.#task;
    const began = this.#begin(spanDataFrom(kind, data, this.#outputTypeOf), spanId, at);
    this.#open.set(span, began);
    if (kind === 'agent') this.#agent = began;
    if (kind === 'function') this.#calls.set(data.call_id as string, began);
  }

  /** From the core. */
  spanEnded({ span, at, data, error }: SpanEnd): void {
    const ended = this.#open.get(span);
    if (!ended) return;
    this.#open.delete(span);
    if (ended === this.#agent) this.#agent = undefined;
    if (data) addEnd(ended.spanData, data);
    const { spanData } = ended;
    if (spanData.type === 'generation' && data?.usage) addUsage(this.#usage, data.usage as CoreUsage);
    if (spanData.type === 'function' && spanData._call_id) this.#calls.delete(spanData._call_id);
    this.#end(ended, error && { ...error, message: this.#withoutKey(error.message) }, at);
  }

  /** A guardrail at work: of the agent, or of a tool that is called. Fails as `work` does. */
  async guardrail<Output>(
    name: string,
    work: () => Awaitable<Output>,
    isTriggered: (output: Output) => boolean,
    callId?: string,
  ): Promise<Output> {
    const span = this.#begin({ type: 'guardrail', name, triggered: false }, this.#around(callId).spanId);
    this.#guardrails.add(span);
    let failure: SpanError | undefined;
    try {
      const output = await work();
      addEnd(span.spanData, { triggered: isTriggered(output) });
      return output;
    } catch (error) {
      failure = this.#errorFrom(error);
      throw error;
    } finally {
      // The run, which has ended meanwhile, may have ended it.
      if (this.#guardrails.delete(span)) this.#end(span, failure);
    }
  }

  /** The tool failed, and all that the core will hear of it is an output for the model. */
  toolFailed(callId: string, error: unknown): void {
    const span = this.#calls.get(callId);
    if (!span) return;
    const why = this.includeSensitiveData ? { error: this.#withoutKey(messageOf(error)) } : null;
    span.error = { message: 'Error running tool (non-fatal)', data: why };
  }

  /** The run has ended, and with it all that belongs to it. */
  end(error?: unknown): void {
    // Nobody waits for a guardrail when the run has failed; an instance that died leaves all of them open.
    const left = [...this.#open.values(), ...this.#guardrails].reverse();
    this.#open.clear();
    this.#guardrails.clear();
    for (const span of left) this.#end(span, ABORTED);
    this.#taskData.usage = this.#usage;
    this.#end(this.#task, error === undefined ? undefined : this.#errorFrom(error));
    if (this.#isWhole) closeTrace(this.#scope);
  }

  #around(callId: string | undefined): Span {
    return (callId === undefined ? undefined : this.#calls.get(callId)) ?? this.#agent ?? this.#task;
  }

  #begin(data: SpanData, parentId: string | null, at = Date.now()): Span {
    const span = new Span(this.#scope.trace, parentId, data, new Date(at).toISOString());
    tell(this.#scope.processors, 'onSpanStart', span);
    return span;
  }

  #end(span: Span, error?: SpanError, at = Date.now()): void {
    span.endedAt = new Date(at).toISOString();
    // What was said of it meanwhile says more than that something went wrong.
    if (error && (error.data || !span.error)) span.error = error;
    tell(this.#scope.processors, 'onSpanEnd', span);
  }

  /** As the core tells of errors: in words only where those may quote what was said. */
  #errorFrom(error: unknown): SpanError {
    const code = error instanceof AgentsError ? error.code : 'callback_failed';
    const message = this.includeSensitiveData ? this.#withoutKey(messageOf(error)) : code;
    return { message, data: { code } };
  }

  /** Some servers, and some `fetch`, repeat the key in what they complain of. */
  #withoutKey(message: string): string {
    return this.#apiKey ? message.replaceAll(this.#apiKey, '…') : message;
  }
}
