import { Agent, checkSettings, type ModelSettings } from './agent.ts';
import {
  checkBoolean,
  checkConversationId,
  checkCount,
  checkFunction,
  checkJson,
  checkNamed,
  checkOneOf,
  checkOptions,
  checkSignal,
  checkText,
  kindOf,
  refuse,
} from './check.ts';
import { UserError } from './errors.ts';
import type { InputGuardrail, OutputGuardrail } from './guardrail.ts';
import type { HandoffInputFilter } from './handoff.ts';
import type { Hooks } from './hooks.ts';
import { isModel, type Model } from './models/model.ts';
import type { OpenAIOptions } from './openai.ts';
import type { OutputType } from './output-type.ts';
import type { CallModelInputFilter, RunErrorHandlers, ToolErrorFormatter } from './run-callback-types.ts';
import type { RunContext } from './run-context.ts';
import type { SessionInputCallback } from './run-host.ts';
import { RunState } from './run-state.ts';
import type { Session, SessionSettingsOptions } from './sessions/session.ts';
import { checkTracing, type RunTracingOptions } from './tracing/settings.ts';

/** What a run may decide for all of its agents. A run's own options win over its `runConfig`. */
export interface RunSettings<Context = unknown> {
  /** In place of the agents' own models. */
  model?: string | Model;
  /** Members win over those of the agents' own settings. */
  modelSettings?: ModelSettings;
  /** Look at the run's input, with those of its first agent. */
  inputGuardrails?: readonly InputGuardrail<Context>[];
  /** Look at the run's final output, with those of the agent that gave it. */
  outputGuardrails?: readonly OutputGuardrail<OutputType, Context>[];
  /** For handoffs that have no `inputFilter`. */
  handoffInputFilter?: HandoffInputFilter<Context>;
  /** Has the last word on what the model is sent. What is stored does not change. */
  callModelInputFilter?: CallModelInputFilter<Context>;
  /** Words what the model is told of calls of unknown tools and of rejected ones. */
  toolErrorFormatter?: ToolErrorFormatter<Context>;
  /** What a call of a tool that the agent has not comes to. Default `raise_error`: a ModelBehaviorError. */
  toolNotFoundBehavior?: 'raise_error' | 'return_error_to_model';
  /** How many tools work at once; without it all that were called together. */
  toolExecution?: { maxFunctionToolConcurrency?: number };
  /** Whether the model is sent its reasoning back with the ids that it had. Default `preserve`. */
  reasoningItemIdPolicy?: 'preserve' | 'omit';
  hooks?: Hooks<Context>;
}

/** Settings of a run that are about the place it runs in rather than about its conversation. */
export interface RunConfig extends RunSettings {
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
  /** Who hears of the run, where that differs from `setTracing`. */
  tracing?: RunTracingOptions;
}

export interface RunOptions<Context = unknown> extends RunSettings<Context> {
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
  /** Make a final output of a failure. */
  errorHandlers?: RunErrorHandlers<Context>;
  /** Who a conversation goes on with: this agent (default), or the one that spoke last if handoffs lead to it. */
  continueWith?: 'starting-agent' | 'last-agent';
  /** The API remembers the conversation: the model is sent only what is new since this response. Not with a session. */
  previousResponseId?: string;
  /** The same within the run, from its first response on. */
  autoPreviousResponseId?: boolean;
  /**
   * How a session that compacts does it when the run is complete: in the `background` (default), before the run's result
   * is given (`await`), which then counts what it used, or not at all (`off`). The run does not fail with it.
   */
  compaction?: 'background' | 'await' | 'off';
  runConfig?: RunConfig;
}

/** As for a run, save that the input is the one that the open run has. */
export interface ResumeOptions<Context = unknown> extends Omit<RunOptions<Context>, 'sessionInputCallback'> {
  session: Session;
  conversationId: string;
  /** Which open run. The newest one without it. */
  runId?: string;
}

