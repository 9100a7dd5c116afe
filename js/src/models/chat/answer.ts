import { APIError, ModelBehaviorError } from '../../errors.ts';
import type { ModelAnswer, ModelEvent, ModelUsage } from '../model.ts';
import { CallDraft, type Events, MessageDraft, ReasoningDraft } from './drafts.ts';
import { type Fields, fieldsOf, listOf, textOf } from './wire.ts';

const CUT: Record<string, string> = { length: 'max_output_tokens', content_filter: 'content_filter' };

/** Makes of the pieces of a chat completion the events and the response that the Responses API would give. */
export class ChatAnswer {
  readonly #drafts: (MessageDraft | ReasoningDraft | CallDraft)[] = [];
  /** By the index that the server gives; of those without one, the last. */
  readonly #calls = new Map<unknown, CallDraft>();
  /** The message or reasoning that goes on. Calls may come side by side, and are open until the end. */
  #current: MessageDraft | ReasoningDraft | undefined;
  #isBegun = false;
  #hasChoice = false;
  #head: Fields = {};
  #usage: Fields | undefined;
  #finish: string | undefined;
  #sequence = 0;

  /** Whether the server has said that the answer is whole. */
  get isWhole(): boolean {
    return this.#finish !== undefined;
  }

  /** The events of a piece. A whole completion is a piece too. */
  *take(piece: unknown): Events {
    if (typeof piece !== 'object' || piece === null || Array.isArray(piece)) throw broken('A piece of it is no object');
    const { id, model, created, usage, choices, error } = piece as Fields;
    if (error) throw errorOf(error);
    if (!this.#isBegun) {
      this.#isBegun = true;
      this.#head = { id, object: 'response', created_at: created, model };
      const response = { ...this.#head, status: 'in_progress', output: [], usage: null };
      yield this.#numbered({ type: 'response.created', response });
      yield this.#numbered({ type: 'response.in_progress', response });
    }
    if (usage) this.#usage = fieldsOf(usage);
    for (const choice of listOf(choices).map(fieldsOf)) {
      // Of several answers the first one is the run's.
      if (choice.index !== undefined && choice.index !== 0) continue;
      this.#hasChoice = true;
      for (const event of this.#read(fieldsOf(choice.delta ?? choice.message), choice)) yield this.#numbered(event);
      this.#finish = textOf(choice.finish_reason) ?? this.#finish;
    }
  }

  /** The events that end the answer. */
  *end(): Events {
    if (!this.#hasChoice) throw broken('It has no choices');
    const status = this.#status() === 'completed' ? 'completed' : 'incomplete';
    for (const event of this.#closed(status)) yield this.#numbered(event);
    for (const draft of this.#drafts) {
      if (!(draft instanceof CallDraft)) continue;
      for (const event of draft.close(status)) yield this.#numbered(event);
    }
    const response = this.response();
    yield this.#numbered({ type: `response.${response.status}`, response });
  }

  /** Of an answer that has ended. */
  response(): ModelAnswer & Fields & { status: string } {
    const status = this.#status();
    const reason = CUT[this.#finish ?? ''];
    return {
      ...this.#head,
      status,
      output: this.#drafts.map((draft) => draft.item(draft.status)),
      ...(status === 'failed' && { error: { code: 'server_error', message: 'The server broke off its answer.' } }),
      ...(reason !== undefined && { incomplete_details: { reason } }),
      usage: this.#usage ? usageOf(this.#usage) : null,
    };
  }

  *#read(delta: Fields, choice: Fields): Events {
    const thought = textOf(delta.reasoning_content) ?? textOf(delta.reasoning);
    if (thought) yield* this.#think(thought);
    const said = textOf(delta.content) ?? listOf(delta.content).map(saidIn).join('');
    if (said) yield* this.#say('output_text', said);
    const refusal = textOf(delta.refusal);
    if (refusal) yield* this.#say('refusal', refusal);
    if (this.#current instanceof MessageDraft) {
      this.#current.logprobs.push(...listOf(fieldsOf(choice.logprobs).content));
      for (const annotation of listOf(delta.annotations)) yield* this.#current.annotate(citation(fieldsOf(annotation)));
    }
    for (const call of listOf(delta.tool_calls)) yield* this.#call(fieldsOf(call));
  }

  *#think(delta: string): Events {
    if (!(this.#current instanceof ReasoningDraft)) yield* this.#begin(new ReasoningDraft(this.#drafts.length));
    yield* (this.#current as ReasoningDraft).think(delta);
  }

  *#say(type: 'output_text' | 'refusal', delta: string): Events {
    if (!(this.#current instanceof MessageDraft)) yield* this.#begin(new MessageDraft(this.#drafts.length));
    yield* (this.#current as MessageDraft).say(type, delta);
  }

  *#call({ index, id, function: called, custom }: Fields): Events {
    const { name, arguments: written, input } = fieldsOf(called ?? custom);
    let draft = this.#calls.get(index);
    if (!draft || isOther(draft, { index, id: textOf(id), name: textOf(name) })) {
      yield* this.#closed('completed');
      draft = new CallDraft(this.#drafts.length, textOf(id), custom !== undefined);
      this.#drafts.push(draft);
      this.#calls.set(index, draft);
    }
    const text = input ?? written ?? '';
    yield* draft.write(textOf(name), typeof text === 'string' ? text : JSON.stringify(text));
  }

  *#begin(draft: MessageDraft | ReasoningDraft): Events {
    yield* this.#closed('completed');
    this.#current = draft;
    this.#drafts.push(draft);
    yield* draft.open();
  }

  *#closed(status: string): Events {
    const current = this.#current;
    this.#current = undefined;
    if (current) yield* current.close(status);
  }

  #status(): 'completed' | 'incomplete' | 'failed' {
    if (this.#finish === 'error') return 'failed';
    return this.#finish !== undefined && this.#finish in CUT ? 'incomplete' : 'completed';
  }

  #numbered({ type, ...fields }: ModelEvent): ModelEvent {
    return { type, sequence_number: this.#sequence++, ...fields };
  }
}

/** Some servers give no index, or the same one to all calls; then an id, or else a name, begins another call. */
function isOther(
  known: CallDraft,
  { index, id, name }: { index: unknown; id: string | undefined; name: string | undefined },
): boolean {
  if (id !== undefined) return id !== known.callId && (name !== undefined || index === undefined);
  return index === undefined && name !== undefined && known.isNamed;
}

/** Some servers give a list of parts, thoughts among them. */
function saidIn(part: unknown): string {
  const { type, text } = fieldsOf(part);
  return type === 'text' && typeof text === 'string' ? text : '';
}

function citation(annotation: Fields): Fields {
  const { type, url_citation: cited, ...rest } = annotation;
  return { type, ...fieldsOf(cited), ...rest };
}

function usageOf(usage: Fields): ModelUsage {
  const count = (value: unknown) => (typeof value === 'number' ? value : 0);
  return {
    input_tokens: count(usage.prompt_tokens),
    input_tokens_details: { cached_tokens: count(fieldsOf(usage.prompt_tokens_details).cached_tokens) },
    output_tokens: count(usage.completion_tokens),
    output_tokens_details: { reasoning_tokens: count(fieldsOf(usage.completion_tokens_details).reasoning_tokens) },
    total_tokens: count(usage.total_tokens),
  };
}

/** The error in an answer or in a stream that had begun well. */
function errorOf(error: unknown): APIError {
  const { message, type, code, param } = fieldsOf(error);
  const said = textOf(message) ?? textOf(error) ?? 'no reason';
  const text = (value: unknown) => (value === null || value === undefined ? undefined : String(value));
  const detail = { code: text(code), type: text(type), param: text(param) };
  const known = Object.fromEntries(Object.entries(detail).filter(([, value]) => value !== undefined));
  return new APIError('api_error', `The API ended its answer with an error: ${said}`, known);
}

function broken(flaw: string): ModelBehaviorError {
  return new ModelBehaviorError('model_behavior', `The server's answer is no chat completion. ${flaw}.`);
}
