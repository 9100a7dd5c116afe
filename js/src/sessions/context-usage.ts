import { checkOptions, checkText } from '../check.ts';
import { contextWindowOf } from '../context-window.ts';
import type { Message } from '../core.ts';
import { openAISettings } from '../openai.ts';
import { SessionSettings, type SessionSettingsOptions } from './session.ts';
import type { StoredSession } from './stored-session.ts';

export interface ContextUsageOptions {
  /** By whose window the limit is. Default: the model of `setDefaultOpenAI`. */
  model?: string | undefined;
  /** As a run is given them. */
  sessionSettings?: SessionSettingsOptions | undefined;
}

/** How full a conversation makes a model's context. Tokens are estimates, instructions and tools not among them. */
export interface ContextUsage {
  /** Of the whole history, as the model would see it. */
  items: number;
  tokens: number;
  /** How many tokens there may be: `maxTokens`, or what the model takes. */
  limit: number;
  /** What the next run sends of the history, with `maxItems` and `maxTokens`. */
  sent: { items: number; tokens: number };
}

/** What the core counted, by the limits that a run would have. */
export async function measureContext(
  session: StoredSession,
  call: (head: object) => Promise<Message>,
  options: ContextUsageOptions,
): Promise<ContextUsage> {
  checkOptions('options', options);
  const { model = openAISettings().model } = options;
  checkText('model', model);
  const { maxItems, maxTokens } = (session.sessionSettings ?? new SessionSettings()).resolve(options.sessionSettings);
  const { head } = await call({ maxItems, maxTokens });
  return { ...head.all, limit: maxTokens ?? contextWindowOf(model), sent: head.sent };
}
