import { checkCount, checkOptions } from '../check.ts';
import { UserError } from '../errors.ts';

export interface OpenAIResponsesCompactionArgsOptions {
  /**
   * How many items a compaction aims to leave: with a summary in all, with the API's `compact` of the newest ones, which
   * stay as they are beside every user message. Default: half of `compactionThreshold`.
   */
  targetItems?: number | undefined;
  /** A summary of fewer tokens is not used. Default 0. */
  minSummaryTokens?: number | undefined;
}

/**
 * How much a compaction leaves.
 *
 * @example
 * const compactionArgs = new OpenAIResponsesCompactionArgs({ targetItems: 50, minSummaryTokens: 100 });
 * const session = new OpenAIResponsesCompactionSession({ compactionArgs });
 */
export class OpenAIResponsesCompactionArgs {
  readonly targetItems: number | undefined;
  readonly minSummaryTokens: number | undefined;

  constructor(options: OpenAIResponsesCompactionArgsOptions = {}) {
    checkOptions('compactionArgs', options);
    for (const name of Object.keys(options)) checkName(name);
    const { targetItems, minSummaryTokens } = options;
    if (targetItems !== undefined) checkCount('compactionArgs.targetItems', targetItems, 1);
    if (minSummaryTokens !== undefined) checkCount('compactionArgs.minSummaryTokens', minSummaryTokens, 0);
    this.targetItems = targetItems;
    this.minSummaryTokens = minSummaryTokens;
  }
}

/** In Python the names are written otherwise; one that is passed over in silence would change what is folded. */
function checkName(name: string): void {
  if (name === 'targetItems' || name === 'minSummaryTokens') return;
  throw new UserError(
    'invalid_argument',
    `compactionArgs has no member ${JSON.stringify(name)}: it takes targetItems and minSummaryTokens.`,
  );
}
