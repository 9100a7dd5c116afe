import type { Agent } from './agent.ts';
import { UserError } from './errors.ts';
import { modelOf } from './models/agent-model.ts';
import type { OpenAISettings } from './openai.ts';
import type { OutputType } from './output-type.ts';
import type { RunOptions } from './run-options.ts';
import type { RunParts } from './run-parts.ts';
import type { RunOutcome, RunResult } from './run-result.ts';
import type { SessionSettings } from './sessions/session.ts';
import { isOfTheCore, type StoredSession } from './sessions/stored-session.ts';
import { addUsage } from './usage.ts';

type Ended<Context, Output extends OutputType> = RunOutcome<Context, Output>;
type Writable<Result> = { -readonly [Name in keyof Result]: Result[Name] };

/** What is done when a run has ended whose session compacts; nothing for other runs. */
export function compactionBehind<Context, Output extends OutputType>(
  run: RunParts,
  options: RunOptions<Context>,
  { api, settings }: { api: OpenAISettings; settings: SessionSettings },
): ((ended: Ended<Context, Output>) => Ended<Context, Output> | Promise<Ended<Context, Output>>) | undefined {
  const { session, compaction = 'background', signal } = options;
  if (session === undefined || compaction === 'off' || !settings.compactionEnabled) return undefined;
  if (!isOfTheCore(session)) throw refusal();
  return (ended) => {
    if (ended.error) return ended;
    const { result } = ended;
    // One that waits for a decision is not complete.
    if (result.conversationId === undefined || result.interruptions.length > 0) return ended;
    const outcome = session.compactBehind({
      conversationId: result.conversationId,
      model: modelOf(result.lastAgent as Agent<Context, OutputType>, run.settings.model, api),
      api,
      responseId: result.lastResponseId,
      threshold: settings.compactionThreshold,
      signal: compaction === 'await' ? signal : undefined,
    });
    (result as Writable<RunResult<Context, Output>>).compaction = outcome;
    return compaction === 'await' ? counted(ended, result, outcome) : ended;
  };
}

/** What an awaited compaction used counts for its run. */
async function counted<Context, Output extends OutputType>(
  ended: Ended<Context, Output>,
  result: Writable<RunResult<Context, Output>>,
  outcome: ReturnType<StoredSession['compactBehind']>,
): Promise<Ended<Context, Output>> {
  const settled = await outcome;
  if ('usage' in settled) result.usage = addUsage(result.usage, settled.usage);
  return ended;
}

function refusal(): UserError {
  return new UserError(
    'user_error',
    'sessionSettings.compactionEnabled is for sessions of this package, used as they are: no others have an archive ' +
      'for what is folded.',
  );
}
