import type { Backend } from '../backend.ts';
import { BackgroundRun } from '../background.ts';
import type { Call } from '../call.ts';
import { checkCreate } from '../check/create.ts';
import { itemIds } from '../check/input.ts';
import { checkReasoning } from '../check/reasoning.ts';
import { buildContext, checkUnlocked } from '../context.ts';
import { badRequest, WireError } from '../errors.ts';
import { bendBytes, bendEvents } from '../faults.ts';
import { refusalEvents } from '../generate.ts';
import { ResponseIds } from '../ids.ts';
import type { RawAnswer } from '../model.ts';
import { encodeEvents, SSE_HEADERS } from '../sse.ts';
import { recording, storing } from '../storing.ts';
import { ask, askLater, begin, lastResponse, respond, type Turn } from '../turn.ts';
import { fitWindow } from '../window.ts';
import type { CreateRequest, StreamEvent } from '../wire.ts';
import { Work } from '../work.ts';
import { checkModel, checkSupported } from './models.ts';

export async function createResponse(call: Call, backend: Backend): Promise<Response> {
  const request = checkCreate(call.json());
  if (backend.checkIds) {
    itemIds(request.input, 'input');
    checkReasoning(request.input, backend.store);
  }
  const ids = new ResponseIds(backend.random, backend.now() / 1000);
  checkUnlocked(request, backend);
  const whole = buildContext(request, backend, ids);
  checkModel(request.model, backend);
  checkSupported(request, backend);
  if (request.background && request.store === false) throw mustBeStored();
  const asked = { request, context: whole, ids, signal: call.signal, backend };
  try {
    asked.context = fitWindow(whole, request, backend.contextWindow);
  } catch (error) {
    if (!request.stream || !(error instanceof WireError)) throw error;
    return streamed(refusalEvents(begin(asked), error), call, backend);
  }
  return request.background ? inBackground(asked, call) : whileCalled(asked, call);
}

async function whileCalled(asked: Turn, call: Call): Promise<Response> {
  const { request, context, backend } = asked;
  const unlock = context.conversation?.lock() ?? (() => {});
  const work = new Work(call, backend, { keeps: request.store !== false, unlock });
  const turn = { ...asked, signal: work.signal };
  const answer = await ask(turn).catch((error) => {
    work.end();
    throw error;
  });
  if ('raw' in answer) {
    work.end();
    return rawAnswer(answer, request, call);
  }
  const events = work.follow(storing(respond(answer, turn, begin(turn)), turn, work));
  return request.stream ? streamed(events, call, backend) : Response.json(await lastResponse(events));
}

function inBackground(asked: Turn, call: Call): Response {
  const { request, context, backend } = asked;
  const unlock = context.conversation?.lock() ?? (() => {});
  const work = new Work(undefined, backend, { keeps: true, unlock });
  const run = new BackgroundRun(work, { streams: request.stream ?? false });
  const turn = { ...asked, signal: work.signal };
  const response = begin(turn);
  const events = respond(askLater(turn), turn, response);
  void run.follow(storing(recording(events, { turn, run, response }), turn, work));
  return request.stream ? streamed(run.eventsAfter(-1), call, backend) : Response.json(response);
}

function mustBeStored(): Error {
  return badRequest("Invalid value: 'store' must be true when 'background' is true.", 'store', 'invalid_value');
}

/** The events as a stream, with what the call's fault does to them. */
export function streamed(
  events: AsyncIterable<StreamEvent> | Iterable<StreamEvent>,
  call: Call,
  backend: Backend,
): Response {
  const bytes = encodeEvents(bendEvents(events, call.fault, call.signal), { done: backend.done });
  return call.stream(bendBytes(bytes, call.fault, call.signal), { headers: SSE_HEADERS });
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
