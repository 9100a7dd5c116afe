import type { ModelRequest as RunnerRequest } from '../models/model.ts';
import { generate } from './generate.ts';
import { cryptoRandom, ResponseIds } from './ids.ts';
import { estimateInputTokens, Meter } from './meter.ts';
import type { ModelAnswer, ModelRequest } from './model.ts';
import { newResponse } from './response-object.ts';
import { storedForm } from './stored-form.ts';
import type { CreateRequest, StreamEvent, TextFormat } from './wire.ts';

/** The events of a model's answer to a run that asks it without a server between them. */
export async function* answerEvents(
  { model = 'scripted', instructions, input, tools, settings, signal, outputFormat }: RunnerRequest,
  respond: (request: ModelRequest) => Promise<ModelAnswer>,
): AsyncGenerator<StreamEvent, void, undefined> {
  const random = cryptoRandom();
  const now = () => Math.floor(Date.now() / 1000);
  const ids = new ResponseIds(random, now());
  const request = { ...settings, model, instructions: instructions || null, tools } as CreateRequest;
  const asked: ModelRequest = {
    model,
    input: input.map((item) => storedForm(item, () => undefined, ids)),
    instructions: request.instructions ?? null,
    tools: request.tools ?? [],
    toolChoice: request.tool_choice ?? 'auto',
    parallelToolCalls: request.parallel_tool_calls ?? true,
    textFormat: (outputFormat as TextFormat | undefined) ?? { type: 'text' },
    signal,
  };
  const answer = await respond(asked);
  if ('raw' in answer) throw new Error('A raw answer needs a server in front of the model.');
  yield* generate({
    response: newResponse(request, { id: ids.response(), model, createdAt: now() }),
    outputs: answer,
    inputTokens: estimateInputTokens(asked.input, asked.instructions, asked.tools),
    meter: new Meter(request.max_output_tokens ?? null),
    ids,
    random,
    obfuscate: false,
    latency: { firstToken: 0, perToken: 0 },
    now,
    signal,
  });
}
