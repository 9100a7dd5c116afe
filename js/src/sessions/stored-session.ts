import {
  checkBoolean,
  checkConversationId,
  checkCount,
  checkFunction,
  checkOptions,
  checkText,
  refuse,
} from '../check.ts';
import { markDisposable } from '../dispose.ts';
import { UserError } from '../errors.ts';
import { elementText, encodeItems, type Item, parseJson, type StoredItem, storedItems } from '../items.ts';
import { randomId } from '../random-id.ts';
import type { SdkConversation } from '../sdk/contract.ts';
import { StoredConversation } from '../sdk/stored-conversation.ts';
import type { Branch, ForkPoint } from './branches.ts';
import { type ByteStream, byteStream } from './byte-stream.ts';
import type {
  Compaction,
  CompactionOutcome,
  CompactionResult,
  CompactionSetup,
  RunCompactionOptions,
} from './compaction.ts';
import { compactionsFrom } from './compaction-list.ts';
import type { Compactions, CompletedRun } from './compactions.ts';
import type { ContextUsage, ContextUsageOptions } from './context-usage.ts';
import {
  type ConversationPage,
  idsChangedBefore,
  type ListOptions,
  listConversations,
  metadataText,
} from './conversations.ts';
import { CoreSession, type OpenSession } from './core-session.ts';
import { type DoctorReport, reportFrom } from './doctor.ts';
import type { EraseOptions, EraseReport, EraseSelection } from './erase.ts';
import type { ExportOptions } from './export-conversations.ts';
import type { ImportOptions, ImportReport } from './import-conversations.ts';
import type { ByteSource } from './lines.ts';
import { type OpenRun, openRunsFrom } from './open-runs.ts';
import { checkRange, type ItemPage, type ItemRange, loadPage, type PageOptions } from './pages.ts';
import type { RetentionOptions, RetentionReport } from './retention.ts';
import type { SearchOptions, SearchResult } from './search.ts';
import {
  type ArchiveOptions,
  type LoadOptions,
  type SaveOptions,
  type Session,
  SessionABC,
  type SessionWarning,
  type StoredSessionOptions,
} from './session.ts';
import type { ConversationStats, StatsOptions } from './stats.ts';
import type { StorageReport } from './storage-report.ts';
import { applyChange, type Edit } from './store-calls.ts';
import type { TokenCalibration } from './token-calibration.ts';
import { type ConversationListener, warnInConsole } from './watch.ts';

/** Where a session keeps its conversations, for a user to see. */
export interface SessionStorage {
  persistence: 'opfs' | 'indexeddb' | 'file' | 'memory' | 'durable-object' | 'd1' | 'libsql';
  /** Whether what was acknowledged survives a crash of the page, the process and the machine. */
  durable: boolean;
  /** One sentence that says why it is so. */
  reason: string;
  /** What it occupies, where that can be told. */
  bytes?: number;
  /** Set where nothing can be changed: a newer version of agents-wasm made it, as the reason says. */
  readOnly?: true;
  /**
   * When the database had been opened last that this session found gone, so that it began with an empty one: the browser
   * evicted it, or the user or the page deleted it. In pages only: nothing else remembers. Told until a `storageReport`
   * was made of it.
   */
  evicted?: { since: Date };
}

/** What only a session over another one says of itself. */
export interface Layer {
  /** Whose conversations these are. */
  underlying: StoredSession;
  /** Default: as the underlying session's. */
  compaction?: CompactionSetup;
  /** Whether it opens a store of its own over the other's. */
  hasOwnStore?: boolean;
}

/**
 * What all sessions on a store of ours have in common. A conversation comes into being with its first item. Every method
 * fails with a `SessionError`, and with a `UserError` for arguments that it does not take.
 */
export abstract class StoredSession extends SessionABC implements AsyncDisposable {
  readonly #core: CoreSession;
  readonly #compaction: CompactionSetup;
  readonly #onWarning: (warning: SessionWarning) => void;
  #compactions: Promise<Compactions> | undefined;
  /** From how many ms on a load or save is slow; for `openInCore`. */
  protected readonly slowMs: number;

  constructor(options: StoredSessionOptions = {}, layer?: Layer) {
    super(options);
    const { slowMs = 1000, onWarning = warnInConsole } = options;
    checkCount('slowMs', slowMs, 0);
    checkFunction('onWarning', onWarning);
    markDisposable(this, () => this.close());
    this.slowMs = slowMs;
    this.#onWarning = onWarning;
    const under = layer?.underlying;
    this.#compaction = layer?.compaction ?? (under ? under.#compaction : {});
    const over = under ? under.#core : undefined;
    const own = () => new CoreSession({ open: () => this.open(), release: () => this.release(), onWarning, over });
    this.#core = over && !layer?.hasOwnStore ? over : own();
  }

