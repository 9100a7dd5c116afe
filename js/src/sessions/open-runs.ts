import type { Message } from '../core.ts';
import type { StoredItem } from '../items.ts';
import { describeItem } from '../items.ts';

/** A run that has begun and is not part of the history. */
export interface OpenRun {
  runId: string;
  conversationId: string;
  /**
   * `running`: somebody is at it. `awaiting_approval`: it waits for a decision of yours. `failed`, `stopped`: it ended so.
   * `crashed`: whoever was at it is gone.
   */
  state: 'running' | 'awaiting_approval' | 'failed' | 'stopped' | 'crashed';
  /** Its last agent. */
  agent: { name: string };
  /** The code of the error that it failed with. */
  errorCode: string | undefined;
  startedAt: Date;
  /** What it has got so far: its input, answers of the model, outputs of tools. */
  items: StoredItem[];
}

interface OpenRunHead extends Omit<OpenRun, 'agent' | 'errorCode' | 'startedAt' | 'items' | 'conversationId'> {
  agent: string;
  error: string;
  startedAt: string;
  batches: { count: number; agent: string; turn: number }[];
}

const decoder = new TextDecoder();

export function openRunsFrom(conversationId: string, { head, body }: Message): OpenRun[] {
  const items: StoredItem[] = JSON.parse(`[${decoder.decode(body)}]`);
  return (head as OpenRunHead[]).map(({ agent, error, startedAt, batches, ...run }) => ({
    ...run,
    conversationId,
    agent: { name: agent },
    errorCode: error === '' ? undefined : error,
    startedAt: new Date(startedAt),
    items: batches.flatMap((batch) =>
      items.splice(0, batch.count).map((item) =>
        describeItem(item, {
          agent: batch.agent === '' ? undefined : { name: batch.agent },
          runId: run.runId,
          turn: batch.turn,
        }),
      ),
    ),
  }));
}
