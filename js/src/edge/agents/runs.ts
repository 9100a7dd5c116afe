import { AgentsError, RunAbortedError } from '../../errors.ts';
import type { RunInput } from '../../items.ts';
import { RunState } from '../../run-state.ts';
import { Runner } from '../../runner.ts';
import type { StoredSession } from '../../sessions/stored-session.ts';
import { Refusal } from '../refusal.ts';
import { RESERVED } from './event-log.ts';
import { type AnyRun, LiveRun } from './live-run.ts';
import { type Found, findRun, lookBefore } from './run-recovery.ts';
import type { RunRow, RunRows, RunStatus } from './run-rows.ts';
import { RunView } from './run-view.ts';
import type { Surroundings } from './surroundings.ts';

/** What the runs of an object need of it. */
export interface RunsHost {
  rows: RunRows;
  session: StoredSession;
  maxQueued: number;
  around: Pick<Surroundings, 'agentFor' | 'optionsFor' | 'hide' | 'report'>;
  waitUntil(work: Promise<unknown>): void;
  /** A run began or ended. */
  changed(): void;
}

export interface NewRun {
  id: string;
  conversation: string;
  agent: string | undefined;
  input: RunInput;
  waits: boolean;
}

interface Ending {
  status: Exclude<RunStatus, 'queued' | 'running'>;
  error?: { code: string; message: string };
  [more: string]: unknown;
}

/** A run that crashes its object each time would do so for ever. */
const MOST_ATTEMPTS = 5;
/** Of runs that ended, so many stay in memory for clients that come back. */
const REMEMBERED = 16;

/** The runs of an object: one at a time in each conversation. */
export class Runs {
  readonly #host: RunsHost;
  readonly #live = new Map<string, LiveRun>();
  #hasRecovered = false;

  constructor(host: RunsHost) {
    this.#host = host;
  }

  get areActive(): boolean {
    return [...this.#live.values()].some(({ isActive }) => isActive);
  }

  /** Takes up what an object that is gone left behind; once, since what comes later is in this process. */
  recover(): void {
    if (this.#hasRecovered) return;
    this.#hasRecovered = true;
    for (const row of this.#host.rows.active()) {
      this.#take(new LiveRun(row, this.#host.rows));
    }
  }

  live(id: string): LiveRun | undefined {
    return this.#live.get(id);
  }

  /** A run with an id that was there before is that one: a client may ask again. */
  start({ id, conversation, agent: name, input, waits }: NewRun): LiveRun | RunRow {
    const known = this.#live.get(id) ?? this.#host.rows.find(id);
    const row = known instanceof LiveRun ? known.row : known;
    if (row && row.conversation !== conversation)
      throw new Refusal(409, 'run_exists', 'There is another run of this id.');
    if (known) return known;
    const agent = this.#host.around.agentFor(name, conversation);
    this.#checkPlace(conversation, waits);
    const added = { id, conversation, agent: agent.name, input: JSON.stringify(input), lastEvent: RESERVED };
    const run = new LiveRun(this.#host.rows.add(added), this.#host.rows, 0);
    run.begin();
    this.#take(run);
    return run;
  }

  /** Goes on with a run that ended without being complete. */
  again(row: RunRow, state?: string): LiveRun {
    this.#checkPlace(row.conversation, false);
    this.#host.rows.set(row, { status: 'queued', ending: undefined, state });
    const run = new LiveRun(row, this.#host.rows);
    this.#take(run);
    return run;
  }

  async stop(id: string): Promise<void> {
    const run = this.#live.get(id);
    if (!run?.isActive) return;
    await run.stop();
    if (!run.isTaken) this.#end(run, { status: 'stopped' });
    await run.ended;
  }

  /** Stops all runs of a conversation, those that wait before the one that they wait for, and knows them no more. */
  async forget(conversation: string): Promise<void> {
    const runs = this.#of(conversation).reverse();
    await Promise.all(runs.map(({ row }) => this.stop(row.id)));
    for (const { row } of this.#live.values()) if (row.conversation === conversation) this.#live.delete(row.id);
    this.#host.rows.forget(conversation);
  }

  #of(conversation: string): LiveRun[] {
    return [...this.#live.values()].filter((run) => run.isActive && run.row.conversation === conversation);
  }

  #checkPlace(conversation: string, waits: boolean): void {
    const count = this.#of(conversation).length;
    if (count === 0) return;
    if (!waits) throw new Refusal(409, 'conversation_busy', 'A run is under way in this conversation.');
    if (count > this.#host.maxQueued) throw new Refusal(409, 'queue_full', 'Too many runs wait for this conversation.');
  }

  #take(run: LiveRun): void {
    // Behind all others, since the first are forgotten first.
    this.#live.delete(run.row.id);
    this.#live.set(run.row.id, run);
    this.#host.changed();
    this.#goOn(run.row.conversation);
  }

  /** Begins the conversation's next run unless one is under way in this process. */
  #goOn(conversation: string): void {
    const [next] = this.#of(conversation);
    if (!next || next.isTaken) return;
    next.isTaken = true;
    this.#host.waitUntil(this.#carryOut(next));
  }

  async #carryOut(run: LiveRun): Promise<void> {
    try {
      const streamed = await this.#begin(run);
      if (streamed) await this.#complete(run, streamed);
    } catch (error) {
      this.#end(run, await this.#failure(run, error));
    }
  }

  /** Nothing for a run that has ended already. */
  async #begin(run: LiveRun): Promise<AnyRun | undefined> {
    const { session, rows } = this.#host;
    const { row } = run;
    const isNew = row.before === undefined;
    const hasCrashed = row.status === 'running';
    if (hasCrashed) {
      rows.set(row, { attempts: row.attempts + 1 });
      if (row.attempts > MOST_ATTEMPTS) throw new AgentsError('crashed', 'The run was taken up too often.');
    }
    const found = await findRun(session, row);
    const before = row.before ?? (await lookBefore(session, row.conversation));
    if (run.wantsStop) throw new RunAbortedError('aborted', 'The run was stopped before it began.');
    const open = found.how === 'open' ? found.open : undefined;
    if (!isNew) run.restore(new RunView(JSON.parse(row.input), row.agent, found.how === 'nothing' ? [] : found.items));
    const ending = hasCrashed ? endingOf(found) : undefined;
    if (ending) {
      this.#end(run, ending, idOf(found));
      return undefined;
    }
    rows.set(row, { status: 'running', before, ...(open && { runId: open.runId }) });
    return this.#launch(run, open?.runId);
  }

  async #launch({ row }: LiveRun, runId: string | undefined): Promise<AnyRun> {
    const { conversation, state } = row;
    const agent = this.#host.around.agentFor(row.agent, conversation);
    const { session } = this.#host;
    const options = {
      ...this.#host.around.optionsFor(conversation),
      session,
      conversationId: conversation,
      stream: true,
    } as const;
    if (runId === undefined) return Runner.run(agent, JSON.parse(row.input), options);
    if (state === undefined) return Runner.resume(agent, { ...options, runId });
    return Runner.run(agent, await RunState.fromString(agent, state), options);
  }

