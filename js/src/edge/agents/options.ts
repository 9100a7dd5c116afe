import { Agent } from '../../agent.ts';
import { checkCount, checkFunction, checkOptions, refuse } from '../../check.ts';
import type { OpenAIOptions } from '../../openai.ts';
import type { RunOptions } from '../../run-options.ts';
import type { RetentionRules } from '../../sessions/retention.ts';
import type { SessionSettingsOptions } from '../../sessions/session.ts';
import type { StoredSession } from '../../sessions/stored-session.ts';
import type { RunTracingOptions } from '../../tracing/settings.ts';
import type { DurableObjectStorageLike } from '../durable-object-database.ts';
import type { SqlLike } from './run-rows.ts';

/** What of a Durable Object's `ctx` is used. */
export interface DurableObjectLike {
  storage: DurableObjectStorageLike & {
    sql: SqlLike;
    getAlarm(): Promise<number | null>;
    setAlarm(time: number): Promise<void>;
  };
  waitUntil(work: Promise<unknown>): void;
}

/** Where a run is to go on. */
export interface RunPlace<Env = unknown> {
  env: Env;
  principal: string;
  conversationId: string;
}

// biome-ignore lint/suspicious/noExplicitAny: an agent of any context
export type AnyAgent = Agent<any, any>;

export interface RetentionSchedule extends RetentionRules {
  /** How often, in ms. Default: once a day. */
  everyMs?: number | undefined;
}

export interface AgentsObjectOptions<Env = unknown> {
  /**
   * Who answers. A function gets the `agent` that the client named, if it did, and gives that one or `undefined`, which
   * refuses the request. It is asked again when a run is resumed, so it must give the same for the same name.
   */
  agent: AnyAgent | ((name: string | undefined, place: RunPlace<Env>) => AnyAgent | undefined);
  /** How runs reach the API; a function reads the key from `env`. Default: as `setDefaultOpenAI` says. */
  openai?: OpenAIOptions | ((env: Env) => OpenAIOptions) | undefined;
  /** What tools are given as `context`. */
  context?: ((place: RunPlace<Env>) => unknown) | undefined;
  /** More options for every run, such as `maxTurns` and `keepPartial`. */
  run?: Pick<RunOptions, 'maxTurns' | 'keepPartial' | 'model' | 'modelSettings' | 'continueWith' | 'hooks'> | undefined;
  /** Limits and compaction of histories: `{ compactionEnabled: true }`. */
  sessionSettings?: SessionSettingsOptions | undefined;
  /** Makes the session over the object's own, as `(session) => new EncryptedSession({ underlyingSession: session, … })`. */
  session?: ((session: StoredSession, env: Env) => StoredSession) | undefined;
  /** Who hears of runs. `waitUntil` is for `OpenAIProcessor`. */
  tracing?: ((env: Env, context: { waitUntil(work: Promise<unknown>): void }) => RunTracingOptions) | undefined;
  /** What is to be kept; the object's alarm sees to it. Default: everything. */
  retention?: RetentionSchedule | undefined;
  /** How many runs of one conversation may wait for the one under way. Default 10. */
  maxQueued?: number | undefined;
  /** How long a run may be without a heartbeat before an alarm takes it up, in ms. Default 30,000. */
  heartbeatMs?: number | undefined;
  /** Told of what failed on this side. Default: `console.error`, without the key. */
  onError?: ((error: unknown) => void) | undefined;
}

export const DAY = 24 * 60 * 60 * 1000;

/** Throws a `UserError` for what cannot work. */
export function checkObjectOptions<Env>(options: AgentsObjectOptions<Env>): void {
  checkOptions('The options of agentsObject', options);
  const { agent, openai, sessionSettings, run, retention } = options;
  if (!(agent instanceof Agent) && typeof agent !== 'function') {
    refuse('agent', agent, 'an Agent or a function that gives one');
  }
  if (openai !== undefined && typeof openai !== 'function') checkOptions('openai', openai);
  if (sessionSettings !== undefined) checkOptions('sessionSettings', sessionSettings);
  if (run !== undefined) checkOptions('run', run);
  for (const name of ['context', 'session', 'tracing', 'onError'] as const) {
    if (options[name] !== undefined) checkFunction(name, options[name]);
  }
  if (options.maxQueued !== undefined) checkCount('maxQueued', options.maxQueued, 0);
  if (options.heartbeatMs !== undefined) checkCount('heartbeatMs', options.heartbeatMs, 1);
  if (retention !== undefined) checkRetention(retention);
}

function checkRetention({ everyMs, ...rules }: RetentionSchedule): void {
  if (everyMs !== undefined) checkCount('retention.everyMs', everyMs, 1);
  const names = ['maxAge', 'maxItems', 'maxBytes'] as const;
  for (const name of names) if (rules[name] !== undefined) checkCount(`retention.${name}`, rules[name], 0);
  if (names.every((name) => rules[name] === undefined))
    refuse('retention', rules, 'rules: maxAge, maxItems or maxBytes');
}
