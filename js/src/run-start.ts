import type { Agent } from './agent.ts';
import { RunAbortedError, UserError } from './errors.ts';
import { addRun, removeRun } from './host.ts';
import { loadCore } from './instance.ts';
import { encodeItems, type RunInput } from './items.ts';
import { checkNesting, placeOf, setPlace } from './nesting.ts';
import type { OpenAISettings } from './openai.ts';
import type { OutputType } from './output-type.ts';
import { randomUuid } from './random-id.ts';
import { compactionBehind } from './run-compaction.ts';
import type { RunContext } from './run-context.ts';
import { graphOf } from './run-graph.ts';
import { headOfAgents } from './run-head.ts';
import { RunHost } from './run-host.ts';
import type { RunOptions, RunSettings } from './run-options.ts';
import type { RunParts } from './run-parts.ts';
import { type RunResult, readOutcome, resultOf } from './run-result.ts';
import { RunState } from './run-state.ts';
import type { StateData } from './run-state-data.ts';
import { apiOf, checkServerManaged, isInCore, isOnServer } from './server-managed.ts';
import { type Session, SessionSettings } from './sessions/session.ts';
import { StreamedRun } from './stream.ts';
import { setScope } from './tracing/scope.ts';
import { traceRun } from './tracing/trace-run.ts';
import type { Usage } from './usage.ts';

const MAX_HISTORY_BYTES = 64 * 1024 * 1024;
const BUSY_TIMEOUT = 60_000;

/** `resume` is the id of the open run to go on with, or empty for the newest one. */
export type StartOptions<Context> = RunOptions<Context> & { resume?: string };

/** Starts a run whose arguments have been checked. */
export async function launch<Context, Output extends OutputType>(
  agent: Agent<Context, Output>,
  input: RunInput | RunState<Context>,
  given: StartOptions<Context>,
): Promise<RunResult<Context, Output> | StreamedRun<Context, Output>> {
  const state = input instanceof RunState ? input : undefined;
  const options = placed(state ? atHome(given, state) : given);
  const { session, signal, parent } = options;
  const api = apiOf(session, options.runConfig?.openai);
  const run = partsOf(agent, options);
  if (state) indexOf(run, state.currentAgentName);
  checkChain(run, options);
  if (session && isOnServer(session)) checkServerManaged(run, options, api);
  const settings = settingsOf(options);
  const compact = compactionBehind<Context, Output>(run, options, { api, settings });
  const added = state ? undefined : encodeItems(input, 'input');
  throwIfAborted(signal);

  const { core, sessionId, nested } = await takePlace(run, options);
  throwIfAborted(signal);
  const data = state?.take(hasJournal(options));
  const body = added ?? encodeItems(data?.addedInput, 'input');
  trace(run, options, api);
  const head = headOf(run, options, api, { sessionId, data, settings });
  const id = core.newId();
  addRun(id, new RunHost(run, { api, session, inputCallback: options.sessionInputCallback }));
  // Where the instance has failed there is nothing left to stop.
  const stop = () => void core.call('run.cancel', { run: id }).catch(() => {});
  const settled = core.settled('run', head, body, id);
  signal?.addEventListener('abort', stop);

  const around = { run, signal, sessionType: sessionTypeOf(options), nested, before: data };
  const outcome = settled.then((one) => readOutcome<Context, Output>(one, around));
  const ended = outcome.finally(() => {
    removeRun(id);
    signal?.removeEventListener('abort', stop);
  });
  ended.then(
    ({ error }) => run.tracing?.end(error),
    (error) => run.tracing?.end(error),
  );
  const compacted = compact ? ended.then(compact) : ended;
  const counted = parent ? compacted.then((one) => count(one, parent)) : compacted;
  return options.stream ? new StreamedRun(core, id, run, counted) : resultOf(await counted);
}

async function takePlace<Context>(run: RunParts, options: StartOptions<Context>) {
  const { session, conversationId, parent, runConfig } = options;
  const opened = session && isInCore(session) ? await session.opened() : undefined;
  const nested: Usage[] = [];
  const place = { session, conversationId, parent, runConfig, nested };
  checkNesting(place);
  setPlace(run.context, place);
  return { core: opened?.core ?? (await loadCore()), sessionId: opened?.id, nested };
}

/** A conversation that nobody named is a new one. */
function placed<Context>(options: StartOptions<Context>): StartOptions<Context> {
  const { session, conversationId } = options;
  if (!session || conversationId !== undefined) return options;
  const own = isOnServer(session) ? session.conversationId : undefined;
  return { ...options, conversationId: own ?? randomUuid() };
}

/** Begins the run's trace, where anybody hears of it. */
function trace(run: RunParts, options: RunOptions, api: OpenAISettings): void {
  const { parent, conversationId, runConfig: { tracing, traceMetadata } = {} } = options;
  const outputTypeOf = (name: string) => {
    const format = run.graph.find(({ agent }) => agent.name === name)?.agent.outputFormat?.format;
    return String((format as { name?: unknown } | undefined)?.name ?? 'text');
  };
  const place = { parent, conversationId, sessionType: sessionTypeOf(options), traceMetadata };
  const traced = traceRun({ ...place, tracing, api, outputTypeOf });
  if (traced === undefined) return;
  // For runs inside functions of this run that are no tools.
  setScope(run.context, traced === 'disabled' ? traced : traced.scopeWithin());
  if (traced !== 'disabled') run.tracing = traced;
}

