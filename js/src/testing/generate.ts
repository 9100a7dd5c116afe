import { WireError } from './errors.ts';
import type { Draft } from './events/draft.ts';
import { itemEvents } from './events/item.ts';
import { obfuscation, type Random, type ResponseIds } from './ids.ts';
import type { Meter } from './meter.ts';
import type { CutReason, ModelOutput } from './model.ts';
import { servedTier } from './response-object.ts';
import { sleep } from './waiting.ts';
import type { ResponseObject, StreamEvent } from './wire.ts';

/** Milliseconds to wait, in the stream and before a whole response alike. */
export interface Latency {
  firstToken: number;
  perToken: number;
}

export interface Generation {
  /** As it begins. It is not changed; the terminal event carries the finished one. */
  response: ResponseObject;
  outputs: Iterable<ModelOutput> | AsyncIterable<ModelOutput>;
  inputTokens: number;
  /** How many of them were read before. */
  cachedTokens?: number;
  meter: Meter;
  ids: ResponseIds;
  random: Random;
  obfuscate: boolean;
  latency: Latency;
  now: () => number;
  signal: AbortSignal;
}

/** All events of a response in their order, numbered from 0; the last one is terminal and carries it whole. */
export async function* generate(job: Generation): AsyncGenerator<StreamEvent, void, undefined> {
  let sequence = 0;
  const numbered = (draft: Draft): StreamEvent => {
    const { type, ...fields } = draft;
    return { type, sequence_number: sequence++, ...fields };
  };

  yield numbered({ type: 'response.created', response: job.response });
  if (job.response.status === 'queued') yield numbered({ type: 'response.queued', response: job.response });
  const begun: ResponseObject = { ...job.response, status: 'in_progress' };
  yield numbered({ type: 'response.in_progress', response: begun });
  await sleep(job.latency.firstToken, job.signal);

  const output: ResponseObject['output'] = [];
  let ending: Ending = {};
  try {
    for await (const part of job.outputs) {
      job.signal.throwIfAborted();
      if (part.type === 'failed') {
        ending = { error: { code: part.code, message: part.message } };
        break;
      }
      const drafts = itemEvents(part, { outputIndex: output.length, ids: job.ids, meter: job.meter });
      let step = drafts.next();
      for (; !step.done; step = drafts.next()) {
        if (step.value.delta !== undefined) await sleep(job.latency.perToken, job.signal);
        yield numbered(padded(step.value, job));
      }
      output.push(step.value.item);
      if (step.value.cut) {
        ending = { cut: step.value.cut };
        break;
      }
    }
  } catch (error) {
    job.signal.throwIfAborted();
    ending = { error: failureOf(error) };
  }
  const response = finish({ ...job.response, output }, ending, job);
  yield numbered({ type: `response.${response.status}`, response });
}

/** The events of a response that is refused once its stream has begun. */
export function* refusalEvents(response: ResponseObject, { body }: WireError): Generator<StreamEvent> {
  yield { type: 'response.created', sequence_number: 0, response };
  yield { type: 'response.in_progress', sequence_number: 1, response };
  yield { type: 'error', sequence_number: 2, error: body };
}

function failureOf(error: unknown): { code: string; message: string } {
  const code = (error instanceof WireError && error.body.code) || 'server_error';
  return { code, message: error instanceof Error ? error.message : String(error) };
}

interface Ending {
  cut?: CutReason;
  error?: { code: string; message: string };
}

function finish(response: ResponseObject, { cut, error }: Ending, job: Generation): ResponseObject {
  const served = { ...response, service_tier: servedTier(response.service_tier) };
  if (error) return { ...served, status: 'failed', error };
  const usage = job.meter.usage(job.inputTokens, job.cachedTokens);
  if (cut) return { ...served, status: 'incomplete', incomplete_details: { reason: cut }, usage };
  return { ...served, status: 'completed', completed_at: job.now(), usage };
}

function padded(draft: Draft, job: Generation): Draft {
  if (draft.delta === undefined || !job.obfuscate || draft.type === 'response.reasoning_text.delta') return draft;
  return { ...draft, obfuscation: obfuscation(job.random) };
}

/** Whether an event ends its stream. */
export function isTerminal(event: StreamEvent): boolean {
  return ['response.completed', 'response.incomplete', 'response.failed'].includes(event.type);
}