/** Refuses arguments of a run that cannot work. */
export function checkRun(agent: unknown, input: unknown, options: RunOptions<unknown>): void {
  if (!(agent instanceof Agent)) refuse('agent', agent, 'an Agent');
  if (typeof input !== 'string' && !Array.isArray(input) && !(input instanceof RunState)) {
    refuse('input', input, 'a string, an array of items or a RunState');
  }
  checkOptions('options', options);
  const { session, conversationId, sessionInputCallback, signal, maxTurns, runConfig, onBusy, busyTimeout } = options;
  if (session !== undefined) checkSession(session);
  if (conversationId !== undefined) {
    checkConversationId(conversationId);
    if (session === undefined)
      throw new UserError('user_error', 'conversationId names a conversation of a session; pass a session too.');
  }
  if (sessionInputCallback !== undefined) checkFunction('sessionInputCallback', sessionInputCallback);
  checkSignal('signal', signal);
  if (maxTurns !== undefined && maxTurns !== null) checkCount('maxTurns', maxTurns, 1, ', or null for no limit');
  for (const name of ['stream', 'keepPartial', 'autoPreviousResponseId'] as const) {
    if (options[name] !== undefined) checkBoolean(name, options[name]);
  }
  if (onBusy !== undefined) checkOneOf('onBusy', onBusy, ['wait', 'error']);
  if (busyTimeout !== undefined) checkCount('busyTimeout', busyTimeout, 0);
  if (options.compaction !== undefined) checkOneOf('compaction', options.compaction, ['background', 'await', 'off']);
  if (options.errorHandlers !== undefined) checkFunctions('errorHandlers', options.errorHandlers);
  checkRunSettings(options);
  checkMemory(options);
  if (runConfig !== undefined) checkConfig(runConfig);
}

/** There is one memory of a conversation: the session's, or the API's. */
function checkMemory({ session, previousResponseId, autoPreviousResponseId, continueWith }: RunOptions): void {
  if (continueWith !== undefined) checkOneOf('continueWith', continueWith, ['starting-agent', 'last-agent']);
  if (previousResponseId !== undefined) checkText('previousResponseId', previousResponseId);
  if (session === undefined || (previousResponseId === undefined && autoPreviousResponseId !== true)) return;
  throw new UserError('user_error', 'A session cannot be combined with previousResponseId or autoPreviousResponseId.');
}

export function checkConfig(config: unknown): void {
  checkOptions('runConfig', config);
  const { maxHistoryBytes, traceMetadata, persistence, tracing } = config as RunConfig;
  if (persistence !== undefined) checkOneOf('persistence', persistence, ['run', 'per-turn']);
  if (maxHistoryBytes !== undefined) checkCount('maxHistoryBytes', maxHistoryBytes, 0);
  if (tracing !== undefined) checkTracing('tracing', tracing);
  checkRunSettings(config as RunConfig);
  if (traceMetadata === undefined) return;
  checkOptions('traceMetadata', traceMetadata);
  checkJson('traceMetadata', traceMetadata);
}

function checkRunSettings(settings: RunSettings): void {
  const { model, modelSettings, inputGuardrails, outputGuardrails, toolNotFoundBehavior, hooks } = settings;
  const { toolExecution, reasoningItemIdPolicy } = settings;
  if (model !== undefined && !isModel(model)) checkText('model', model);
  if (modelSettings !== undefined) checkSettings('modelSettings', modelSettings);
  if (inputGuardrails !== undefined) checkNamed('inputGuardrails', inputGuardrails, 'execute');
  if (outputGuardrails !== undefined) checkNamed('outputGuardrails', outputGuardrails, 'execute');
  for (const name of ['handoffInputFilter', 'callModelInputFilter', 'toolErrorFormatter'] as const) {
    if (settings[name] !== undefined) checkFunction(name, settings[name]);
  }
  if (toolNotFoundBehavior !== undefined) {
    checkOneOf('toolNotFoundBehavior', toolNotFoundBehavior, ['raise_error', 'return_error_to_model']);
  }
  if (reasoningItemIdPolicy !== undefined) {
    checkOneOf('reasoningItemIdPolicy', reasoningItemIdPolicy, ['preserve', 'omit']);
  }
  if (hooks !== undefined) checkOptions('hooks', hooks);
  if (toolExecution === undefined) return;
  checkOptions('toolExecution', toolExecution);
  const { maxFunctionToolConcurrency: limit } = toolExecution;
  if (limit !== undefined) checkCount('toolExecution.maxFunctionToolConcurrency', limit, 1);
}

function checkFunctions(argument: string, functions: unknown): void {
  checkOptions(argument, functions);
  for (const [name, one] of Object.entries(functions as object)) {
    if (one !== undefined) checkFunction(`${argument}.${name}`, one);
  }
}

export function checkSession(session: unknown, argument = 'session'): void {
  const { loadItems, saveItems } = (session ?? {}) as Partial<Session>;
  if (typeof loadItems === 'function' && typeof saveItems === 'function') return;
  throw new UserError(
    'invalid_argument',
    `${argument} must be a session, an object with loadItems and saveItems, but is ${kindOf(session)}.`,
  );
}
