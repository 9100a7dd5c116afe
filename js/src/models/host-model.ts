import { checkJson, kindOf, messageOf } from '../check.ts';
import type { Message, Reply, Ticket } from '../core.ts';
import { ModelBehaviorError } from '../errors.ts';
import { parseJson } from '../items.ts';
import type { OpenAISettings } from '../openai.ts';
import { EventQueue } from './event-queue.ts';
import type { Model, ModelAnswer, ModelEvent, ModelRequest } from './model.ts';

/** Where a run's models are. */
export interface ModelOwner {
  readonly api: OpenAISettings;
  /** The model of the caller's that the agent of that index has. */
  modelOf(agent: number): Model;
}

interface OpenStream {
  queue: EventQueue;
  ticket: Ticket;
}

const encoder = new TextEncoder();

/** Asks the caller's models for the core, and checks what they answer. */
export class ModelBridge {
  readonly #streams = new Map<number, OpenStream>();

  async ask({ head, body: asked }: Message, run: ModelOwner, ticket: Ticket): Promise<Reply> {
    const model = run.modelOf(head.agent);
    const parts = parseJson<Omit<ModelRequest, 'signal' | 'openai'>>(asked);
    const request: ModelRequest = { ...parts, signal: ticket.signal, openai: run.api };
    const { format } = (parts.settings.text ?? {}) as { format?: ModelRequest['outputFormat'] };
    if (format) request.outputFormat = format;
    if (head.stream) {
      this.#streams.set(ticket.id, { queue: new EventQueue(await eventsOf(model, request), eventText), ticket });
      return undefined;
    }
    const response = await model.getResponse(request);
    const body = encoder.encode(responseText(response));
    const { requestId } = response;
    return { head: typeof requestId === 'string' ? { requestId } : {}, body };
  }

  /** The next events of a stream, as an array; nothing at its end. */
  async next({ head }: Message): Promise<Reply> {
    const texts = (await this.#streams.get(head.model)?.queue.next()) ?? [];
    return texts.length === 0 ? undefined : { body: encoder.encode(`[${texts.join(',')}]`) };
  }

  close(ticket: number): void {
    const open = this.#streams.get(ticket);
    if (!open) return;
    this.#streams.delete(ticket);
    open.ticket.controller.abort();
    open.queue.close();
  }

  closeAll(): void {
    for (const ticket of [...this.#streams.keys()]) this.close(ticket);
  }
}

async function eventsOf(model: Model, request: ModelRequest): Promise<AsyncIterable<unknown>> {
  if (!model.getStreamedResponse) return wholeAsEvents(model, request);
  const events: unknown = await model.getStreamedResponse(request);
  if (typeof (events as Partial<AsyncIterable<unknown>> | undefined)?.[Symbol.asyncIterator] === 'function') {
    return events as AsyncIterable<unknown>;
  }
  throw broken(`The model's getStreamedResponse must give an async iterable, but gave ${kindOf(events)}`);
}

/** What readers of a stream need of an answer that was not streamed. */
async function* wholeAsEvents(model: Model, request: ModelRequest): AsyncGenerator<ModelEvent> {
  const response = await model.getResponse(request);
  const text = responseText(response);
  for (const [output_index, item] of response.output.entries()) {
    const content: unknown[] = item.type === 'message' && Array.isArray(item.content) ? item.content : [];
    for (const [content_index, part] of content.entries()) {
      const { type, text: delta } = (part ?? {}) as { type?: string; text?: string };
      if (type !== 'output_text') continue;
      yield { type: 'response.output_text.delta', item_id: item.id ?? '', output_index, content_index, delta };
    }
  }
  yield { type: 'response.completed', response: JSON.parse(text) };
}

/** The part of a response that the core reads; the rest may be large. */
function responseText(response: unknown): string {
  const { id, status, error, incomplete_details, output, usage } = (response ?? {}) as ModelAnswer;
  if (!Array.isArray(output)) throw broken(`The model's output must be an array of items, but is ${kindOf(output)}`);
  output.forEach((item: unknown, index) => {
    if (isObject(item)) return;
    throw broken(`The model's output[${index}] must be an object, but is ${kindOf(item)}`);
  });
  return jsonOf("The model's response", { id, status, error, incomplete_details, output, usage });
}

function eventText(event: unknown): string {
  if (!isObject(event)) throw broken(`An event of the model's stream must be an object, but is ${kindOf(event)}`);
  if (typeof event.type !== 'string') {
    throw broken(`The type of an event of the model's stream must be a string, but is ${kindOf(event.type)}`);
  }
  return jsonOf("An event of the model's stream", event);
}

function jsonOf(what: string, value: object): string {
  try {
    checkJson(what, value);
  } catch (cause) {
    throw new ModelBehaviorError('model_behavior', messageOf(cause), { cause });
  }
  return JSON.stringify(value);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function broken(flaw: string): ModelBehaviorError {
  return new ModelBehaviorError('model_behavior', `${flaw}.`);
}
