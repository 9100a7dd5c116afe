import type { StoredSession } from '../../sessions/stored-session.ts';
import { DAY, type DurableObjectLike, type RetentionSchedule } from './options.ts';
import type { RunRows } from './run-rows.ts';

export interface AlarmsOptions {
  storage: DurableObjectLike['storage'];
  rows: RunRows;
  session: StoredSession;
  heartbeatMs: number;
  retention: RetentionSchedule | undefined;
  areRunsActive(): boolean;
  /** Ends the runs of a conversation that is gone, and knows them no more. */
  forget(conversation: string): Promise<void>;
}

const DUE = 'retention_due';

/**
 * An object has one alarm. It rings while a run is under way, since an object may be put out of memory at any time, and
 * when something may have become too old to be kept.
 */
export class Alarms {
  readonly #options: AlarmsOptions;

  constructor(options: AlarmsOptions) {
    this.#options = options;
  }

  /** There is something that will become too old. */
  noteChange(): void {
    const { retention, rows } = this.#options;
    if (retention && !rows.fact(DUE)) rows.setFact(DUE, String(Date.now() + (retention.everyMs ?? DAY)));
  }

  /** Sets the alarm, unless it rings early enough. */
  async schedule(): Promise<void> {
    const { storage } = this.#options;
    const times = [this.#heartbeat(), this.#retentionDue()].filter((time) => time !== undefined);
    if (times.length === 0) return;
    const next = Math.min(...times);
    const current = await storage.getAlarm();
    if (current === null || current > next) await storage.setAlarm(next);
  }

  /** Does what is due. */
  async ring(): Promise<void> {
    const { retention, session, rows, forget } = this.#options;
    const due = this.#retentionDue();
    if (!retention || due === undefined || due > Date.now()) return;
    const { everyMs = DAY, ...rules } = retention;
    // Before anything can fail: what is due in the past would ring without end.
    rows.setFact(DUE, String(Date.now() + everyMs));
    const { deleted } = await session.applyRetention({ ...rules, force: true });
    for (const conversation of deleted) await forget(conversation);
    // An object with nothing in it sleeps until something is.
    const { conversations } = await session.listConversations({ limit: 1 });
    if (conversations.length === 0) rows.setFact(DUE, '');
  }

  #heartbeat(): number | undefined {
    const { areRunsActive, heartbeatMs } = this.#options;
    return areRunsActive() ? Date.now() + heartbeatMs : undefined;
  }

  #retentionDue(): number | undefined {
    const { retention, rows } = this.#options;
    const due = retention && rows.fact(DUE);
    return due ? Number(due) : undefined;
  }
}
