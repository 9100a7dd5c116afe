import type { RunStreamEvent, StreamedRun } from '../../stream.ts';
import { EventLog } from './event-log.ts';
import type { RunRow, RunRows } from './run-rows.ts';
import { RunView } from './run-view.ts';

// biome-ignore lint/suspicious/noExplicitAny: a run of any agent
export type AnyRun = StreamedRun<any, any>;

/** A run that is in this process: it waits, is under way, or has ended a short while ago. */
export class LiveRun {
  readonly row: RunRow;
  readonly log: EventLog;
  /** Whether it has begun, in this process. */
  isTaken = false;
  #view: RunView;
  #streamed: AnyRun | undefined;
  #wantsStop = false;
  /** Resolves when the run has ended and that is written down. */
  readonly ended: Promise<void>;
  #resolveEnded = () => {};

  /** Without `last` its events come behind all that it may have told before. */
  constructor(row: RunRow, rows: RunRows, last = row.lastEvent) {
    this.row = row;
    this.log = new EventLog({ last, reserved: row.lastEvent, reserve: (upTo) => rows.set(row, { lastEvent: upTo }) });
    this.#view = new RunView(JSON.parse(row.input), row.agent);
    this.ended = new Promise((resolve) => {
      this.#resolveEnded = resolve;
    });
  }

  /** Whether it is, or will be, at the conversation. */
  get isActive(): boolean {
    return this.row.status === 'queued' || this.row.status === 'running';
  }

  get wantsStop(): boolean {
    return this.#wantsStop;
  }

  /** Resolves when what a crash left of it has been read, so that there is something to show. */
  async shown(): Promise<void> {
    if (this.row.before !== undefined && this.log.isEmpty) await this.log.next(this.log.last);
  }

  get snapshot(): object {
    const { id: run, conversation, status } = this.row;
    return { run, conversation, status, ...this.#view.snapshot };
  }

  /** From here on it is what was found after a crash: clients put this in the place of what they have. */
  restore(view: RunView): void {
    this.#view = view;
    this.log.append('snapshot', this.snapshot);
  }

  begin(): void {
    const { id: run, conversation, agent, status } = this.row;
    this.log.append('run', { run, conversation, agent, status, input: this.#view.input });
  }

  append(type: string, data: object): void {
    this.#view.add({ type, ...data });
    this.log.append(type, data);
  }

  /** Tells all that a run says, to its end. Fails as the run fails. */
  async follow(streamed: AnyRun): Promise<void> {
    this.#streamed = streamed;
    if (this.#wantsStop) await streamed.cancel();
    for await (const event of streamed) {
      const told = toldOf(event);
      if (told) this.append(told.type, told.data);
    }
  }

  async stop(): Promise<void> {
    this.#wantsStop = true;
    await this.#streamed?.cancel();
  }

  /** After the event that says how it ended. */
  close(): void {
    this.log.end();
    this.#resolveEnded();
  }
}

/** An event as clients get it; nothing of those that only say how the API tells things. */
function toldOf(event: RunStreamEvent): { type: string; data: object } | undefined {
  if (event.type === 'agent_updated_stream_event') return { type: 'agent', data: { agent: event.agent.name } };
  if (event.type === 'run_item_stream_event') {
    const { name, item } = event;
    if (name === 'tool_approval_requested') return undefined;
    return { type: 'item', data: { name, agent: item.agent.name, item: item.rawItem } };
  }
  // A request that is made again begins its answer anew.
  if (event.data.type === 'response.created') return { type: 'answer', data: {} };
  if (event.data.type === 'response.output_text.delta') return { type: 'text', data: { text: event.data.delta } };
  return undefined;
}