  /** Opens the store and the core's session on it. */
  protected abstract open(): Promise<OpenSession>;
  /** Closes what `open` opened beside the core's session. */
  protected abstract release(): Promise<void>;

  /** Where the conversations are. */
  abstract storage(): Promise<SessionStorage>;

  /** Adds items behind the existing ones, all or none; `options` as a run gives them to a session. */
  override async saveItems(
    conversationId: string,
    items: readonly (Item | string)[],
    options: Partial<SaveOptions> = {},
  ): Promise<void> {
    checkConversationId(conversationId);
    checkOptions('options', options);
    const { operationId, origins } = options;
    if (operationId !== undefined) checkText('options.operationId', operationId);
    if (origins !== undefined && !Array.isArray(origins)) refuse('options.origins', origins, 'an array');
    const head = { conversationId, operationId, origins: origins?.map(wireOrigin) };
    await this.#core.call('save', head, encodeItems(items, 'items'));
  }

  /** What the next run finds; with one of `ArchiveOptions` what was there, or would be, and no other option beside it. */
  override async loadItems(
    conversationId: string,
    options: LoadOptions & ItemRange & ArchiveOptions = {},
  ): Promise<StoredItem[]> {
    checkConversationId(conversationId);
    checkOptions('options', options);
    checkRange(options);
    checkView(options);
    const { maxItems, before, since, includeCompacted, asSeenBy } = options;
    const compacted = includeCompacted || undefined;
    if (maxItems !== undefined) checkCount('maxItems', maxItems, 0);
    const { body } = await this.#core.call('load', { conversationId, maxItems, before, since, compacted, asSeenBy });
    return storedItems(parseJson(body));
  }

  /**
   * A conversation piece by piece, the newest first, each in the order in which it was said. Nothing is lost between
   * pages.
   *
   * @example
   * const last = await session.loadPage('conv-123', { limit: 20 });
   * const before = last.older && (await session.loadPage('conv-123', { limit: 20, before: last.older }));
   */
  loadPage(conversationId: string, options: PageOptions = {}): Promise<ItemPage> {
    return loadPage(this, conversationId, options);
  }

  /**
   * Removes the newest item and gives it, or `undefined` when there is none. What a provider would refuse without it goes
   * too: the call of an output, and reasoning that led to nothing else. Where branches share some of it, the active one ends
   * before the first of all these.
   */
  async popItem(conversationId: string): Promise<Item | undefined> {
    checkConversationId(conversationId);
    const { body } = await this.#core.edit('pop', { conversationId });
    return body.length === 0 ? undefined : parseJson<Item>(body);
  }

  /**
   * Removes items by their `uid`s, and with them what a provider would refuse without them: a call goes with its outputs,
   * reasoning with what it led to. Gives all that it removed; uids that name nothing are no error.
   */
  async deleteItems(conversationId: string, uids: readonly string[]): Promise<StoredItem[]> {
    checkConversationId(conversationId);
    if (!Array.isArray(uids)) refuse('uids', uids, "an array of items' uids");
    for (let index = 0; index < uids.length; index++) checkText(`uids[${index}]`, uids[index]);
    const { body } = await this.#core.edit('removeItems', { conversationId, uids });
    return storedItems(parseJson(body));
  }

  /**
   * Puts an item in the place of another one, which keeps its `uid`, agent and time. Its type and `call_id` must stay, or
   * it fails with `invalid_item`; with `not_found` when there is no item of that uid.
   */
  async replaceItem(conversationId: string, uid: string, item: Item | string): Promise<void> {
    checkConversationId(conversationId);
    checkText('uid', uid);
    const text = new TextEncoder().encode(`[${elementText(item, 'item')}]`);
    await this.#core.edit('replaceItem', { conversationId, uid }, text);
  }

