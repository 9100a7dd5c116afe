import type { Backend } from '../backend.ts';
import type { Call } from '../call.ts';
import { checkCreate } from '../check/create.ts';
import { itemIds } from '../check/input.ts';
import { buildContext, type Context } from '../context.ts';
import { badRequest, responseNotFound } from '../errors.ts';
import { bendBytes, bendEvents } from '../faults.ts';
import { generate, isTerminal } from '../generate.ts';
import { ResponseIds } from '../ids.ts';
import { estimateInputTokens, Meter } from '../meter.ts';
import type { ModelAnswer, RawAnswer } from '../model.ts';
import { newResponse } from '../response-object.ts';
import { encodeEvents, SSE_HEADERS } from '../sse.ts';
import { lasting } from '../stored-form.ts';
import type { CreateRequest, ResponseObject, StreamEvent } from '../wire.ts';
import { Work } from '../work.ts';
import { checkModel } from './models.ts';
import type { Params } from './table.ts';

export async function createResponse(call: Call, backend: Backend): Promise<Response> {
  const request = checkCreate(call.json());
  if (backend.checkIds) itemIds(request.input, 'input');
  const ids = new ResponseIds(backend.random, backend.now() / 1000);
  const context = buildContext(request, backend, ids);
  checkModel(request.model, backend);
  if (request.background) {
    throw badRequest("Unsupported parameter: 'background' is not supported with this model.", 'background');
  }
  const unlock = context.conversation?.lock() ?? (() => {});
  const work = new Work(call, backend, { keeps: request.store !== false, unlock });
  const { signal } = work;
  const answer = await ask(request, context, { signal, backend }).catch((error) => {
    work.end();
    throw error;
  });
  if ('raw' in answer) {
    work.end();
    return rawAnswer(answer, request, call);
  }
  const turn = { request, context, ids, signal, backend };
  const events = work.follow(storing(respond(answer, turn), turn, work));
  if (!request.stream) return Response.json(await lastResponse(events));
  const bytes = encodeEvents(bendEvents(events, call.fault, call.signal), { done: backend.done });
  return call.stream(bendBytes(bytes, call.fault, call.signal), { headers: SSE_HEADERS });
}

export function getResponse(call: Call, backend: Backend, { id }: Params): Response {
  const stored = backend.store.get(id!);
  if (!stored) throw responseNotFound(id!);
  if (call.url.searchParams.get('stream') === 'true') {
    throw badRequest('This response cannot be streamed because it was not created with background=true.', 'stream');
  }
  return Response.json(stored.response);
}

export function deleteResponse(_call: Call, backend: Backend, { id }: Params): Response {
  if (!backend.store.delete(id!)) throw responseNotFound(id!);
  return Response.json({ id, object: 'response', deleted: true });
}

/** What the model says to a request. */
export async function ask(
  request: CreateRequest,
  context: Context,
  { signal, backend }: Pick<Turn, 'signal' | 'backend'>,
): Promise<ModelAnswer> {
  return backend.model.respond({
    model: request.model,
    input: context.items,
    instructions: request.instructions ?? null,
    tools: request.tools ?? [],
    toolChoice: request.tool_choice ?? 'auto',
    parallelToolCalls: request.parallel_tool_calls ?? true,
    textFormat: request.text?.format ?? { type: 'text' },
    signal,
  });
}

export interface Turn {
  request: CreateRequest;
  context: Context;
  ids: ResponseIds;
  signal: AbortSignal;
  backend: Backend;
}

/** The events of the model's answer. */
export function respond(outputs: Exclude<ModelAnswer, RawAnswer>, turn: Turn): AsyncIterable<StreamEvent> {
  const { request, context, ids, signal, backend } = turn;
  const now = () => Math.floor(backend.now() / 1000);
  return generate({
    response: newResponse(request, {
      id: ids.response(),
      model: backend.model.id ?? request.model,
      createdAt: now(),
    }),
    outputs,
    inputTokens: estimateInputTokens(context.items, request.instructions ?? null, request.tools ?? []),
    meter: new Meter(request.max_output_tokens ?? null),
    ids,
    random: backend.random,
    obfuscate: request.stream_options?.include_obfuscation ?? true,
    latency: backend.latency,
    now,
    signal,
  });
}

/** Passes the events on, and stores the finished response before anyone sees that it is finished. */
async function* storing(
  events: AsyncIterable<StreamEvent>,
  turn: Turn,
  work: Work,
): AsyncGenerator<StreamEvent, void, undefined> {
  try {
    for await (const event of events) {
      if (isTerminal(event)) {
        store(event.response as ResponseObject, turn, work);
        work.end();
      }
      yield event;
    }
  } finally {
    work.end();
  }
}

function store(response: ResponseObject, { request, context, backend }: Turn, work: Work): void {
  if (request.store === false) return;
  const { conversation, own, items } = context;
  backend.store.add({
    response,
    input: own,
    previousId: request.previous_response_id ?? null,
    before: conversation ? items.slice(0, items.length - own.length) : [],
  });
  if (!conversation || response.status === 'failed' || !work.appends) return;
  backend.conversations.append(conversation, [...lasting(own), ...response.output]);
}

/** The response as it is in the end. */
export async function lastResponse(events: AsyncIterable<StreamEvent>): Promise<unknown> {
  let response: unknown;
  for await (const event of events) response = event.response ?? response;
  return response;
}

export function rawAnswer(answer: RawAnswer, request: CreateRequest, call: Call): Response {
  const chunks = typeof answer.raw === 'string' || answer.raw instanceof Uint8Array ? [answer.raw] : answer.raw;
  const type: Record<string, string> = request.stream ? SSE_HEADERS : { 'content-type': 'application/json' };
  const init = { status: answer.status ?? 200, headers: { ...type, ...answer.headers } };
  return call.stream(bendBytes(encode(chunks), call.fault, call.signal), init);
}

async function* encode(
  chunks: readonly (string | Uint8Array)[],
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined> {
  const encoder = new TextEncoder();
  for (const chunk of chunks) yield typeof chunk === 'string' ? encoder.encode(chunk) : new Uint8Array(chunk);
}
