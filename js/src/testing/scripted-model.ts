import type {
  ModelAnswer as RunnerAnswer,
  Model as RunnerModel,
  ModelRequest as RunnerRequest,
} from '../models/model.ts';
import { answerEvents } from './direct.ts';
import type { CutReason, Model, ModelAnswer, ModelOutput, ModelRequest, RawAnswer } from './model.ts';
import type { Item, StreamEvent } from './wire.ts';

export interface ScriptedCall {
  name: string;
  /** JSON text, or a value to be written as JSON. */
  arguments?: unknown;
  callId?: string;
}

/** What to answer once. The parts come in the order of these fields; for any other order use a list of outputs. */
export interface ScriptedTurn {
  /** The summary of a reasoning item. */
  reasoning?: string;
  /** A message; a list is streamed in exactly these pieces. */
  text?: string | readonly string[];
  refusal?: string;
  calls?: readonly ScriptedCall[];
  items?: readonly Item[];
  /** Leaves the last text or call incomplete. */
  incomplete?: CutReason;
  /** Has the response fail after what came before. */
  failed?: { code?: string; message: string };
}

type Answer = string | ScriptedTurn | readonly ModelOutput[] | RawAnswer;

/** An answer, or a function that makes it from what the model was asked. */
export type Turn = Answer | ((request: ModelRequest) => Answer | Promise<Answer>);

/**
 * A model that answers one request after another with the given turns, and fails after the last one. It stands behind the
 * local server, and it is a model that an agent can have.
 *
 * @example
 * const agent = new Agent({ name: 'assistant', model: scriptedModel(['Hello!']) });
 */
export function scriptedModel(turns: Iterable<Turn>): ScriptedModel {
  return new ScriptedModel(turns);
}

export class ScriptedModel implements Model, RunnerModel {
  /** What runs have asked it, oldest first. */
  readonly requests: RunnerRequest[] = [];
  readonly #script: Iterator<Turn>;

  constructor(turns: Iterable<Turn>) {
    this.#script = turns[Symbol.iterator]();
  }

  async respond(request: ModelRequest): Promise<ModelAnswer> {
    const { done, value: turn } = this.#script.next();
    if (done) throw new Error('The script has no turn left for this request.');
    return outputsOf(typeof turn === 'function' ? await turn(request) : turn);
  }

  async getResponse(request: RunnerRequest): Promise<RunnerAnswer> {
    let response: unknown;
    for await (const event of this.getStreamedResponse(request)) response = event.response ?? response;
    return response as RunnerAnswer;
  }

  async *getStreamedResponse(request: RunnerRequest): AsyncGenerator<StreamEvent, void, undefined> {
    this.requests.push(request);
    yield* answerEvents(request, (asked) => this.respond(asked));
  }
}

function outputsOf(answer: Answer): ModelAnswer {
  if (typeof answer === 'string') return [{ type: 'text', text: answer }];
  if (Array.isArray(answer)) return answer as readonly ModelOutput[];
  if ('raw' in answer) return answer;
  return turnOutputs(answer as ScriptedTurn);
}

function turnOutputs(turn: ScriptedTurn): ModelOutput[] {
  const outputs: ModelOutput[] = [];
  if (turn.reasoning !== undefined) outputs.push({ type: 'reasoning', summary: [turn.reasoning] });
  if (turn.text !== undefined) outputs.push({ type: 'text', text: turn.text });
  if (turn.refusal !== undefined) outputs.push({ type: 'refusal', text: turn.refusal });
  for (const call of turn.calls ?? []) outputs.push({ type: 'function_call', arguments: {}, ...call });
  for (const item of turn.items ?? []) outputs.push({ type: 'item', item });
  if (turn.failed) outputs.push({ type: 'failed', code: 'server_error', ...turn.failed });
  const last = outputs.at(-1);
  if (turn.incomplete && (last?.type === 'text' || last?.type === 'function_call')) last.cut = turn.incomplete;
  return outputs;
}
