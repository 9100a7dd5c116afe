import { randomUuid } from '../../random-id.ts';
import type { StoredSession } from '../../sessions/stored-session.ts';
import { readJson } from '../body.ts';
import { Refusal } from '../refusal.ts';
import { inputFrom } from './client-input.ts';
import { itemsAnswer, listAnswer, searchAnswer, titleFrom } from './conversation-answers.ts';
import { decided } from './decisions.ts';
import { eventStream, eventsAnswer } from './event-stream.ts';
import { LiveRun } from './live-run.ts';
import { type FoundRoute, findRoute, isPathId } from './routes.ts';
import { findRun } from './run-recovery.ts';
import type { RunRow, RunRows } from './run-rows.ts';
import { RunView } from './run-view.ts';
import type { Runs } from './runs.ts';

export interface AnswersHost {
  session: StoredSession;
  rows: RunRows;
  runs: Runs;
}

/** A row of SQLite takes 2 MB, and a run's input is in one. */
const MOST_BYTES = 1_900_000;

export async function answerTo(request: Request, host: AnswersHost): Promise<Response> {
  const { pathname, searchParams } = new URL(request.url);
  const route = findRoute(request.method, pathname);
  if (!route) throw new Refusal(404, 'not_found', 'There is no such path, or not for this method.');
  return new Answers(host, request, searchParams).to(route);
}

class Answers {
  readonly #host: AnswersHost;
  readonly #request: Request;
  readonly #query: URLSearchParams;

  constructor(host: AnswersHost, request: Request, query: URLSearchParams) {
    this.#host = host;
    this.#request = request;
    this.#query = query;
  }

