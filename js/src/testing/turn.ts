import type { Backend } from './backend.ts';
import { crossesThreshold, foldedContext, withFirst } from './compaction/during.ts';
import { seal } from './compaction/seal.ts';
import type { Context } from './context.ts';
import { WireError } from './errors.ts';
import { generate } from './generate.ts';
import type { ResponseIds } from './ids.ts';
import { shown } from './item-list.ts';
import { contextTokens, Meter } from './meter.ts';
import type { ModelAnswer, ModelOutput, RawAnswer } from './model.ts';
import { promptOf } from './prompt-cache.ts';
import { newResponse } from './response-object.ts';
import type { CreateRequest, ResponseObject, StreamEvent } from './wire.ts';

/** One request to the model and what belongs to it. */
export interface Turn {
  request: CreateRequest;
  context: Context;
  ids: ResponseIds;
  backend: Backend;
  /** Aborts when nobody wants the answer any more. */
  signal: AbortSignal;
}

type Outputs = Exclude<ModelAnswer, RawAnswer>;

/** What the model says to a request. A request that asks for a compaction gets that and nothing else. */
export async function ask(turn: Turn): Promise<ModelAnswer> {
  const { request, context, ids, backend, signal } = turn;
  const folded = () => foldedContext(context, ids.item('compaction'));
  if (context.compactNow) return [folded()];
  const answer = await backend.model.respond({
    model: request.model,
    input: context.items,
    instructions: request.instructions ?? null,
    tools: request.tools ?? [],
    toolChoice: request.tool_choice ?? 'auto',
    parallelToolCalls: request.parallel_tool_calls ?? true,
    textFormat: request.text?.format ?? { type: 'text' },
    signal,
  });
  if ('raw' in answer || !crossesThreshold(request, contextTokens(context.items, request))) return answer;
  return withFirst(folded(), answer);
}

/** Asks only when the answer is read, so that what goes wrong there is a failure of the response. */
export async function* askLater(turn: Turn): AsyncGenerator<ModelOutput, void, undefined> {
  const answer = await ask(turn);
  if ('raw' in answer) throw new WireError(500, { message: 'A raw answer cannot be given in the background.' });
  yield* answer;
}

/** The response to a turn as it begins. */
export function begin({ request, ids, backend }: Turn): ResponseObject {
  const model = backend.model.id ?? request.model;
  return newResponse(request, { id: ids.response(), model, createdAt: Math.floor(backend.now() / 1000) });
}

/** The events of the model's answer. */
export function respond(outputs: Outputs, turn: Turn, response: ResponseObject): AsyncIterable<StreamEvent> {
  const { request, context, ids, backend, signal } = turn;
  const tokens = contextTokens(context.items, request);
  const cached = backend.prompts.read(request.prompt_cache_key ?? '', promptOf(request, context.items), tokens);
  return generate({
    response,
    outputs: asAskedFor(outputs, request),
    inputTokens: tokens,
    cachedTokens: cached,
    meter: new Meter(request.max_output_tokens ?? null),
    ids,
    random: backend.random,
    obfuscate: request.stream_options?.include_obfuscation ?? true,
    latency: backend.latency,
    now: () => Math.floor(backend.now() / 1000),
    signal,
  });
}

/** The response as it is in the end. */
export async function lastResponse(events: AsyncIterable<StreamEvent>): Promise<unknown> {
  let response: unknown;
  for await (const event of events) response = event.response ?? response;
  return response;
}

/** The outputs with what the request includes and without what it does not. */
async function* asAskedFor(outputs: Outputs, request: CreateRequest): AsyncGenerator<ModelOutput, void, undefined> {
  const encrypts = request.store === false ? ['reasoning.encrypted_content'] : [];
  const include = [...(request.include ?? []), ...encrypts];
  for await (const output of outputs) {
    if (output.type === 'item') yield { ...output, item: shown(output.item, include) };
    else if (output.type === 'reasoning' && include.includes('reasoning.encrypted_content'))
      yield { encryptedContent: seal(reasoningText(output)), ...output };
    else yield output;
  }
}

function reasoningText({ summary, text }: Extract<ModelOutput, { type: 'reasoning' }>): string {
  return JSON.stringify([summary ?? [], text ?? '']);
}
