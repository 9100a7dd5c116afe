import type { OpenAIOptions } from 'agents-wasm';
import type { Item } from 'agents-wasm/testing';

import { answeredBy } from './local-api.ts';

/** A `runConfig` whose model gives these answers, one for each request: bodies of responses, or text of event streams. */
export function modelSays(answers: (object | string)[], more: OpenAIOptions = {}) {
  const requests: Record<string, unknown>[] = [];
  const runConfig = answeredBy(async (_, init) => {
    requests.push(JSON.parse(new TextDecoder().decode(init.body as Uint8Array)));
    const answer = answers[requests.length - 1];
    if (answer === undefined) return new Response('{"error":{"message":"No answer is left."}}', { status: 500 });
    if (typeof answer !== 'string' && requests.at(-1)?.stream !== true) return Response.json(answer);
    const text = typeof answer === 'string' ? answer : streamOf(answer as { output?: unknown });
    return new Response(text, { headers: { 'content-type': 'text/event-stream' } });
  }, more);
  return { requests, runConfig };
}

export const usage = {
  input_tokens: 1,
  input_tokens_details: { cached_tokens: 0 },
  output_tokens: 1,
  output_tokens_details: { reasoning_tokens: 0 },
  total_tokens: 2,
};

export const response = (output: unknown, more: object = {}) => ({
  id: 'resp_1',
  object: 'response',
  status: 'completed',
  error: null,
  output,
  usage,
  ...more,
});

export const message = (text: unknown, more: object = {}): Item => ({
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  status: 'completed',
  content: [{ type: 'output_text', text, annotations: [] }],
  ...more,
});

export const functionCall = (callId: unknown, args: unknown = '{}', more: object = {}): Item => ({
  type: 'function_call',
  id: `fc_${String(callId)}`,
  call_id: callId,
  name: 'act',
  arguments: args,
  status: 'completed',
  ...more,
});

/** Events as the API sends them. */
export const events = (list: unknown[]): string =>
  list.map((one) => `data: ${typeof one === 'string' ? one : JSON.stringify(one)}\n\n`).join('');

function streamOf(answer: { output?: unknown }): string {
  const { output } = answer;
  const items = Array.isArray(output) ? output : [];
  return events([
    { type: 'response.created', response: { ...answer, output: [], status: 'in_progress' } },
    ...items.flatMap((item, output_index) => [
      { type: 'response.output_item.added', output_index, item },
      { type: 'response.output_item.done', output_index, item },
    ]),
    { type: 'response.completed', response: answer },
  ]);
}
