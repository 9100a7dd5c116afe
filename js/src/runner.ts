import type { Agent } from './agent.ts';
import { checkConversationId, checkText, refuse } from './check.ts';
import { RunAbortedError, UserError } from './errors.ts';
import { addRun, removeRun } from './host.ts';
import { loadCore } from './instance.ts';
import { encodeItems, type RunInput } from './items.ts';
import { checkNesting, type RunPlace } from './nesting.ts';
import { type OpenAISettings, openAISettings } from './openai.ts';
import { RunHost } from './run-host.ts';
import {
  checkConfig,
  checkRun,
  checkSession,
  isOfTheCore,
  type ResumeOptions,
  type RunConfig,
  type RunOptions,
} from './run-options.ts';
import { type RunResult, readOutcome, resultOf } from './run-result.ts';
import { SessionSettings } from './sessions/session.ts';
import { StreamedRun } from './stream.ts';

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
    return startAgain(agent, options, this.#config);
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
  return startAgain(agent, options);
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

/** `resume` is the id of the open run to go on with, or empty for the newest one. */
type StartOptions<Context> = RunOptions<Context> & { resume?: string };

async function startAgain<Context>(
  agent: Agent<Context>,
  options: ResumeOptions<Context>,
  config?: RunConfig,
): Promise<RunResult<Context> | StreamedRun<Context>> {
  if (typeof options !== 'object' || options === null) {
    refuse('options', options, 'an object with session and conversationId');
  }
  const { session, conversationId, runId = '' } = options;
  checkSession(session);
  checkConversationId(conversationId);
  checkText('runId', runId);
  if (!isOfTheCore(session) || options.runConfig?.persistence === 'per-turn') {
    throw new UserError('user_error', 'Only sessions of this package, with persistence by run, have runs to resume.');
  }
  return start(agent, [], { ...options, resume: runId }, config);
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