/** What a run used also counts for the one in whose tool it ran. */
function count<Ended extends { error?: unknown; result?: { usage: Usage } }>(ended: Ended, parent: RunContext): Ended {
  if (ended.result) placeOf(parent)?.nested.push(ended.result.usage);
  return ended;
}

function partsOf<Context>(first: Agent<Context, OutputType>, options: RunOptions<Context>): RunParts {
  const { runConfig = {} } = options;
  const settings: RunSettings = { ...runConfig, ...withoutUndefined(options) } as RunSettings;
  const hooks = [runConfig.hooks, options.hooks].filter((one) => one !== undefined);
  return {
    first,
    graph: graphOf(first),
    settings,
    errorHandlers: options.errorHandlers ?? {},
    hooks: hooks as RunParts['hooks'],
    context: { context: options.context },
    found: { inputGuardrailResults: [], outputGuardrailResults: [], toolGuardrailResults: [] },
  };
}

/** What the API remembers cannot be filtered. */
function checkChain<Context>({ graph, settings }: RunParts, options: RunOptions<Context>): void {
  if (options.previousResponseId === undefined && !options.autoPreviousResponseId) return;
  const isFiltered = graph.some(({ handoffs }) =>
    handoffs.some((one) => one.inputFilter ?? settings.handoffInputFilter),
  );
  if (!isFiltered) return;
  throw new UserError(
    'user_error',
    'A handoff with an inputFilter cannot be combined with previousResponseId or autoPreviousResponseId.',
  );
}

function withoutUndefined(options: object): object {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

/** A run goes on in the conversation that it was interrupted in. */
function atHome<Context>(options: StartOptions<Context>, state: RunState): StartOptions<Context> {
  const { conversationId, runId } = state;
  const { session } = options;
  if (conversationId === undefined || session === undefined) {
    if (conversationId === undefined && session === undefined) return options;
    const flaw = session ? 'The run state has no conversation' : "The run state's conversation is in a session";
    throw new UserError('user_error', `${flaw}; ${session ? 'resume it without a session' : 'pass the session too'}.`);
  }
  if (options.conversationId !== undefined && options.conversationId !== conversationId) {
    throw new UserError('user_error', 'conversationId is not that of the run state.');
  }
  return hasJournal(options) ? { ...options, conversationId, resume: runId } : { ...options, conversationId };
}

function indexOf({ graph }: RunParts, name: string): number {
  const index = graph.findIndex(({ agent }) => agent.name === name);
  if (index >= 0) return index;
  throw new UserError('user_error', "The run state's agent is none that handoffs lead to from the given one.");
}

function hasJournal({ session, runConfig }: RunOptions): boolean {
  return session !== undefined && isInCore(session) && runConfig?.persistence !== 'per-turn';
}

function settingsOf({ session, sessionSettings }: RunOptions): SessionSettings {
  return (session?.sessionSettings ?? new SessionSettings()).resolve(sessionSettings);
}

function sessionTypeOf({ session }: RunOptions): string | undefined {
  return session?.sessionType ?? session?.constructor?.name;
}

function headOf<Context>(
  run: RunParts,
  options: StartOptions<Context>,
  api: OpenAISettings,
  {
    sessionId,
    data,
    settings,
  }: { sessionId: number | undefined; data: StateData | undefined; settings: SessionSettings },
): object {
  const { session, runConfig = {} } = options;
  return {
    ...headOfAgents(run, api),
    agent: data ? indexOf(run, data.agent) : 0,
    approvals: data?.decisions ?? [],
    // What a journal has need not be told.
    state: data && options.resume === undefined ? stateHead(data) : undefined,
    continueWithLastAgent: options.continueWith === 'last-agent',
    previousResponseId: options.previousResponseId,
    chain: options.previousResponseId !== undefined || options.autoPreviousResponseId === true,
    session: sessionId,
    server: session !== undefined && isOnServer(session),
    maxRetries: api.maxRetries,
    customSession: session !== undefined && sessionId === undefined,
    sessionType: sessionTypeOf(options),
    conversationId: options.conversationId,
    resume: options.resume,
    persistence: runConfig.persistence ?? (sessionId === undefined ? 'per-turn' : 'run'),
    busyTimeout: options.onBusy === 'error' ? 0 : (options.busyTimeout ?? busyTimeoutOf(session)),
    keepPartial: options.keepPartial === true,
    hasInputCallback: options.sessionInputCallback !== undefined,
    maxItems: settings.maxItems,
    maxTokens: settings.maxTokens,
    maxTurns: options.maxTurns === undefined ? 10 : options.maxTurns,
    stream: options.stream === true,
    maxHistoryBytes: runConfig.maxHistoryBytes ?? MAX_HISTORY_BYTES,
    trace: runConfig.traceMetadata ?? {},
    tracing: run.tracing && (run.tracing.includeSensitiveData ? 'sensitive' : 'plain'),
  };
}

function busyTimeoutOf(session: Session | undefined): number {
  return session && isOnServer(session) ? session.busyTimeout : BUSY_TIMEOUT;
}

/** Of a run that goes on without a journal. */
function stateHead({ runId, historyVersion, batches, interruptions }: StateData) {
  return { runId, version: historyVersion, batches, waiting: interruptions.map(({ rawItem }) => rawItem.call_id) };
}

function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted)
    throw new RunAbortedError('aborted', 'The run was stopped before it began.', { cause: signal.reason });
}
