import { Agent } from './agent.ts';
import { checkConversationId, checkCount, checkFunction, checkJson, checkText, kindOf, refuse } from './check.ts';
import { RunAbortedError, UserError } from './errors.ts';
import { addRun, removeRun } from './host.ts';
import { loadCore } from './instance.ts';
import { encodeItems, type RunInput } from './items.ts';
import { checkNesting, type RunPlace } from './nesting.ts';
import { type OpenAIOptions, type OpenAISettings, openAISettings } from './openai.ts';
import { RunHost, type SessionInputCallback } from './run-host.ts';
import { type RunResult, readOutcome, resultOf } from './run-result.ts';
import { type Session, SessionSettings, type SessionSettingsOptions } from './sessions/session.ts';
import { StoredSession } from './sessions/stored-session.ts';
import { StreamedRun } from './stream.ts';
import type { RunContext } from './tool.ts';

/** Settings of a run that are about the place it runs in rather than about its conversation. */
export interface RunConfig {
  /** How this run reaches the API, where that differs from `setDefaultOpenAI`. */
  openai?: OpenAIOptions;
  /** More members of `result.trace.metadata`. */
  traceMetadata?: Record<string, unknown>;
  /** The longest history, in bytes of JSON, that the run takes. Default 64 MB. */
  maxHistoryBytes?: number;
  /**
   * When the history grows. `run`: once, when the run is complete; what it has got before lies in a journal, from which it
   * can be resumed. `per-turn`: with the input and after every turn, as in the SDK for Python. Default `run` on sessions
   * of this package, `per-turn` on others, which have no journal.
   */
  persistence?: 'run' | 'per-turn';
}

export interface RunOptions<Context = unknown> {
  /** Where the conversation is remembered. Without it nothing is read or stored. */
  session?: Session;
  /** Which conversation of the session. A new one, with a random UUID, without it. */
  conversationId?: string;
  /** Override the session's own. */
  sessionSettings?: SessionSettingsOptions;
  /** Decides what of the history, and what else, the model is sent with the new input. */
  sessionInputCallback?: SessionInputCallback;
  /** Whether to give a `StreamedRun` at once instead of the result at the end. */
  stream?: boolean;
  /** Stops the run. */
  signal?: AbortSignal;
  /**
   * Whether a run that is stopped enters the history with what it has got: an answer that was being streamed is kept as
   * far as it came, marked `incomplete`, and calls without a result are answered "aborted". Default false: the run stays
   * open, to be resumed or discarded.
   */
  keepPartial?: boolean;
  /** What to do while another run is at the conversation. Default `wait`. */
  onBusy?: 'wait' | 'error';
  /** How many milliseconds to wait for it before the run fails with a ConversationBusyError. Default 60,000. */
  busyTimeout?: number;
  /** The context that a tool was given, of a run that is started inside it: it cannot wait for its own conversation. */
  parent?: RunContext<unknown>;
  /** Anything that the run's tools need. */
  context?: Context;
  /** How many answers of the model the run may take; null for no limit. Default 10. */
  maxTurns?: number | null;
  runConfig?: RunConfig;
}

/** As for a run, save that the input is the one that the open run has. */
export interface ResumeOptions<Context = unknown> extends Omit<RunOptions<Context>, 'sessionInputCallback'> {
  session: Session;
  conversationId: string;
  /** Which open run. The newest one without it. */
  runId?: string;
}

const MAX_HISTORY_BYTES = 64 * 1024 * 1024;
const BUSY_TIMEOUT = 60_000;

/** Runs agents. */
export class Runner {
  readonly #config: RunConfig;

  /** @param config for all runs of this runner; a run's own `runConfig` wins. */
  constructor(config: RunConfig = {}) {
    checkConfig(config);
    this.#config = config;
  }

