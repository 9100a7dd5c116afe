import { checkFunction, checkOneOf, checkOptions, checkSignal, checkText, refuse } from '../check.ts';
import { UserError } from '../errors.ts';
import type { Item, StoredItem } from '../items.ts';
import { isModel, type Model } from '../models/model.ts';
import { type OpenAIOptions, openAISettings } from '../openai.ts';
import type { Usage } from '../usage.ts';
import { OpenAIResponsesCompactionArgs, type OpenAIResponsesCompactionArgsOptions } from './compaction-args.ts';

/** How many items a conversation has when it is compacted, if nothing else is said. */
export const THRESHOLD = 100;

export type CompactionStrategy = 'compact' | 'summary' | 'none';
export type CompactionMode = 'auto' | 'input' | 'previous_response_id';

/** How a history is compacted. */
export interface CompactionOptions {
  /**
   * `compact`: by `POST /responses/compact` of OpenAI's API, which keeps every user message and folds the rest into one
   * item that only models read. `summary`: into one message in words, by any model, on any server. `none`: not at all.
   * Default: `compact` where the model is one that the API compacts for, and no `summaryModel` is given; else `summary`.
   */
  strategy?: CompactionStrategy | undefined;
  /** The model that the API compacts for: `gpt-…`, `o…`, or one fine-tuned from these. Default: the run's last one. */
  model?: string | undefined;
  /** What writes summaries. Default: the run's last model. */
  summaryModel?: string | Model | undefined;
  /** How much is left. */
  compactionArgs?: OpenAIResponsesCompactionArgs | OpenAIResponsesCompactionArgsOptions | undefined;
  /**
   * What the API's `compact` is sent. `input`: the items. `previous_response_id`: the id of a response that has seen all
   * of them, so that all of them are folded. `auto`, the default, is `input`: what a response has seen may be less than
   * the history, by a limit, a filter or a callback.
   */
  compactionMode?: CompactionMode | undefined;
  /** How the API is reached. Default: as the run reaches it, else as `setDefaultOpenAI` says. */
  openai?: OpenAIOptions | undefined;
}

export interface RunCompactionOptions extends CompactionOptions {
  /** Whether to do it however short the history is, and without asking `shouldTriggerCompaction`. */
  force?: boolean | undefined;
  /** For `previous_response_id`. */
  responseId?: string | undefined;
  /** Stops it. The history stays as it was. */
  signal?: AbortSignal | undefined;
  /** Told how far it is. */
  onProgress?: ((event: CompactionProgress) => void) | undefined;
}

/** How far a compaction is. */
export interface CompactionProgress {
  conversationId: string;
  /** It knows what it folds; it asks for what is to stand for it; it has folded it. */
  phase: 'planned' | 'asked' | 'folded';
  /** How many items it folds. */
  items: number;
}

/** What a compaction came to. Whatever it is, nothing is lost: folded items stay in the archive. */
export interface CompactionResult {
  conversationId: string;
  /**
   * `done`, or why nothing was changed. `not_due`: the history is too short, or `shouldTriggerCompaction` said no.
   * `nothing_to_fold`: all of it is to stay. `no_saving`: what would stand for the items is no shorter.
   * `summary_too_short`: it has fewer than `minSummaryTokens`. `overtaken`: somebody changed what was to be folded.
   * `busy`: another compaction of the conversation is under way.
   */
  status: 'done' | 'not_due' | 'nothing_to_fold' | 'no_saving' | 'summary_too_short' | 'overtaken' | 'busy';
  /** Of the compaction that was done. */
  id?: string;
  /** How many items were folded, and how many of the history stayed. */
  folded: number;
  kept: number;
  /** Of the folded items, and of what stands for them. */
  tokensBefore: number;
  tokensAfter: number;
  /** What the compaction itself used, also where it changed nothing. */
  usage: Usage;
}

/** What became of a compaction behind a run. */
export type CompactionOutcome =
  | (CompactionResult & { error?: undefined })
  | { status: 'failed'; conversationId: string; error: unknown }
  /** By its signal, or because the session was closed. */
  | { status: 'cancelled'; conversationId: string; error?: undefined };

/** Of a session whose history is compacted behind its runs. */
export type CompactionEvent =
  | ({ type: 'progress' } & CompactionProgress)
  | { type: 'ended'; conversationId: string; outcome: CompactionOutcome };

/** A compaction that was done and can be undone. */
export interface Compaction {
  /** The `uid` of the item that stands for the folded ones begins with it and a dot. */
  id: string;
  createdAt: Date;
  strategy: 'compact' | 'summary';
  model: string;
  /** How many items it folded. */
  folded: number;
  /** Of these items, and of what stands for them. */
  tokensBefore: number;
  tokensAfter: number;
  /** What it took to make it. */
  usage: Usage;
}

/** What `shouldTriggerCompaction` decides by. All of it is its own: to change it changes nothing. */
export interface CompactionContext {
  conversationId: string;
  /** Of the last response, where it is known. */
  responseId: string | undefined;
  /** Never `auto`. */
  compactionMode: Exclude<CompactionMode, 'auto'>;
  /** What is neither a user message nor a compaction. */
  compactionCandidateItems: Item[];
  sessionItems: StoredItem[];
}

export type ShouldTriggerCompaction = (context: CompactionContext) => boolean | Promise<boolean>;

/** How compactions go on one session, if nothing else is said. */
export interface CompactionSetup extends CompactionOptions {
  shouldTriggerCompaction?: ShouldTriggerCompaction | undefined;
  onCompaction?: ((event: CompactionEvent) => void) | undefined;
}

/** Refuses what cannot work, and gives what is left of it: no `undefined`, and checked `compactionArgs`. */
export function checkedCompaction<Options extends CompactionOptions>(options: Options): Options {
  const { strategy, model, summaryModel, compactionArgs, compactionMode, openai } = options;
  if (strategy !== undefined) checkOneOf('strategy', strategy, ['compact', 'summary', 'none']);
  if (compactionMode !== undefined) {
    checkOneOf('compactionMode', compactionMode, ['auto', 'input', 'previous_response_id']);
  }
  if (model !== undefined) checkText('model', model);
  if (model !== undefined && (strategy ?? 'compact') === 'compact') checkCompactModel(model);
  if (summaryModel !== undefined && typeof summaryModel !== 'string' && !isModel(summaryModel)) {
    refuse('summaryModel', summaryModel, 'the name of a model or an object with getResponse');
  }
  if (openai !== undefined) openAISettings(openai);
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Options;
  if (compactionArgs !== undefined) given.compactionArgs = new OpenAIResponsesCompactionArgs(compactionArgs);
  return given;
}

export function checkRunCompaction(options: unknown): void {
  checkOptions('options', options);
  const { force, responseId, signal, onProgress } = options as RunCompactionOptions;
  if (force !== undefined && typeof force !== 'boolean') refuse('force', force, 'a boolean');
  if (responseId !== undefined) checkText('responseId', responseId);
  checkSignal('signal', signal);
  if (onProgress !== undefined) checkFunction('onProgress', onProgress);
}

/** Whether OpenAI's API compacts for the model, as its SDKs judge by the name. */
export function isCompactModel(model: string): boolean {
  const base = model.startsWith('ft:') ? model.slice(3) : model;
  return /^(gpt-|o\d)/.test(base);
}

export function checkCompactModel(model: string): void {
  if (isCompactModel(model)) return;
  throw new UserError(
    'user_error',
    `OpenAI's API does not compact for the model ${JSON.stringify(model)}, only for gpt-…, o… with a number, and what is ` +
      "fine-tuned from these. The strategy 'summary' works with any model.",
  );
}
