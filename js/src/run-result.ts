import type { Agent } from './agent.ts';
import type { Settled } from './core.ts';
import { type AgentsError, RunAbortedError } from './errors.ts';
import { parseJson, type RunItem } from './items.ts';

/** Tokens as the API counted them. Servers that count nothing leave zeros. */
export interface Usage {
  /** How many answers of the model. */
  requests: number;
  inputTokens: number;
  /** Part of `inputTokens`. */
  cachedTokens: number;
  outputTokens: number;
  /** Part of `outputTokens`. */
  reasoningTokens: number;
  totalTokens: number;
}

/** What a run came to. */
export interface RunResult<Context = unknown> {
  /** The text of the model's last message; empty if it said nothing. */
  readonly finalOutput: string;
  /** What the run added behind its input, in order. */
  readonly newItems: RunItem[];
  /** The agent that gave the final output. */
  readonly lastAgent: Agent<Context>;
  /** The API's id of the last response. */
  readonly lastResponseId: string | undefined;
  readonly usage: Usage;
  readonly runId: string;
  /** The conversation that the run read and wrote; none without a session. */
  readonly conversationId: string | undefined;
  readonly trace: { readonly metadata: Record<string, unknown> };
}

interface Outcome {
  result: {
    runId: string;
    conversationId: string;
    finalOutput: string;
    lastResponseId: string;
    usage: Usage;
    trace: { metadata: Record<string, unknown> };
  };
  newItems: (Omit<RunItem, 'agent'> & { agent: string })[];
  events: object[];
}

/** How a run ended, and the events that nobody had read by then. */
export type RunOutcome<Context> = { events: object[] } & (
  | { error?: undefined; result: RunResult<Context> }
  | { error: AgentsError }
);

export function resultOf<Context>(outcome: RunOutcome<Context>): RunResult<Context> {
  if (outcome.error) throw outcome.error;
  return outcome.result;
}

export function readOutcome<Context>(
  { body, error }: Settled,
  agent: Agent<Context>,
  signal: AbortSignal | undefined,
): RunOutcome<Context> {
  if (error) return { error: withReason(error, signal), events: body.length === 0 ? [] : parseJson(body) };
  const { result, newItems, events } = parseJson<Outcome>(body);
  return {
    result: {
      ...result,
      conversationId: result.conversationId || undefined,
      lastResponseId: result.lastResponseId || undefined,
      lastAgent: agent,
      newItems: newItems.map((item) => ({ ...item, agent })),
    },
    events,
  };
}

function withReason(error: AgentsError, signal: AbortSignal | undefined): AgentsError {
  if (!(error instanceof RunAbortedError) || !signal?.aborted) return error;
  return new RunAbortedError('aborted', error.message, { cause: signal.reason });
}
