import {
  type Agent,
  type Item,
  type OpenRun,
  RunAbortedError,
  Runner,
  type RunStreamEvent,
  type StoredItem,
  type StreamedRun,
} from 'agents-wasm';
import { type Entry, entriesOf, type Message, textOf, toolCallOf } from './entries.ts';
import type { DemoSession } from './memory.ts';

export interface TurnOptions {
  conversationId: string;
  /** What the user says; '' when the model answers again what is there. */
  text: string;
  /** How many items the history had before. */
  itemsBefore: number;
  /** What the run got before it broke off, when this turn goes on with it. */
  open?: OpenRun;
  /** The branch on which the conversation was before this turn began another. */
  cameFrom?: string | undefined;
}

/** A message and the answer to it, while it comes and after it has ended. */
export class Turn {
  readonly conversationId: string;
  readonly text: string;
  /** How many items the history had before. */
  readonly itemsBefore: number;
  readonly entries: Entry[];
  readonly open: OpenRun | undefined;
  readonly cameFrom: string | undefined;
  /** `interrupted`: it broke off before this page was opened. `elsewhere`: another tab is at it. */
  state: 'running' | 'saved' | 'stopped' | 'failed' | 'interrupted' | 'elsewhere' = 'running';
  error: unknown;
  /** How many items it added to the history. */
  itemsAdded = 0;
  /** Called after everything that a reader could see. */
  onChange: () => void = () => {};
  /** Resolves when it has ended, in whatever way. */
  readonly ended: Promise<void>;
  readonly #stop = new AbortController();
  readonly #end: () => void;

  constructor({ conversationId, text, itemsBefore, open, cameFrom }: TurnOptions) {
    this.conversationId = conversationId;
    this.text = text;
    this.itemsBefore = itemsBefore;
    this.open = open;
    this.cameFrom = cameFrom;
    this.entries = open ? entriesOf(open.items) : this.#input.map(() => ({ kind: 'user' as const, text }));
    const { promise, resolve } = Promise.withResolvers<void>();
    this.ended = promise;
    this.#end = resolve;
  }

  /** A run that this page has not begun, as the store tells of it. */
  static of(open: OpenRun, itemsBefore: number): Turn {
    const first = open.items.find(({ role }) => role === 'user');
    const text = textOf(first?.['content'] ?? '');
    const turn = new Turn({ conversationId: open.conversationId, text, itemsBefore, open });
    turn.state = open.state === 'running' ? 'elsewhere' : 'interrupted';
    return turn;
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

  get #input(): string[] {
    return this.text === '' ? [] : [this.text];
  }

  /** Gives its messages the uids that they have in the history by now. */
  name(items: readonly StoredItem[]): void {
    const messages = this.entries.filter(isMessage);
    const said = items.filter(({ role }) => role === 'user' || role === 'assistant').slice(-messages.length);
    for (const [index, message] of messages.entries()) message.uid = said[index]?.uid;
    this.onChange();
  }

  /** Runs to the end, whatever it is. */
  async run(agent: Agent, session: DemoSession, begin: () => Promise<void>): Promise<void> {
    try {
      await begin();
      const run = await this.#start(agent, session);
      for await (const event of run) this.#take(event);
      const { newItems } = await run.completed;
      this.itemsAdded = this.#input.length + newItems.length;
      this.state = 'saved';
    } catch (error) {
      this.state = error instanceof RunAbortedError ? 'stopped' : 'failed';
      this.error = error;
    }
    this.#end();
    this.onChange();
  }

  /** Another tab says that the model is saying this. */
  hear(text: string): void {
    const last = this.entries.at(-1);
    const message = last?.kind === 'assistant' ? last : this.#begin();
    message.text += text;
    this.onChange();
  }

  #start(agent: Agent, session: DemoSession): Promise<StreamedRun> {
    const { conversationId } = this;
    const options = { session, conversationId, stream: true, signal: this.#stop.signal } as const;
    if (this.open) return Runner.resume(agent, { ...options, runId: this.open.runId });
    return Runner.run(agent, this.#input, options);
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

function isMessage(entry: Entry): entry is Message {
  return entry.kind === 'user' || entry.kind === 'assistant';
}
