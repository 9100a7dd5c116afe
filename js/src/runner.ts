import { Agent } from './agent.ts';
import { checkConversationId, checkCount, checkFunction, checkJson, kindOf, refuse } from './check.ts';
import { RunAbortedError, UserError } from './errors.ts';
import { addRun, removeRun } from './host.ts';
import { loadCore } from './instance.ts';
import { encodeItems, type RunInput } from './items.ts';
import { type OpenAIOptions, type OpenAISettings, openAISettings } from './openai.ts';
import { RunHost, type SessionInputCallback } from './run-host.ts';
import { type RunResult, readOutcome, resultOf } from './run-result.ts';
import { type Session, SessionSettings, type SessionSettingsOptions } from './sessions/session.ts';
import { StoredSession } from './sessions/stored-session.ts';
import { StreamedRun } from './stream.ts';

/** Settings of a run that are about the place it runs in rather than about its conversation. */
export interface RunConfig {
  /** How this run reaches the API, where that differs from `setDefaultOpenAI`. */
  openai?: OpenAIOptions;
  /** More members of `result.trace.metadata`. */
  traceMetadata?: Record<string, unknown>;
  /** The longest history, in bytes of JSON, that the run takes. Default 64 MB. */
  maxHistoryBytes?: number;
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
  /** Anything that the run's tools need. */
  context?: Context;
  /** How many answers of the model the run may take; null for no limit. Default 10. */
  maxTurns?: number | null;
  runConfig?: RunConfig;
}

const MAX_HISTORY_BYTES = 64 * 1024 * 1024;

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

  static run: typeof run = run;
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

async function start<Context>(
  agent: Agent<Context>,
  input: RunInput,
  given: RunOptions<Context>,
  config?: RunConfig,
): Promise<RunResult<Context> | StreamedRun<Context>> {
  checkRun(agent, input, given as RunOptions);
  const options = config ? { ...given, runConfig: { ...config, ...given.runConfig } } : given;
  const { session, signal } = options;
  const api = openAISettings(options.runConfig?.openai);
  const body = encodeItems(input, 'input');
  throwIfAborted(signal);

  const opened = session && isOfTheCore(session) ? await session.opened() : undefined;
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
  const { session, conversationId, sessionInputCallback, signal, maxTurns, runConfig } = options;
  if (session !== undefined) checkSession(session);
  if (conversationId !== undefined) {
    checkConversationId(conversationId);
    if (session === undefined)
      throw new UserError('user_error', 'conversationId names a conversation of a session; pass a session too.');
  }
  if (sessionInputCallback !== undefined) checkFunction('sessionInputCallback', sessionInputCallback);
  if (signal !== undefined && !(signal instanceof AbortSignal)) refuse('signal', signal, 'an AbortSignal');
  if (maxTurns !== undefined && maxTurns !== null) checkCount('maxTurns', maxTurns, 1, ', or null for no limit');
  if (options.stream !== undefined && typeof options.stream !== 'boolean')
    refuse('stream', options.stream, 'a boolean');
  if (runConfig !== undefined) checkConfig(runConfig);
}

function checkConfig(config: unknown): void {
  if (typeof config !== 'object' || config === null) refuse('runConfig', config, 'an object');
  const { maxHistoryBytes, traceMetadata } = config as RunConfig;
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
    session: options.session,
    inputCallback: options.sessionInputCallback,
  });
}

function runHead<Context>(
  agent: Agent<Context>,
  options: RunOptions<Context>,
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
    },
    session: sessionId,
    customSession: session !== undefined && sessionId === undefined,
    sessionType: session?.sessionType ?? session?.constructor?.name,
    conversationId: options.conversationId,
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
