import { UserError } from '../errors.ts';
import { splitSettings } from '../models/call-policy.ts';
import type { Model } from '../models/model.ts';
import { modelNamed, type OpenAISettings, openAISettings } from '../openai.ts';
import {
  type CompactionOptions,
  type CompactionStrategy,
  checkCompactModel,
  isCompactModel,
  type RunCompactionOptions,
} from './compaction.ts';

/** Where a compaction gets from what it is not told. */
export interface CompactionOrigin {
  /** As the run's last agent asked for it. */
  model: string | Model;
  api: OpenAISettings;
}

/** A compaction with every default filled in. */
export interface CompactionPlan {
  strategy: CompactionStrategy;
  /** A name that the core asks the API for, or the caller's model. */
  model: string | Model;
  api: OpenAISettings;
  /** Of `previous_response_id`; then all that it saw is folded. */
  responseId: string | undefined;
}

export function planOf(options: RunCompactionOptions, origin: CompactionOrigin | undefined): CompactionPlan {
  const api = options.openai ? openAISettings(options.openai) : (origin?.api ?? openAISettings());
  const usual = origin?.model ?? modelNamed(api.model);
  const strategy = strategyOf(options, usual);
  const responseId = strategy === 'compact' ? responseIdOf(options) : undefined;
  if (strategy !== 'compact') return { strategy, model: summariserOf(options) ?? usual, api, responseId };
  const model = options.model ?? (typeof usual === 'string' ? usual : api.model);
  checkCompactModel(model);
  return { strategy, model, api, responseId };
}

/** What the core is told of a plan. */
export function headOfPlan({ strategy, model, api, responseId }: CompactionPlan): object {
  return {
    strategy,
    model: typeof model === 'string' ? model : '',
    ownModel: typeof model !== 'string',
    responseId,
    retry: splitSettings({}, api).retry,
  };
}

function strategyOf({ strategy, model, summaryModel }: CompactionOptions, usual: string | Model): CompactionStrategy {
  if (strategy !== undefined) return strategy;
  if (summaryModel !== undefined) return 'summary';
  const isOfTheAPI = model !== undefined || (typeof usual === 'string' && isCompactModel(usual));
  return isOfTheAPI ? 'compact' : 'summary';
}

function summariserOf({ summaryModel }: CompactionOptions): string | Model | undefined {
  return typeof summaryModel === 'string' ? modelNamed(summaryModel) : summaryModel;
}

function responseIdOf({ compactionMode, responseId }: RunCompactionOptions): string | undefined {
  if (compactionMode !== 'previous_response_id') return undefined;
  if (responseId) return responseId;
  throw new UserError(
    'user_error',
    "compactionMode 'previous_response_id' needs a responseId, that of a response which has seen the whole history.",
  );
}
