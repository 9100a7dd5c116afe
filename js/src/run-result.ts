import type { Agent } from './agent.ts';
import type { Message } from './core.ts';
import { type Item, parseJson, type RunItem, runItemType } from './items.ts';

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
  batches: { agent: string; items: Item[] }[];
  events: object[];
}

/** The result in what the core settled, and the events that nobody had read by then. */
export function readOutcome<Context>(
  { body }: Message,
  agent: Agent<Context>,
): { result: RunResult<Context>; events: object[] } {
  const { result, batches, events } = parseJson<Outcome>(body);
  const newItems = batches.flatMap(({ items }) =>
    items.map((rawItem) => ({ type: runItemType(rawItem), rawItem, agent })),
  );
  return {
    result: {
      ...result,
      conversationId: result.conversationId || undefined,
      lastResponseId: result.lastResponseId || undefined,
      lastAgent: agent,
      newItems,
    },
    events,
  };
}
