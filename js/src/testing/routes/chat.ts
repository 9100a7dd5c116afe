import type { Backend } from '../backend.ts';
import type { Call } from '../call.ts';
import { chunks } from '../chat/chunks.ts';
import { completion } from '../chat/completion.ts';
import { asResponsesRequest } from '../chat/request.ts';
import { checkChat } from '../check/chat.ts';
import { buildContext } from '../context.ts';
import { bendBytes, bendEvents } from '../faults.ts';
import { ResponseIds } from '../ids.ts';
import { SSE_HEADERS } from '../sse.ts';
import { ask, begin, lastResponse, respond, type Turn } from '../turn.ts';
import type { ResponseObject } from '../wire.ts';
import { checkModel } from './models.ts';
import { rawAnswer } from './responses.ts';

const encoder = new TextEncoder();

/** The same model behind the older API: what it says is told as a chat completion. */
export async function createChatCompletion(call: Call, backend: Backend): Promise<Response> {
  const chat = checkChat(call.json());
  checkModel(chat.model, backend);
  const request = asResponsesRequest(chat);
  const ids = new ResponseIds(backend.random, backend.now() / 1000);
  const context = buildContext(request, backend, ids);
  const turn: Turn = { request, context, ids, signal: call.signal, backend };
  const answer = await ask(turn);
  if ('raw' in answer) return rawAnswer(answer, request, call);

  const events = respond(answer, turn, begin(turn));
  const naming = { id: ids.completion(), created: Math.floor(backend.now() / 1000) };
  if (!chat.stream) return Response.json(completion((await lastResponse(events)) as ResponseObject, naming));
  const data = chunks(bendEvents(events, call.fault, call.signal), {
    ...naming,
    model: backend.model.id ?? chat.model,
    includeUsage: chat.stream_options?.include_usage ?? false,
  });
  return call.stream(bendBytes(framed(data), call.fault, call.signal), { headers: SSE_HEADERS });
}

async function* framed(data: AsyncIterable<string>): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined> {
  for await (const one of data) yield encoder.encode(`data: ${one}\n\n`);
}