  async to({ name, ids: [conversation = '', run = ''] }: FoundRoute): Promise<Response> {
    const { session, rows } = this.#host;
    if (name === 'list') return Response.json(await listAnswer(session, this.#query));
    if (name === 'search') return Response.json(await searchAnswer(session, this.#query));
    if (name === 'create') return this.#start();
    if (name === 'start') return this.#start(conversation);
    if (name === 'describe') return this.#describe(conversation);
    if (name === 'delete') return this.#delete(conversation);
    if (name === 'items') {
      const place = { conversation, query: this.#query, run: rows.newest(conversation) };
      return Response.json(await itemsAnswer(session, place));
    }
    const row = this.#row(conversation, run);
    if (name === 'events') return this.#events(row);
    if (name === 'cancel') return this.#cancel(row);
    if (name === 'resume') return this.#resume(row);
    return this.#decide(row);
  }

  /** Without a conversation in a new one, or in that of the run which is sent again. */
  async #start(named?: string): Promise<Response> {
    const { agent, input, onBusy = 'error', run: id = randomUuid() } = (await this.#body()) ?? {};
    if (agent !== undefined && typeof agent !== 'string') throw invalid('agent', 'the name of an agent');
    if (!isPathId(id)) throw invalid('run', 'an id of 1 to 128 letters, digits, _ and -');
    if (onBusy !== 'error' && onBusy !== 'wait') throw invalid('onBusy', "'error' or 'wait'");
    const conversation = named ?? this.#known(id)?.conversation ?? randomUuid();
    const run = this.#host.runs.start({ id, conversation, agent, input: inputFrom(input), waits: onBusy === 'wait' });
    return run instanceof LiveRun ? this.#follow(run, 0) : this.#stored(run);
  }

  async #follow(run: LiveRun, after: number): Promise<Response> {
    const { id, conversation, status } = run.row;
    if (!this.#wantsStream) return Response.json({ run: id, conversation, status }, { status: 202 });
    await run.shown();
    return eventStream(run.log, { after, snapshot: () => run.snapshot });
  }

  get #wantsStream(): boolean {
    return this.#request.headers.get('accept') !== 'application/json';
  }

  async #events(row: RunRow): Promise<Response> {
    const after = this.#query.get('after') ?? this.#request.headers.get('last-event-id') ?? '0';
    if (!/^\d{1,15}$/.test(after)) throw invalid('after', 'the number of an event');
    const live = this.#host.runs.live(row.id);
    // The browser's EventSource then asks no more.
    if (live ? live.log.isOver && Number(after) === live.log.last : Number(after) === row.lastEvent) {
      return new Response(null, { status: 204 });
    }
    return live ? this.#follow(live, Number(after)) : this.#stored(row);
  }

  /** Of a run that is in nobody's memory: what it came to. */
  async #stored(row: RunRow): Promise<Response> {
    const { id: run, conversation, status, agent, input, lastEvent, ending = '{}' } = row;
    if (!this.#wantsStream) return Response.json({ run, conversation, status }, { status: 202 });
    const found = await findRun(this.#host.session, row);
    const view = new RunView(JSON.parse(input), agent, found.how === 'nothing' ? [] : found.items);
    const snapshot = JSON.stringify({ run, conversation, status, ...view.snapshot });
    return eventsAnswer([
      { n: lastEvent - 1, type: 'snapshot', data: snapshot },
      { n: lastEvent, type: 'end', data: ending },
    ]);
  }

  async #cancel({ id }: RunRow): Promise<Response> {
    await this.#host.runs.stop(id);
    return Response.json({ run: id, status: this.#host.rows.find(id)?.status });
  }

  async #resume(given: RunRow): Promise<Response> {
    if (given.status === 'failed' || given.status === 'stopped') await this.#checkOpen(given);
    // Again, since it may have gone on meanwhile.
    const row = this.#row(given.conversation, given.id);
    if (row.status !== 'failed' && row.status !== 'stopped') {
      throw new Refusal(409, 'not_resumable', 'Only a run that failed or was stopped can be resumed.');
    }
    return this.#follow(this.#host.runs.again(row), row.lastEvent);
  }

  async #decide(row: RunRow): Promise<Response> {
    const body = (await this.#body()) ?? {};
    if (row.status === 'awaiting_approval') await this.#checkOpen(row);
    // Again, since it may have gone on meanwhile.
    const current = this.#row(row.conversation, row.id);
    if (current.status !== 'awaiting_approval' || current.state === undefined) {
      throw new Refusal(409, 'not_waiting', 'The run waits for no approval.');
    }
    return this.#follow(this.#host.runs.again(current, decided(current.state, body)), current.lastEvent);
  }

  /** What is in the history, as far as it came, would be said there twice; a newer run puts it there too. */
  async #checkOpen(row: RunRow): Promise<void> {
    const { how } = await findRun(this.#host.session, row);
    if (how === 'open' || (how === 'nothing' && row.runId === undefined)) return;
    throw new Refusal(409, 'run_superseded', 'The run is in the history as far as it came, or a newer one settled it.');
  }

  async #describe(conversation: string): Promise<Response> {
    const title = titleFrom(await this.#body());
    if (!(await this.#exists(conversation))) throw notFound('conversation');
    await this.#host.session.setTitle(conversation, title);
    return new Response(null, { status: 204 });
  }

  async #delete(conversation: string): Promise<Response> {
    await this.#host.runs.forget(conversation);
    await this.#host.session.delete(conversation);
    return new Response(null, { status: 204 });
  }

  async #exists(conversation: string): Promise<boolean> {
    if (this.#host.rows.newest(conversation)) return true;
    return (await this.#host.session.loadPage(conversation, { limit: 1 })).items.length > 0;
  }

  #row(conversation: string, id: string): RunRow {
    const row = this.#known(id);
    if (row?.conversation === conversation) return row;
    throw notFound('run');
  }

  #known(id: string): RunRow | undefined {
    return this.#host.runs.live(id)?.row ?? this.#host.rows.find(id);
  }

  #body(): Promise<Record<string, unknown> | undefined> {
    return readJson(this.#request, MOST_BYTES);
  }
}

function notFound(what: string): Refusal {
  return new Refusal(404, 'not_found', `There is no such ${what}.`);
}

function invalid(param: string, accepted: string): Refusal {
  return new Refusal(400, 'invalid_parameter', `${param} must be ${accepted}.`, { param });
}