  run<Context>(
    agent: Agent<Context>,
    input: RunInput,
    options: RunOptions<Context> & { stream: true },
  ): Promise<StreamedRun<Context>>;
  run<Context>(agent: Agent<Context>, input: RunInput, options?: RunOptions<Context>): Promise<RunResult<Context>>;
  run<Context>(
    agent: Agent<Context>,
    input: RunInput,
    options: RunOptions<Context> = {},
  ): Promise<RunResult<Context> | StreamedRun<Context>> {
    return start(agent, input, options, this.#config);
  }

  /** As the static `Runner.resume`. */
  resume<Context>(
    agent: Agent<Context>,
    options: ResumeOptions<Context> & { stream: true },
  ): Promise<StreamedRun<Context>>;
  resume<Context>(agent: Agent<Context>, options: ResumeOptions<Context>): Promise<RunResult<Context>>;
  resume<Context>(
    agent: Agent<Context>,
    options: ResumeOptions<Context>,
  ): Promise<RunResult<Context> | StreamedRun<Context>> {
    return start(agent, [], resuming(options), this.#config);
  }

  static run: typeof run = run;
  static resume: typeof resume = resume;
}

/**
 * Goes on with a run that failed, was stopped or crashed, also after a reload: with its input, what the model had answered
 * and what its tools had returned. A call whose outcome nobody knows is made again only if its tool is `idempotent`.
 * Fails with a SessionError: `not_found` when the conversation has no open run, `run_superseded` when this one is not
 * open any more.
 *
 * @example
 * const [open] = await session.openRuns('user-123');
 * if (open) await Runner.resume(agent, { session, conversationId: 'user-123' });
 */
function resume<Context>(
  agent: Agent<Context>,
  options: ResumeOptions<Context> & { stream: true },
): Promise<StreamedRun<Context>>;
function resume<Context>(agent: Agent<Context>, options: ResumeOptions<Context>): Promise<RunResult<Context>>;
function resume<Context>(
  agent: Agent<Context>,
  options: ResumeOptions<Context>,
): Promise<RunResult<Context> | StreamedRun<Context>> {
  return start(agent, [], resuming(options));
}

/**
 * Runs an agent: loads the conversation, calls the model and the tools it asks for until it gives a final output, and
 * stores input and answers in one step. A run that fails or is stopped leaves the conversation as it was.
 *
 * @example
 * const result = await run(agent, "Hello, I'm John", { session, conversationId: 'user-123' });
 * console.log(result.finalOutput);
 */
export function run<Context>(
  agent: Agent<Context>,
  input: RunInput,
  options: RunOptions<Context> & { stream: true },
): Promise<StreamedRun<Context>>;
export function run<Context>(
  agent: Agent<Context>,
  input: RunInput,
  options?: RunOptions<Context>,
): Promise<RunResult<Context>>;
export function run<Context>(
  agent: Agent<Context>,
  input: RunInput,
  options: RunOptions<Context> = {},
): Promise<RunResult<Context> | StreamedRun<Context>> {
  return start(agent, input, options);
}

type StartOptions<Context> = RunOptions<Context> & { resume?: string };

/** The core's word for a run to go on with: its id, or nothing for the newest one. */
function resuming<Context>(options: ResumeOptions<Context>): StartOptions<Context> {
  if (typeof options !== 'object' || options === null)
    refuse('options', options, 'an object with session and conversationId');
  const { session, conversationId, runId = '' } = options;
  checkSession(session);
  checkConversationId(conversationId);
  checkText('runId', runId);
  if (!isOfTheCore(session) || options.runConfig?.persistence === 'per-turn') {
    throw new UserError('user_error', 'Only sessions of this package, with persistence by run, have runs to resume.');
  }
  return { ...options, resume: runId };
}

async function start<Context>(
  agent: Agent<Context>,
  input: RunInput,
  given: StartOptions<Context>,
  config?: RunConfig,
): Promise<RunResult<Context> | StreamedRun<Context>> {
  checkRun(agent, input, given as RunOptions);
  const options = config ? { ...given, runConfig: { ...config, ...given.runConfig } } : given;
  const { session, signal } = options;
  const api = openAISettings(options.runConfig?.openai);
  const body = encodeItems(input, 'input');
  throwIfAborted(signal);

  const opened = session && isOfTheCore(session) ? await session.opened() : undefined;
  checkNesting(placeOf(options));
  const core = opened?.core ?? (await loadCore());
  throwIfAborted(signal);
  const id = core.newId();
  addRun(id, hostOf(agent, options, api));
  // Where the instance has failed there is nothing left to stop.
  const stop = () => void core.call('run.cancel', { run: id }).catch(() => {});
  const settled = core.settled('run', runHead(agent, options, api, opened?.id), body, id);
  signal?.addEventListener('abort', stop);

  const outcome = settled.then((one) => readOutcome(one, agent, signal));
  const ended = outcome.finally(() => {
    removeRun(id);
    signal?.removeEventListener('abort', stop);
  });
  return options.stream ? new StreamedRun(core, id, agent, ended) : resultOf(await ended);
}

function checkRun(agent: unknown, input: unknown, options: RunOptions<unknown>): void {
  if (!(agent instanceof Agent)) refuse('agent', agent, 'an Agent');
  if (typeof input !== 'string' && !Array.isArray(input)) refuse('input', input, 'a string or an array of items');
  if (typeof options !== 'object' || options === null) refuse('options', options, 'an object');
  const { session, conversationId, sessionInputCallback, signal, maxTurns, runConfig, onBusy, busyTimeout } = options;
  if (session !== undefined) checkSession(session);
  if (conversationId !== undefined) {
    checkConversationId(conversationId);
    if (session === undefined)
      throw new UserError('user_error', 'conversationId names a conversation of a session; pass a session too.');
  }
  if (sessionInputCallback !== undefined) checkFunction('sessionInputCallback', sessionInputCallback);
  if (signal !== undefined && !(signal instanceof AbortSignal)) refuse('signal', signal, 'an AbortSignal');
  if (maxTurns !== undefined && maxTurns !== null) checkCount('maxTurns', maxTurns, 1, ', or null for no limit');
  for (const name of ['stream', 'keepPartial'] as const) {
    if (options[name] !== undefined && typeof options[name] !== 'boolean') refuse(name, options[name], 'a boolean');
  }
  if (onBusy !== undefined && onBusy !== 'wait' && onBusy !== 'error') refuse('onBusy', onBusy, "'wait' or 'error'");
  if (busyTimeout !== undefined) checkCount('busyTimeout', busyTimeout, 0);
  if (runConfig !== undefined) checkConfig(runConfig);
}

function checkConfig(config: unknown): void {
  if (typeof config !== 'object' || config === null) refuse('runConfig', config, 'an object');
  const { maxHistoryBytes, traceMetadata, persistence } = config as RunConfig;
  if (persistence !== undefined && persistence !== 'run' && persistence !== 'per-turn') {
    refuse('persistence', persistence, "'run' or 'per-turn'");
  }
  if (maxHistoryBytes !== undefined) checkCount('maxHistoryBytes', maxHistoryBytes, 0);
  if (traceMetadata === undefined) return;
  const isObject = typeof traceMetadata === 'object' && traceMetadata !== null && !Array.isArray(traceMetadata);
  if (!isObject) refuse('traceMetadata', traceMetadata, 'an object');
  checkJson('traceMetadata', traceMetadata);
}

/** A subclass that loads or saves in its own way is asked as any session of the caller's is. */
function isOfTheCore(session: Session): session is StoredSession {
  const { loadItems, saveItems } = StoredSession.prototype;
  return session instanceof StoredSession && session.loadItems === loadItems && session.saveItems === saveItems;
}

function checkSession(session: unknown): void {
  const { loadItems, saveItems } = (session ?? {}) as Partial<Session>;
  if (typeof loadItems === 'function' && typeof saveItems === 'function') return;
  throw new UserError(
    'invalid_argument',
    `session must be a session, an object with loadItems and saveItems, but is ${kindOf(session)}.`,
  );
}

function hostOf<Context>(agent: Agent<Context>, options: RunOptions<Context>, api: OpenAISettings): RunHost {
  return new RunHost({
    api,
    tools: agent.tools as Agent['tools'],
    context: options.context,
    place: placeOf(options),
    inputCallback: options.sessionInputCallback,
  });
}

function placeOf<Context>({ session, conversationId, parent }: RunOptions<Context>): RunPlace {
  return { session, conversationId, parent };
}

function runHead<Context>(
  agent: Agent<Context>,
  options: StartOptions<Context>,
  api: OpenAISettings,
  sessionId: number | undefined,
): object {
  const { session, runConfig = {} } = options;
  const settings = (session?.sessionSettings ?? new SessionSettings()).resolve(options.sessionSettings);
  return {
    agent: {
      name: agent.name,
      instructions: agent.instructions,
      model: agent.model ?? api.model,
      settings: agent.modelSettings,
      tools: agent.tools.map(({ type, name, description, parameters, strict }) => ({
        type,
        name,
        description,
        parameters,
        strict,
      })),
      idempotent: agent.tools.map(({ idempotent }) => idempotent === true),
    },
    session: sessionId,
    customSession: session !== undefined && sessionId === undefined,
    sessionType: session?.sessionType ?? session?.constructor?.name,
    conversationId: options.conversationId,
    resume: options.resume,
    persistence: runConfig.persistence ?? (sessionId === undefined ? 'per-turn' : 'run'),
    busyTimeout: options.onBusy === 'error' ? 0 : (options.busyTimeout ?? BUSY_TIMEOUT),
    keepPartial: options.keepPartial === true,
    hasInputCallback: options.sessionInputCallback !== undefined,
    maxItems: settings.maxItems,
    maxTurns: options.maxTurns === undefined ? 10 : options.maxTurns,
    stream: options.stream === true,
    maxRetries: api.maxRetries,
    maxHistoryBytes: runConfig.maxHistoryBytes ?? MAX_HISTORY_BYTES,
    trace: runConfig.traceMetadata ?? {},
  };
}

function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted)
    throw new RunAbortedError('aborted', 'The run was stopped before it began.', { cause: signal.reason });
}
