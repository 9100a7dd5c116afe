import type { Agent } from './agent.ts';
import { checkConversationId, checkText, refuse } from './check.ts';
import { UserError } from './errors.ts';
import type { RunInput } from './items.ts';
import type { OutputType } from './output-type.ts';
import {
  checkConfig,
  checkRun,
  checkSession,
  type ResumeOptions,
  type RunConfig,
  type RunOptions,
} from './run-options.ts';
import type { RunResult } from './run-result.ts';
import { launch, type StartOptions } from './run-start.ts';
import type { RunState } from './run-state.ts';
import { isInCore } from './server-managed.ts';
import type { StreamedRun } from './stream.ts';

/** Runs agents. */
export class Runner {
  readonly #config: RunConfig;

  /** @param config for all runs of this runner; a run's own `runConfig` wins. */
  constructor(config: RunConfig = {}) {
    checkConfig(config);
    this.#config = config;
  }

  run<Context, Output extends OutputType>(
    agent: Agent<Context, Output>,
    input: RunInput | RunState<Context>,
    options: RunOptions<Context> & { stream: true },
  ): Promise<StreamedRun<Context, Output>>;
  run<Context, Output extends OutputType>(
    agent: Agent<Context, Output>,
    input: RunInput | RunState<Context>,
    options?: RunOptions<Context>,
  ): Promise<RunResult<Context, Output>>;
  run<Context, Output extends OutputType>(
    agent: Agent<Context, Output>,
    input: RunInput | RunState<Context>,
    options: RunOptions<Context> = {},
  ): Promise<RunResult<Context, Output> | StreamedRun<Context, Output>> {
    return start(agent, input, options, this.#config);
  }

  /** As the static `Runner.resume`. */
  resume<Context, Output extends OutputType>(
    agent: Agent<Context, Output>,
    options: ResumeOptions<Context> & { stream: true },
  ): Promise<StreamedRun<Context, Output>>;
  resume<Context, Output extends OutputType>(
    agent: Agent<Context, Output>,
    options: ResumeOptions<Context>,
  ): Promise<RunResult<Context, Output>>;
  resume<Context, Output extends OutputType>(
    agent: Agent<Context, Output>,
    options: ResumeOptions<Context>,
  ): Promise<RunResult<Context, Output> | StreamedRun<Context, Output>> {
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
function resume<Context, Output extends OutputType>(
  agent: Agent<Context, Output>,
  options: ResumeOptions<Context> & { stream: true },
): Promise<StreamedRun<Context, Output>>;
function resume<Context, Output extends OutputType>(
  agent: Agent<Context, Output>,
  options: ResumeOptions<Context>,
): Promise<RunResult<Context, Output>>;
function resume<Context, Output extends OutputType>(
  agent: Agent<Context, Output>,
  options: ResumeOptions<Context>,
): Promise<RunResult<Context, Output> | StreamedRun<Context, Output>> {
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
export function run<Context, Output extends OutputType>(
  agent: Agent<Context, Output>,
  input: RunInput | RunState<Context>,
  options: RunOptions<Context> & { stream: true },
): Promise<StreamedRun<Context, Output>>;
export function run<Context, Output extends OutputType>(
  agent: Agent<Context, Output>,
  input: RunInput | RunState<Context>,
  options?: RunOptions<Context>,
): Promise<RunResult<Context, Output>>;
export function run<Context, Output extends OutputType>(
  agent: Agent<Context, Output>,
  input: RunInput | RunState<Context>,
  options: RunOptions<Context> = {},
): Promise<RunResult<Context, Output> | StreamedRun<Context, Output>> {
  return start(agent, input, options);
}

async function startAgain<Context, Output extends OutputType>(
  agent: Agent<Context, Output>,
  options: ResumeOptions<Context>,
  config?: RunConfig,
): Promise<RunResult<Context, Output> | StreamedRun<Context, Output>> {
  if (typeof options !== 'object' || options === null) {
    refuse('options', options, 'an object with session and conversationId');
  }
  const { session, conversationId, runId = '' } = options;
  checkSession(session);
  checkConversationId(conversationId);
  checkText('runId', runId);
  if (!isInCore(session) || options.runConfig?.persistence === 'per-turn') {
    throw new UserError('user_error', 'Only sessions of this package, with persistence by run, have runs to resume.');
  }
  return start(agent, [], { ...options, resume: runId }, config);
}

async function start<Context, Output extends OutputType>(
  agent: Agent<Context, Output>,
  input: RunInput | RunState<Context>,
  given: StartOptions<Context>,
  config?: RunConfig,
): Promise<RunResult<Context, Output> | StreamedRun<Context, Output>> {
  checkRun(agent, input, given as RunOptions);
  return launch(agent, input, config ? { ...given, runConfig: { ...config, ...given.runConfig } } : given);
}
