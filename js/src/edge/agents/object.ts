import { SQLiteSession } from '../../sessions/sqlite-session.ts';
import type { StoredSession } from '../../sessions/stored-session.ts';
import { durableObjectDatabase } from '../durable-object-database.ts';
import { Refusal } from '../refusal.ts';
import { Alarms } from './alarms.ts';
import { answerTo } from './answers.ts';
import { type AgentsObjectOptions, checkObjectOptions, type DurableObjectLike } from './options.ts';
import { principalOf } from './principal.ts';
import { refusalFor } from './refusal-for.ts';
import { RunRows } from './run-rows.ts';
import { Runs } from './runs.ts';
import { Surroundings } from './surroundings.ts';

/** A Durable Object with the conversations of one principal. */
export interface AgentsObject {
  /** Its conversations, for methods of your own. */
  readonly session: StoredSession;
  /** Answers the requests of `agentsHandler`. */
  fetch(request: Request): Promise<Response>;
  /** Takes up runs that broke off, and applies `retention`. */
  alarm(): Promise<void>;
}

const PRINCIPAL = 'principal';
const HEARTBEAT = 30_000;
const MOST_QUEUED = 10;

/**
 * Makes the class of a Durable Object that keeps all conversations of one principal in its SQLite and runs the agent on
 * them; `agentsHandler` sends it what clients ask. A run goes on when its client goes away. One that was cut off, because
 * the object was put out of memory or crashed, is resumed from its journal at the next request or alarm: a tool that was
 * at work is not called again. Throws a `UserError` for options that cannot work.
 *
 * @example
 * export class Conversations extends agentsObject({
 *   agent: new Agent({ name: 'assistant' }),
 *   openai: (env: Env) => ({ apiKey: env.OPENAI_API_KEY }),
 *   retention: { maxAge: 90 * 24 * 60 * 60 * 1000 },
 * }) {}
 */
export function agentsObject<Env = unknown>(
  options: AgentsObjectOptions<Env>,
): new (
  ctx: DurableObjectLike,
  env: Env,
) => AgentsObject {
  checkObjectOptions(options);

  return class implements AgentsObject {
    readonly session: StoredSession;
    readonly #rows: RunRows;
    readonly #runs: Runs;
    readonly #alarms: Alarms;
    readonly #around: Surroundings<Env>;
    readonly #ctx: DurableObjectLike;

    constructor(ctx: DurableObjectLike, env: Env) {
      const own = new SQLiteSession({
        database: durableObjectDatabase(ctx.storage),
        sessionSettings: options.sessionSettings,
      });
      this.#ctx = ctx;
      this.session = options.session?.(own, env) ?? own;
      this.#rows = new RunRows(ctx.storage.sql);
      this.#around = new Surroundings(options, { env, ctx, principal: () => this.#rows.fact(PRINCIPAL) ?? '' });
      this.#runs = new Runs({
        rows: this.#rows,
        session: this.session,
        maxQueued: options.maxQueued ?? MOST_QUEUED,
        around: this.#around,
        waitUntil: (work) => ctx.waitUntil(work),
        changed: () => this.#changed(),
      });
      this.#alarms = new Alarms({
        storage: ctx.storage,
        rows: this.#rows,
        session: this.session,
        heartbeatMs: options.heartbeatMs ?? HEARTBEAT,
        retention: options.retention,
        areRunsActive: () => this.#runs.areActive,
        forget: (conversation) => this.#runs.forget(conversation),
      });
    }

    async fetch(request: Request): Promise<Response> {
      try {
        this.#checkPrincipal(principalOf(request));
        this.#runs.recover();
        return await answerTo(request, { session: this.session, rows: this.#rows, runs: this.#runs });
      } catch (error) {
        return refusalFor(error, this.#around.report).response;
      }
    }

    async alarm(): Promise<void> {
      this.#runs.recover();
      // Tried again when it is due again: a platform that tried at once would find the same.
      await this.#alarms.ring().catch(this.#around.report);
      await this.#alarms.schedule();
    }

    #changed(): void {
      this.#alarms.noteChange();
      this.#ctx.waitUntil(this.#alarms.schedule().catch(this.#around.report));
    }

    /** An object has the conversations of one principal, whatever leads to it. */
    #checkPrincipal(principal: string | undefined): void {
      if (!principal) throw new Refusal(403, 'not_allowed', 'Only agentsHandler may ask this object.');
      const owner = this.#rows.fact(PRINCIPAL);
      if (owner === undefined) this.#rows.setFact(PRINCIPAL, principal);
      else if (owner !== principal)
        throw new Refusal(403, 'not_allowed', 'This object has the conversations of somebody else.');
    }
  };
}