  async #complete(run: LiveRun, streamed: AnyRun): Promise<void> {
    await run.follow(streamed);
    const { interruptions, usage, runId, compaction, state } = await streamed.completed;
    if (compaction) this.#host.waitUntil(compaction);
    if (interruptions.length === 0) return this.#end(run, { status: 'completed', usage }, runId);
    const waiting = interruptions.map(({ rawItem, agent }) => ({
      callId: rawItem.call_id,
      name: rawItem.name,
      arguments: rawItem.arguments,
      agent: agent.name,
    }));
    // What it has got so far is in the journal.
    const kept = JSON.stringify({ ...(state.toJSON() as object), batches: [] });
    this.#host.rows.set(run.row, { state: kept });
    this.#end(run, { status: 'awaiting_approval', interruptions: waiting, usage }, runId);
  }

  async #failure({ row }: LiveRun, error: unknown): Promise<Ending> {
    await this.#noteId(row).catch(this.#host.around.report);
    if (error instanceof RunAbortedError) return { status: 'stopped' };
    if (!(error instanceof AgentsError) && !(error instanceof Refusal)) {
      this.#host.around.report(error);
      return { status: 'failed', error: { code: 'internal', message: 'The run failed.' } };
    }
    const { code, message } = error;
    return { status: 'failed', error: { code, message: this.#host.around.hide(message) } };
  }

  /** What the session calls a run that ended early: to go on with it, and to tell it from those that come later. */
  async #noteId(row: RunRow): Promise<void> {
    const id = idOf(await findRun(this.#host.session, row));
    if (id !== undefined) this.#host.rows.set(row, { runId: id });
    // Nothing of it was stored: it begins anew, and looks anew at what is there before it.
    else if (row.runId === undefined) this.#host.rows.set(row, { before: undefined });
  }

  #end(run: LiveRun, ending: Ending, runId?: string): void {
    const { row, log } = run;
    const { rows } = this.#host;
    const kept = ending.status === 'awaiting_approval' ? {} : { state: undefined };
    run.append('end', ending);
    const ended = { status: ending.status, ending: JSON.stringify(ending), lastEvent: log.last };
    rows.set(row, { ...ended, ...kept, ...(runId !== undefined && { runId }) });
    run.close();
    this.#forgetOld();
    this.#host.changed();
    this.#goOn(row.conversation);
  }

  #forgetOld(): void {
    const ended = [...this.#live.values()].filter(({ isActive }) => !isActive);
    for (const { row } of ended.slice(0, -REMEMBERED)) this.#live.delete(row.id);
  }
}

function idOf(found: Found): string | undefined {
  if (found.how === 'nothing') return undefined;
  return found.how === 'open' ? found.open.runId : found.runId;
}

/** How a run ended whose end the object did not live to write down. */
function endingOf(found: Found): Ending | undefined {
  if (found.how === 'completed') return { status: 'completed' };
  if (found.how === 'nothing') return undefined;
  const { state, errorCode } = found.open;
  if (state === 'stopped') return { status: 'stopped' };
  if (state !== 'failed') return undefined;
  return { status: 'failed', error: { code: errorCode ?? 'internal', message: 'The run failed.' } };
}
