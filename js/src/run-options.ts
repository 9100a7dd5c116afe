import { Agent } from './agent.ts';
import { checkConversationId, checkCount, checkFunction, checkJson, kindOf, refuse } from './check.ts';
import { UserError } from './errors.ts';
import type { OpenAIOptions } from './openai.ts';
import type { SessionInputCallback } from './run-host.ts';
import type { Session, SessionSettingsOptions } from './sessions/session.ts';
import { StoredSession } from './sessions/stored-session.ts';
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

/** Refuses arguments of a run that cannot work. */
export function checkRun(agent: unknown, input: unknown, options: RunOptions<unknown>): void {
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

export function checkConfig(config: unknown): void {
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
export function isOfTheCore(session: Session): session is StoredSession {
  const { loadItems, saveItems } = StoredSession.prototype;
  return session instanceof StoredSession && session.loadItems === loadItems && session.saveItems === saveItems;
}

export function checkSession(session: unknown): void {
  const { loadItems, saveItems } = (session ?? {}) as Partial<Session>;
  if (typeof loadItems === 'function' && typeof saveItems === 'function') return;
  throw new UserError(
    'invalid_argument',
    `session must be a session, an object with loadItems and saveItems, but is ${kindOf(session)}.`,
  );
}
