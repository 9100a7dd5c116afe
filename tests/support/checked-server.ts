import assert from 'node:assert/strict';

import { createOpenAIServer, type OpenAIServer, type OpenAIServerOptions } from 'agents-wasm/testing';

import { assertFits } from './openai-schemas.ts';

/** What OpenAI's document says that each path answers with; the first that fits counts. */
const ANSWERS: [request: RegExp, schema: string][] = [
  [/^POST \/v1\/responses\/compact$/, 'CompactResource'],
  [/^POST \/v1\/responses\/input_tokens$/, 'TokenCountsResource'],
  [/^POST \/v1\/responses(\/\w+\/cancel)?$/, 'Response'],
  [/^GET \/v1\/responses\/\w+\/input_items$/, 'ResponseItemList'],
  [/^GET \/v1\/responses\/\w+$/, 'Response'],
  [/^GET \/v1\/models$/, 'ListModelsResponse'],
  [/^GET \/v1\/models\/[\w.-]+$/, 'Model'],
  [/^DELETE \/v1\/conversations\/\w+$/, 'DeletedConversationResource'],
  [/^(POST|GET) \/v1\/conversations\/\w+\/items$/, 'ConversationItemList'],
  [/^GET \/v1\/conversations\/\w+\/items\/\w+$/, 'ConversationItem'],
  [/^\w+ \/v1\/conversations\b/, 'ConversationResource'],
];

/** A local server, of which every answer and every event is held against OpenAI's document before it is passed on. */
export function checkedServer(options: OpenAIServerOptions = {}): OpenAIServer {
  const server = createOpenAIServer(options);
  const { fetch } = server;
  const checked = async (...[input, init]: Parameters<typeof fetch>): Promise<Response> => {
    const answer = await fetch(input, init);
    const request = input instanceof Request ? input : { method: init?.method ?? 'GET', url: String(input) };
    return checkAnswer(answer, `${request.method} ${new URL(request.url).pathname}`);
  };
  return Object.assign(server, { fetch: checked });
}

async function checkAnswer(answer: Response, request: string): Promise<Response> {
  const type = answer.headers.get('content-type') ?? '';
  if (type.startsWith('text/event-stream')) return checkEvents(answer);
  const body = await answer.clone().json();
  if (!answer.ok) assertFits('ErrorResponse', body);
  else if (request.startsWith('DELETE /v1/responses')) assert.equal(body.deleted, true);
  else assertFits(ANSWERS.find(([pattern]) => pattern.test(request))?.[1] ?? `for ${request}`, body);
  return answer;
}

function checkEvents(answer: Response): Response {
  const decoder = new TextDecoder();
  const watch = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      const text = decoder.decode(chunk, { stream: true });
      // One chunk is one event, unless a fault cuts them otherwise.
      for (const [, type, data] of text.matchAll(/^event: (.*)\ndata: (.*)\n\n/gm))
        checkEvent(type!, JSON.parse(data!));
      controller.enqueue(chunk);
    },
  });
  return new Response(answer.body!.pipeThrough(watch), answer);
}

/** The live API's `error` event holds what its document has at the top level. */
function checkEvent(type: string, { error, ...event }: Record<string, unknown>): void {
  assert.equal(event.type, type);
  const { code, message, param } = (error ?? {}) as Record<string, unknown>;
  assertFits('ResponseStreamEvent', error ? { ...event, code, message, param } : event);
}
