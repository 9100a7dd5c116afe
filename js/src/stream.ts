import { checkOneOf } from './check.ts';
import type { Core } from './core.ts';
import { markDisposable } from './dispose.ts';
import { UserError } from './errors.ts';
import type { RunItem, RunToolApprovalItem } from './items.ts';
import type { FinalOutput, OutputType } from './output-type.ts';
import type { RunParts } from './run-parts.ts';
import { agentOf, type RunOutcome, type RunResult, resultOf } from './run-result.ts';
import type { RunState } from './run-state.ts';

/** An event of a streamed run; the SDK's three kinds. */
export type RunStreamEvent =
  /** An event of the API, as it arrived. */
  | { type: 'raw_model_stream_event'; data: { type: string; [field: string]: unknown } }
  /** The run has a new item. */
  | { type: 'run_item_stream_event'; name: RunItemEventName; item: RunItem }
  /** Another agent speaks from here on. */
  | { type: 'agent_updated_stream_event'; agent: { readonly name: string } };

export type RunItemEventName =
  | 'message_output_created'
  | 'tool_called'
  | 'tool_output'
  | 'reasoning_item_created'
  | 'handoff_requested'
  | 'handoff_occurred'
  | 'compaction_item_created'
  | 'tool_approval_requested';

const decoder = new TextDecoder();

/**
 * A run whose events can be read while it goes on. It goes on whether or not anyone reads; once a reader has begun, the
 * run waits for it when it is far behind. One reader at a time; the next one starts where the last one left off.
 *
 * @example
 * const run = await Runner.run(agent, 'Plan my week', { stream: true });
 * for await (const text of run.toTextStream()) show(text);
 * const { finalOutput } = await run.completed;
 */
export class StreamedRun<Context = unknown, Output extends OutputType = 'text'>
  implements AsyncIterable<RunStreamEvent>, AsyncDisposable
{
  /** The result, once the run is complete and saved; it settles even if nobody reads the events. */
  readonly completed: Promise<RunResult<Context, Output>>;
  readonly #core: Core;
  readonly #id: number;
  readonly #run: RunParts;
  readonly #outcome: Promise<RunOutcome<Context, Output>>;
  #isRead = false;
  #result: RunResult<Context, Output> | undefined;

  constructor(core: Core, id: number, run: RunParts, outcome: Promise<RunOutcome<Context, Output>>) {
    this.#core = core;
    this.#id = id;
    this.#run = run;
    this.#outcome = outcome;
    markDisposable(this, () => this.#end());
    this.completed = outcome.then((ended) => {
      this.#result = resultOf(ended);
      return this.#result;
    });
    // Whoever reads only the events is told of the failure there.
    this.completed.catch(() => {});
  }

  /** Of the result; none before `completed`. */
  get finalOutput(): FinalOutput<Output> | undefined {
    return this.#result?.finalOutput;
  }

  /** Of the result; none before `completed`. */
  get interruptions(): RunToolApprovalItem[] {
    return this.#result?.interruptions ?? [];
  }

  /** Of the result; none before `completed`. */
  get state(): RunState<Context> | undefined {
    return this.#result?.state;
  }

  /**
   * Stops the run, at once or when the turn is over that it is in: then with all outputs of that turn's tools.
   * `completed` and the events end with a RunAbortedError, unless the run was complete before. After its end it does
   * nothing.
   */
  async cancel({ mode = 'immediate' }: { mode?: 'immediate' | 'after_turn' } = {}): Promise<void> {
    checkOneOf('mode', mode, ['immediate', 'after_turn']);
    if (!this.#core.dead) await this.#core.call('run.cancel', { run: this.#id, afterTurn: mode === 'after_turn' });
  }

  /** The events, to the end of the run. Fails as the run fails. Leaving the loop early does not stop the run. */
  async *[Symbol.asyncIterator](): AsyncGenerator<RunStreamEvent, void, void> {
    if (this.#isRead) throw new UserError('user_error', 'The events of this run have a reader already.');
    this.#isRead = true;
    try {
      for (;;) {
        const { body } = await this.#core.call('run.events', { run: this.#id });
        if (body.length === 0) break;
        for (const event of JSON.parse(`[${decoder.decode(body)}]`)) yield this.#eventFrom(event);
      }
      const outcome = await this.#outcome;
      const { events } = outcome;
      for (let next = events.shift(); next; next = events.shift()) yield this.#eventFrom(next);
      resultOf(outcome);
    } finally {
      this.#isRead = false;
      await this.#detach();
    }
  }

  /** The model's words as they come. */
  async *toTextStream(): AsyncGenerator<string, void, void> {
    for await (const event of this) {
      if (event.type !== 'raw_model_stream_event' || event.data.type !== 'response.output_text.delta') continue;
      yield event.data.delta as string;
    }
  }

  /** Stops the run if it is still going, and waits until it has ended. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#end();
  }

  async #end(): Promise<void> {
    await this.cancel();
    await this.completed.catch(() => {});
  }

  async #detach(): Promise<void> {
    if (!this.#core.dead) await this.#core.call('run.detach', { run: this.#id });
  }

  #eventFrom(raw: object): RunStreamEvent {
    const event = raw as RunStreamEvent & { agent?: string; item?: { agent: string } };
    if (event.type === 'agent_updated_stream_event') return { ...event, agent: this.#agentNamed(event.agent) };
    if (event.type !== 'run_item_stream_event') return event;
    return { ...event, item: { ...event.item, agent: this.#agentNamed(event.item.agent) } };
  }

  #agentNamed(name: string): { readonly name: string } {
    return agentOf(this.#run, name) ?? { name };
  }
}
