import { randomId } from '../random-id.ts';

/** As traces are exported, here and by the SDK. */
export interface TraceJson {
  object: 'trace';
  id: string;
  workflow_name: string;
  group_id: string | null;
  metadata: Record<string, unknown>;
}

/** What belongs together of what happened: one run, or all runs of a `withTrace`. */
export class Trace {
  readonly type = 'trace';
  readonly traceId: string;
  readonly name: string;
  readonly groupId: string | null;
  readonly metadata: Record<string, unknown>;

  constructor({ traceId, name, groupId, metadata }: TraceParts) {
    this.traceId = traceId ?? `trace_${randomId()}`;
    this.name = name;
    this.groupId = groupId ?? null;
    this.metadata = metadata;
  }

  toJSON(): TraceJson {
    return {
      object: this.type,
      id: this.traceId,
      workflow_name: this.name,
      group_id: this.groupId,
      metadata: this.metadata,
    };
  }
}

export interface TraceParts {
  traceId: string | undefined;
  name: string;
  groupId: string | undefined;
  metadata: Record<string, unknown>;
}
