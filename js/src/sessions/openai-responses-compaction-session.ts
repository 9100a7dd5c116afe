import { checkFunction, checkOptions, refuse } from '../check.ts';
import { UserError } from '../errors.ts';
import { type CompactionSetup, checkedCompaction, THRESHOLD } from './compaction.ts';
import type { OpenSession } from './core-session.ts';
import { MemorySession } from './memory-session.ts';
import { type Session, SessionSettings, type SessionSettingsOptions, type StoredSessionOptions } from './session.ts';
import { isOfTheCore, type SessionStorage, StoredSession } from './stored-session.ts';

export interface OpenAIResponsesCompactionSessionOptions
  extends CompactionSetup,
    Pick<StoredSessionOptions, 'sessionSettings' | 'onWarning'> {
  /** Where the conversations are kept: any session of this package on a store. Default: a MemorySession. */
  underlyingSession?: StoredSession | undefined;
}

/**
 * Conversations of another session, kept short: when one has reached `compactionThreshold` items (100), what is old is
 * folded into one item after a run, and the newest items stay, with every user message. Nothing is lost: what was folded
 * stays in the store, for `undoCompaction` and `loadItems(id, { includeCompacted: true })`.
 *
 * Everything else is the underlying session's, and `close()` closes it too.
 *
 * @example
 * const underlyingSession = new SQLiteSession({ dbPath: 'conversations.db' });
 * const session = new OpenAIResponsesCompactionSession({ underlyingSession });
 * await Runner.run(agent, 'Hello', { session, conversationId: 'conv-123' });
 */
export class OpenAIResponsesCompactionSession extends StoredSession {
  readonly #underlying: StoredSession;
  readonly #isOwn: boolean;

  constructor(options: OpenAIResponsesCompactionSessionOptions = {}) {
    checkOptions("OpenAIResponsesCompactionSession's options", options);
    const { underlyingSession, sessionSettings, onWarning, ...rest } = options;
    if (underlyingSession !== undefined) checkUnderlying(underlyingSession);
    const setup = checkedSetup(rest);
    const underlying = underlyingSession ?? new MemorySession();
    const settings = settingsOver(underlying, sessionSettings);
    checkBounds(settings, setup);
    super({ sessionSettings: settings, onWarning }, { underlying, compaction: setup });
    this.#underlying = underlying;
    this.#isOwn = underlyingSession === undefined;
  }

  /** What traces call it; a minifier changes the name of the class. */
  get sessionType(): string {
    const { constructor: kind } = this;
    return kind === OpenAIResponsesCompactionSession ? 'OpenAIResponsesCompactionSession' : kind.name;
  }

  override async storage(): Promise<SessionStorage> {
    const storage = await this.#underlying.storage();
    if (!this.#isOwn) return storage;
    return { ...storage, reason: 'There is no underlyingSession, and a MemorySession in its place keeps nothing.' };
  }

  protected override open(): Promise<OpenSession> {
    return this.#underlying.opened();
  }

  protected override release(): Promise<void> {
    return this.#underlying.close();
  }
}

function checkUnderlying(session: unknown): asserts session is StoredSession {
  const { sessionType, constructor: kind } = (session ?? {}) as Partial<Session>;
  if ((sessionType ?? kind?.name) === 'OpenAIConversationsSession') {
    throw new UserError(
      'user_error',
      'underlyingSession is an OpenAIConversationsSession, whose history OpenAI keeps: it cannot be compacted from here.',
    );
  }
  if (!(session instanceof StoredSession)) {
    refuse('underlyingSession', session, 'a session of this package, such as a SQLiteSession');
  }
  if (isOfTheCore(session)) return;
  throw new UserError(
    'user_error',
    'underlyingSession has a loadItems or saveItems of its own, of which a compaction would know nothing.',
  );
}

function checkedSetup(setup: CompactionSetup): CompactionSetup {
  for (const name of ['shouldTriggerCompaction', 'onCompaction'] as const) {
    if (setup[name] !== undefined) checkFunction(name, setup[name]);
  }
  return checkedCompaction(setup);
}

/** Whoever wraps a session wants it compacted, whatever the session's own settings say of it. */
function settingsOver(
  { sessionSettings = new SessionSettings() }: StoredSession,
  given: SessionSettingsOptions | undefined,
): SessionSettings {
  return sessionSettings.resolve({ compactionEnabled: true }).resolve(given);
}

/** A compaction that leaves as much as it is begun for would be tried after every run, and never made. */
function checkBounds({ compactionThreshold = THRESHOLD }: SessionSettings, { compactionArgs }: CompactionSetup): void {
  const targetItems = compactionArgs?.targetItems ?? 0;
  if (targetItems < compactionThreshold) return;
  throw new UserError(
    'invalid_argument',
    `compactionArgs.targetItems, ${targetItems}, must be less than sessionSettings.compactionThreshold, ${compactionThreshold}.`,
  );
}
