import { ModelBehaviorError } from '../../errors.ts';
import type { Item } from '../../items.ts';
import { randomId } from '../../random-id.ts';
import type { ModelEvent } from '../model.ts';
import type { Fields } from './wire.ts';

export type Events = Generator<ModelEvent, void, undefined>;

/**
 * An item of the answer while it is being written. In events it has an id, by which they belong together; the finished item
 * has none, since an API that did not make an id refuses it.
 */
abstract class Draft {
  readonly id: string;
  readonly place: { item_id: string; output_index: number };
  readonly index: number;
  /** Known once it is closed. */
  status = 'in_progress';

  constructor(prefix: string, index: number) {
    this.id = `${prefix}_${randomId()}`;
    this.index = index;
    this.place = { item_id: this.id, output_index: index };
  }

  abstract item(status: string): Item;
  /** The events that come before the item is done. */
  protected abstract end(): Events;

  *close(status: string): Events {
    this.status = status;
    yield* this.end();
    yield { type: 'response.output_item.done', output_index: this.index, item: { id: this.id, ...this.item(status) } };
  }

  protected *begin(item: Item): Events {
    yield { type: 'response.output_item.added', output_index: this.index, item: { id: this.id, ...item } };
  }
}

interface Part {
  type: 'output_text' | 'refusal';
  content_index: number;
  text: string;
}

export class MessageDraft extends Draft {
  readonly #parts: Part[] = [];
  readonly annotations: unknown[] = [];
  readonly logprobs: unknown[] = [];

  constructor(index: number) {
    super('msg', index);
  }

  *open(): Events {
    yield* this.begin({ type: 'message', role: 'assistant', status: 'in_progress', content: [] });
  }

  *say(type: Part['type'], delta: string): Events {
    let part = this.#parts.find((one) => one.type === type);
    if (!part) {
      part = { type, content_index: this.#parts.length, text: '' };
      this.#parts.push(part);
      yield { type: 'response.content_part.added', ...this.#at(part), part: this.#content(part) };
    }
    part.text += delta;
    yield { type: `response.${type}.delta`, ...this.#at(part), delta, ...(type === 'output_text' && { logprobs: [] }) };
  }

  *annotate(annotation: Fields): Events {
    const annotation_index = this.annotations.push(annotation) - 1;
    const type = 'response.output_text.annotation.added';
    yield { type, ...this.place, content_index: 0, annotation_index, annotation };
  }

  item(status: string): Item {
    const content = this.#parts.map((part) => this.#content(part));
    return { type: 'message', role: 'assistant', status, content };
  }

  protected *end(): Events {
    for (const part of this.#parts) {
      const { type, text } = part;
      const said = type === 'refusal' ? { refusal: text } : { text, logprobs: this.logprobs };
      yield { type: `response.${type}.done`, ...this.#at(part), ...said };
      yield { type: 'response.content_part.done', ...this.#at(part), part: this.#content(part) };
    }
  }

  #at({ content_index }: Part): object {
    return { ...this.place, content_index };
  }

  #content({ type, text }: Part): object {
    if (type === 'refusal') return { type, refusal: text };
    return { type, text, annotations: [...this.annotations], logprobs: [...this.logprobs] };
  }
}

export class ReasoningDraft extends Draft {
  #text = '';

  constructor(index: number) {
    super('rs', index);
  }

  *open(): Events {
    yield* this.begin({ type: 'reasoning', summary: [], content: [] });
    const part = { type: 'reasoning_text', text: '' };
    yield { type: 'response.content_part.added', ...this.place, content_index: 0, part };
  }

  *think(delta: string): Events {
    this.#text += delta;
    yield { type: 'response.reasoning_text.delta', ...this.place, content_index: 0, delta };
  }

  item(): Item {
    return { type: 'reasoning', summary: [], content: [{ type: 'reasoning_text', text: this.#text }] };
  }

  protected *end(): Events {
    const at = { ...this.place, content_index: 0 };
    yield { type: 'response.reasoning_text.done', ...at, text: this.#text };
    yield { type: 'response.content_part.done', ...at, part: { type: 'reasoning_text', text: this.#text } };
  }
}

export class CallDraft extends Draft {
  readonly callId: string;
  readonly #isCustom: boolean;
  #name = '';
  #text = '';
  #isOpen = false;

  constructor(index: number, callId: string | undefined, isCustom: boolean) {
    super(isCustom ? 'ctc' : 'fc', index);
    // Some servers leave it out; the output of the call needs one.
    this.callId = callId ?? `call_${randomId()}`;
    this.#isCustom = isCustom;
  }

  get isNamed(): boolean {
    return this.#name !== '';
  }

  /** Some servers tell the name once, others in every piece; nothing is said before it is known. */
  *write(name: string | undefined, delta: string): Events {
    this.#name ||= name ?? '';
    this.#text += delta;
    if (this.#name === '') return;
    const pending = this.#isOpen ? delta : this.#text;
    if (!this.#isOpen) {
      this.#isOpen = true;
      yield* this.begin(this.#call('in_progress', ''));
    }
    const kind = this.#isCustom ? 'custom_tool_call_input' : 'function_call_arguments';
    if (pending !== '') yield { type: `response.${kind}.delta`, ...this.place, delta: pending };
  }

  item(status: string): Item {
    if (this.#name === '') throw new ModelBehaviorError('model_behavior', 'The model made a call without a name.');
    return this.#call(status, this.#written());
  }

  protected *end(): Events {
    const written = this.#written();
    yield this.#isCustom
      ? { type: 'response.custom_tool_call_input.done', ...this.place, input: written }
      : { type: 'response.function_call_arguments.done', ...this.place, arguments: written, name: this.#name };
  }

  /** Without parameters some models write nothing. */
  #written(): string {
    return this.#isCustom ? this.#text : this.#text || '{}';
  }

  #call(status: string, written: string): Item {
    const call = { call_id: this.callId, name: this.#name, status };
    return this.#isCustom
      ? { type: 'custom_tool_call', ...call, input: written }
      : { type: 'function_call', ...call, arguments: written };
  }
}
