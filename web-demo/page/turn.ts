import { type Agent, type Item, RunAbortedError, Runner, type RunStreamEvent, type SQLiteSession } from 'agents-wasm';
import { type Entry, textOf, toolCallOf } from './entries.ts';

/** A message and the answer to it, while it comes and after it has ended. */
export class Turn {
  readonly conversationId: string;
  readonly text: string;
  /** How many items the history had before. */
  readonly itemsBefore: number;
  readonly entries: Entry[];
  state: 'running' | 'saved' | 'stopped' | 'failed' = 'running';
  error: unknown;
  /** How many items it added to the history. */
  itemsAdded = 0;
  /** Called after everything that a reader could see. */
  onChange: () => void = () => {};
  /** Resolves when it has ended, in whatever way. */
  readonly ended: Promise<void>;
  readonly #stop = new AbortController();
  readonly #end: () => void;

  constructor(options: { conversationId: string; text: string; itemsBefore: number }) {
    this.conversationId = options.conversationId;
    this.text = options.text;
    this.itemsBefore = options.itemsBefore;
    this.entries = [{ kind: 'user', text: options.text }];
    const { promise, resolve } = Promise.withResolvers<void>();
    this.ended = promise;
    this.#end = resolve;
  }

  /** Ends the run. The history stays as it was. */
  stop(): void {
    this.#stop.abort();
  }

  /** What the model has said so far. */
  get answer(): string {
    return this.entries
      .map((entry) => (entry.kind === 'assistant' ? entry.text : ''))
      .join('\n')
      .trim();
  }

  /** Runs to the end, whatever it is. */
  async run(agent: Agent, ready: () => Promise<SQLiteSession>): Promise<void> {
    try {
      const run = await Runner.run(agent, this.text, {
        session: await ready(),
        conversationId: this.conversationId,
        stream: true,
        signal: this.#stop.signal,
      });
      for await (const event of run) this.#take(event);
      const { newItems } = await run.completed;
      this.itemsAdded = 1 + newItems.length;
      this.state = 'saved';
    } catch (error) {
      this.state = error instanceof RunAbortedError ? 'stopped' : 'failed';
      this.error = error;
    }
    this.#end();
    this.onChange();
  }

  #take(event: RunStreamEvent): void {
    if (event.type === 'raw_model_stream_event') this.#takeRaw(event.data);
    else if (event.type === 'run_item_stream_event') this.#takeItem(event.name, event.item.rawItem);
    this.onChange();
  }

  #takeRaw(data: { type: string; [field: string]: unknown }): void {
    if (data.type === 'response.output_item.added' && (data['item'] as Item).type === 'message') this.#begin();
    if (data.type === 'response.output_text.delta' || data.type === 'response.refusal.delta') {
      const last = this.entries.at(-1);
      const message = last?.kind === 'assistant' ? last : this.#begin();
      message.text += data['delta'] as string;
    }
  }

  #begin(): { text: string } {
    const message = { kind: 'assistant' as const, text: '' };
    this.entries.push(message);
    return message;
  }

  #takeItem(name: string, item: Item): void {
    if (name === 'tool_called') this.entries.push(toolCallOf(item));
    if (name !== 'tool_output') return;
    const call = this.entries.find((entry) => entry.kind === 'tool' && entry.callId === item['call_id']);
    if (call?.kind === 'tool') call.output = textOf(item['output']);
  }
}