  /**
   * Looks through a conversation for what a provider would refuse: calls without outputs, outputs without calls,
   * duplicates, reasoning that leads nowhere, and rows that are no items. With `repair` it moves what is broken to a shelf,
   * answers calls at the very end with "aborted", and finds nothing the next time. Nothing is thrown away. A call at the end
   * may be one that still waits for an approval: repair is for conversations at rest, and fails with a
   * ConversationBusyError while a run has this one.
   */
  async doctor(conversationId: string, options: { repair?: boolean } = {}): Promise<DoctorReport> {
    checkConversationId(conversationId);
    checkOptions('options', options);
    const { repair = false } = options;
    if (typeof repair !== 'boolean') refuse('repair', repair, 'a boolean');
    return reportFrom(conversationId, await this.#core.edit('doctor', { conversationId, repair }));
  }

  /** Removes all items of a conversation, which stays in the list. */
  async clear(conversationId: string): Promise<void> {
    checkConversationId(conversationId);
    await this.#change(conversationId, { type: 'clear' });
  }

  /** Removes a conversation and all that belongs to it. One that does not exist is no error. */
  async delete(conversationId: string): Promise<void> {
    checkConversationId(conversationId);
    await this.#change(conversationId, { type: 'delete' });
  }

  /** Names a conversation, which comes into being with it if it does not exist. */
  async setTitle(conversationId: string, title: string): Promise<void> {
    checkConversationId(conversationId);
    checkText('title', title);
    await this.#change(conversationId, { type: 'describe', title });
  }

  /** Sets what you want to know of a conversation, a JSON object, in the place of what was there. */
  async setMetadata(conversationId: string, metadata: Record<string, unknown>): Promise<void> {
    checkConversationId(conversationId);
    await this.#change(conversationId, { type: 'describe', metadata: metadataText(metadata) });
  }

  /** Conversations with titles and metadata, the one changed last first, `limit` (20) at a time. */
  async listConversations(options: ListOptions = {}): Promise<ConversationPage> {
    return listConversations((query) => this.#core.call('list', query), options);
  }

  /**
   * The ids of all conversations that were changed last before `date`.
   *
   * @example
   * const cutoff = new Date(Date.now() - 30 * 24 * 60 * 60 * 1000);
   * for (const id of await session.findSessionsBefore(cutoff)) await session.delete(id);
   */
  async findSessionsBefore(date: Date): Promise<string[]> {
    return idsChangedBefore((query) => this.#core.call('list', query), date);
  }

  /**
   * A conversation as a session of `@openai/agents`, which holds one: for its `run()`, with the same history that our
   * runs and Python see.
   *
   * @example
   * await run(agent, 'Hello', { session: session.conversation('user-123') }); // run and Agent of @openai/agents
   */
  conversation(conversationId: string): SdkConversation {
    checkConversationId(conversationId);
    return new StoredConversation(this, conversationId);
  }

  /**
   * Folds what is old in a conversation, if that is due: as the session and `options` say, of a conversation of at least
   * `sessionSettings.compactionThreshold` (100) items. Nothing is lost, and what is saved meanwhile is not in its way.
   * Fails as the request to the model fails, and with a RunAbortedError when it is stopped; the history is then as it was.
   *
   * @example
   * const { status, folded } = await session.runCompaction('conv-123', { force: true });
   */
  async runCompaction(conversationId: string, options: RunCompactionOptions = {}): Promise<CompactionResult> {
    checkConversationId(conversationId);
    return (await this.#compactor()).run(conversationId, options);
  }

  /** Takes the newest compaction back, and gives what it took back: all of it in its place, with what came since. */
  async undoCompaction(conversationId: string): Promise<Compaction | undefined> {
    checkConversationId(conversationId);
    const { head } = await this.#core.edit('undoCompaction', { conversationId });
    return compactionsFrom(head)[0];
  }

  /** The compactions of a conversation that can be undone, the oldest first. */
  async compactions(conversationId: string): Promise<Compaction[]> {
    checkConversationId(conversationId);
    return compactionsFrom((await this.#core.call('compactions', { conversationId })).head);
  }

  /** Keeps an item from being folded, by its `uid`, or no longer so. Fails with `not_found` if there is none to pin. */
  async pinItem(conversationId: string, uid: string, pinned = true): Promise<void> {
    checkConversationId(conversationId);
    checkText('uid', uid);
    checkBoolean('pinned', pinned);
    await this.#core.edit('pin', { conversationId, uid, pinned });
  }

  /**
   * Begins a branch on the active one, behind or before an item of it or at its end, and makes it the active one: the
   * history ends there. What is before it is shared, and stored once. Where it would part a call from its output, or
   * reasoning from what it led to, it begins before them; compactions that it begins within are taken back. Fails with
   * `not_found` if the active branch has no such item, and as `switchBranch`.
   *
   * @example
   * const { id } = await session.fork('conv-123', { before: item.uid }); // to say it in other words
   */
  async fork(conversationId: string, point: ForkPoint = {}, name?: string): Promise<Branch> {
    checkConversationId(conversationId);
    const { branchFrom, forkHead } = await import('./branches.ts');
    return branchFrom((await this.#core.edit('fork', { ...forkHead(point, name), conversationId })).head);
  }

  /** The branches of a conversation, the oldest first; of one that was never forked the one that it is. */
  async listBranches(conversationId: string): Promise<Branch[]> {
    checkConversationId(conversationId);
    const { branchesFrom } = await import('./branches.ts');
    return branchesFrom((await this.#core.call('branches', { conversationId })).head);
  }

  /**
   * Makes a branch the active one, which is what runs, `loadItems` and Python see. Runs that crashed or failed are settled
   * before, as by a newer run. Fails with a ConversationBusyError while a run has the conversation or awaits an approval.
   */
  async switchBranch(conversationId: string, branchId: string): Promise<void> {
    checkConversationId(conversationId);
    checkText('branchId', branchId);
    await this.#core.edit('switchBranch', { conversationId, branchId });
  }

  /** Removes a branch, other than the active one, with all that no other one shares. */
  async deleteBranch(conversationId: string, branchId: string): Promise<void> {
    checkConversationId(conversationId);
    checkText('branchId', branchId);
    await this.#core.edit('deleteBranch', { conversationId, branchId });
  }

  async renameBranch(conversationId: string, branchId: string, name: string): Promise<void> {
    checkConversationId(conversationId);
    checkText('branchId', branchId);
    checkText('name', name);
    await this.#core.edit('renameBranch', { conversationId, branchId, name });
  }

  /**
   * How full a conversation makes a model's context, to be shown beside it.
   *
   * @example
   * const { sent, limit } = await session.contextUsage('conv-123', { model: 'gpt-5.6-luna' });
   * meter.value = sent.tokens / limit;
   */
  async contextUsage(conversationId: string, options: ContextUsageOptions = {}): Promise<ContextUsage> {
    checkConversationId(conversationId);
    const { measureContext } = await import('./context-usage.ts');
    return measureContext(this, (head) => this.#core.call('contextUsage', { ...head, conversationId }), options);
  }

  /**
   * Conversations as lines of JSON (JSONL), the texts of their items as they are: with who said them and when, what was
   * folded and what lies on other branches, in memory one conversation at a time. Open runs are left out.
   *
   * @example
   * for await (const bytes of session.exportConversations()) file.write(bytes);
   */
  exportConversations(options: ExportOptions = {}): ByteStream {
    checkOptions('options', options);
    return byteStream(async () => (await import('./export-conversations.ts')).exportLines(this, options));
  }

  /**
   * Adds what `exportConversations` gave, one conversation after the other, each in one step. Items keep their uids, so
   * that what is there already is left out: importing twice doubles nothing. Fails with a SessionError (`corrupt`,
   * `invalid_item`, `too_large`) that names the line which cannot be used.
   *
   * @example
   * const { conversations, items, skipped } = await session.importConversations(fileInput.files[0]);
   */
  async importConversations(source: ByteSource, options: ImportOptions = {}): Promise<ImportReport> {
    checkOptions('options', options);
    return (await import('./import-conversations.ts')).importLines(this, source, options);
  }

  /**
   * What is in a conversation, or in all of them: items, tools, runs, the tokens that they used, times.
   *
   * @example
   * const { usage, items } = await session.conversationStats('conv-123');
   */
  async conversationStats(conversationId?: string, options: StatsOptions = {}): Promise<ConversationStats> {
    const { statsOf } = await import('./stats.ts');
    return statsOf(this, conversationId, options);
  }

  /** How the estimates of `estimateTokens` compare with what the API counted in a conversation. */
  async tokenCalibration(conversationId: string): Promise<TokenCalibration> {
    const { calibrationOf } = await import('./token-calibration.ts');
    return calibrationOf(this, conversationId);
  }

  /**
   * Deletes what the rules do not keep. A conversation that changes meanwhile stays. Fails with a UserError where that
   * would be everything, unless `force` is given.
   *
   * @example
   * await session.applyRetention({ maxAge: 30 * 24 * 60 * 60 * 1000, maxBytes: 200_000_000 });
   */
  async applyRetention(options: RetentionOptions): Promise<RetentionReport> {
    const { retain } = await import('./retention.ts');
    return retain(this, options);
  }

  /** Deletes all conversations of somebody, and makes sure that they are gone. */
  async erase(selection: EraseSelection, options: EraseOptions = {}): Promise<EraseReport> {
    const { eraseAll } = await import('./erase.ts');
    return eraseAll(this, selection, options);
  }

  /** Where the conversations are, how much there is, and how safe it is. It reads the sizes of all of them. */
  async storageReport(): Promise<StorageReport> {
    const { reportOn } = await import('./storage-report.ts');
    return reportOn(this);
  }

  /**
   * Looks for items that have all words of a text in all conversations, or in one: in what was said, in what tools were
   * asked and answered. The last word may be the beginning of one; words in double quotes follow each other. The first
   * search makes the index, where the store has one: 100,000 items take some seconds.
   *
   * @example
   * const { hits } = await session.search('"opening hours" muse', { limit: 10 });
   */
  async search(text: string, options: SearchOptions = {}): Promise<SearchResult> {
    const { search } = await import('./search.ts');
    return search((head) => this.#core.call('search', head), text, options);
  }

  /** The runs that have begun and are not part of the history, the oldest first. */
  async openRuns(conversationId: string): Promise<OpenRun[]> {
    checkConversationId(conversationId);
    return openRunsFrom(conversationId, await this.#core.call('openRuns', { conversationId }));
  }

  /**
   * Forgets an open run. Fails with a ConversationBusyError while it is running, and with the code `run_superseded` if
   * it is not open.
   */
  async discardRun(conversationId: string, runId: string): Promise<void> {
    checkConversationId(conversationId);
    checkText('runId', runId);
    await this.#core.call('discardRun', { conversationId, runId });
  }

  /** Makes an open run part of the history; calls without a result are answered "aborted". Fails as `discardRun`. */
  async commitRun(conversationId: string, runId: string): Promise<void> {
    checkConversationId(conversationId);
    checkText('runId', runId);
    await this.#core.call('commitRun', { conversationId, runId });
  }

  /**
   * Calls `listener` for everything that happens to a conversation from now on, also by other tabs that have the same
   * database open. Resolves with what ends it.
   *
   * @example
   * const unsubscribe = await session.subscribe('conv-123', (event) => {
   *   if (event.type === 'items') reload();
   * });
   */
  async subscribe(conversationId: string, listener: ConversationListener): Promise<() => void> {
    checkConversationId(conversationId);
    checkFunction('listener', listener);
    return this.#core.subscribe(conversationId, listener);
  }

  /** As `subscribe`, for all conversations: for a list of them. */
  async subscribeAll(listener: ConversationListener): Promise<() => void> {
    checkFunction('listener', listener);
    return this.#core.subscribe('', listener);
  }

  /** Equal for sessions on one store that others can open too; known once it is open. */
  get storeKey(): string | undefined {
    return this.#core.storeKey;
  }

  /** Stops compactions and closes the session; later calls fail with the code `closed`. May be called twice. */
  async close(): Promise<void> {
    // What could not be loaded has nothing to close.
    await (await this.#compactions?.catch(() => undefined))?.close();
    await this.#core.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** The core's session, for runs. */
  opened(): Promise<OpenSession> {
    return this.#core.opened();
  }

  /** The compaction behind a run, for runs. Never fails. */
  async compactBehind(run: CompletedRun): Promise<CompactionOutcome> {
    try {
      return await (await this.#compactor()).behind(run);
    } catch (error) {
      return { status: 'failed', conversationId: run.conversationId, error };
    }
  }

  /** Loaded at the first use: most sessions never need it. */
  #compactor(): Promise<Compactions> {
    this.#compactions ??= import('./compactions.ts').then(
      ({ Compactions }) => {
        const [setup, onWarning] = [this.#compaction, this.#onWarning];
        return new Compactions(this, { ...setup, threshold: this.sessionSettings?.compactionThreshold, onWarning });
      },
      (error) => {
        // The next call tries again.
        this.#compactions = undefined;
        throw error;
      },
    );
    return this.#compactions;
  }

  async #change(conversationId: string, edit: Edit): Promise<void> {
    await applyChange(this, conversationId, { opId: randomId(), edits: [edit] });
  }
}

/** A subclass that loads or saves in its own way is asked as any session of the caller's is. */
export function isOfTheCore(session: Session): session is StoredSession {
  const { loadItems, saveItems } = StoredSession.prototype;
  return session instanceof StoredSession && session.loadItems === loadItems && session.saveItems === saveItems;
}

function checkView({ includeCompacted, asSeenBy, ...others }: LoadOptions & ItemRange & ArchiveOptions): void {
  if (includeCompacted !== undefined) checkBoolean('includeCompacted', includeCompacted);
  if (asSeenBy !== undefined) checkText('asSeenBy', asSeenBy);
  const views = [includeCompacted || undefined, asSeenBy, ...Object.values(others)];
  if ((!includeCompacted && asSeenBy === undefined) || views.filter((one) => one !== undefined).length === 1) return;
  throw new UserError('user_error', 'includeCompacted and asSeenBy show a whole history, and stand alone.');
}

function wireOrigin({ agent, runId, turn }: SaveOptions['origins'][number]): object {
  return { agent: agent?.name, run: runId, turn };
}
