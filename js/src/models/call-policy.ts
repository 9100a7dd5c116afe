import type { ModelSettings } from '../agent.ts';
import { checkCount, checkOptions, kindOf } from '../check.ts';
import { UserError } from '../errors.ts';
import type { OpenAISettings } from '../openai.ts';

/** `modelSettings.retry`: how a call of the model is made again that failed for a passing reason. */
export interface RetrySettings {
  /** How often at most. Default: `maxRetries` of `setDefaultOpenAI`, which is 2. */
  maxRetries?: number;
  /** The first wait. Default 500. What the server asks for in `Retry-After` goes before all of these. */
  initialDelayMs?: number;
  /** The longest wait. Default 8,000. */
  maxDelayMs?: number;
  /** By how much each wait is longer than the one before. Default 2. */
  multiplier?: number;
  /** By which part of itself a wait may be shorter, by chance: 0 to 1. Default 0.25. */
  jitter?: number;
}

// A timer that is set for longer fires at once; the core counts no further.
const MOST = 2 ** 31 - 1;

/** Refuses `retry` and `timeoutMs` that cannot work; `settings` names where they are. */
export function checkCallPolicy(settings: string, { retry, timeoutMs }: ModelSettings): void {
  const of = (name: string) => `${settings}: ${name}`;
  if (timeoutMs !== undefined) checkCount(of('timeoutMs'), timeoutMs, 1);
  if (retry === undefined) return;
  checkOptions(of('retry'), retry);
  const { maxRetries, initialDelayMs, maxDelayMs, multiplier, jitter } = retry as RetrySettings;
  if (maxRetries !== undefined) checkCount(of('maxRetries'), maxRetries, 0);
  checkNumber(of('initialDelayMs'), initialDelayMs, 0);
  checkNumber(of('maxDelayMs'), maxDelayMs, 0);
  checkNumber(of('multiplier'), multiplier, 1);
  checkNumber(of('jitter'), jitter, 0, 1);
}

function checkNumber(argument: string, value: unknown, least: number, most = MOST): void {
  if (value === undefined || (typeof value === 'number' && value >= least && value <= most)) return;
  const shown = typeof value === 'number' ? String(value) : kindOf(value);
  const message = `${argument} must be a number from ${least} to ${most}, but is ${shown}.`;
  throw new UserError('invalid_argument', message);
}

/** An agent's settings as the core wants them: what the model is sent, and apart from it how it is called. */
export function splitSettings(
  { retry = {}, timeoutMs, ...settings }: ModelSettings,
  api: OpenAISettings,
): { settings: ModelSettings; retry: Required<RetrySettings>; timeoutMs?: number } {
  const given: RetrySettings = retry as RetrySettings;
  const { maxRetries = api.maxRetries, initialDelayMs = 500, maxDelayMs = 8000, multiplier = 2, jitter = 0.25 } = given;
  return {
    settings,
    retry: { maxRetries: Math.min(maxRetries, MOST), initialDelayMs, maxDelayMs, multiplier, jitter },
    ...(timeoutMs === undefined ? {} : { timeoutMs: Math.min(timeoutMs as number, MOST) }),
  };
}
