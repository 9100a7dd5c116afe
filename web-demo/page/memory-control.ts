import type { Compaction, CompactionResult, ContextUsage, Conversation, StoredItem } from 'agents-wasm';
import { choicesOf } from './branching.ts';
import { type Entry, entriesOf } from './entries.ts';
import { type BranchingSession, type DemoSession, type Memory, type Place, UnmovableError } from './memory.ts';
import { MemoryPanel } from './memory-panel.ts';
import { announce } from './notify.ts';
import { askPassphrase } from './unlock-dialog.ts';

export interface MemoryPage {
  /** The conversation that is open. */
  current(): string;
  /** What the list knows of a conversation; nothing before something was said in it. */
  find(id: string): Conversation | undefined;
  /** A conversation in the list that a passphrase has to open. */
  firstLocked(): string | undefined;
  /** Whether an answer is coming in. */
  isAnswering(): boolean;
  /** Shows the conversation anew. */
  reload(): Promise<void>;
  /** Does something that may fail. */
  attempt(work: () => Promise<void>): Promise<void>;
}

const DONE: Record<Place, string> = {
  browser: 'Remembered in this browser.',
  compacted: 'Remembered in this browser, compacted.',
  encrypted: 'Remembered in this browser, encrypted.',
  server: 'Remembered on the server.',
};

const COMPACTED: Record<CompactionResult['status'], string> = {
  done: 'Older items are folded.',
  not_due: 'The conversation is too short to be folded.',
  nothing_to_fold: 'All that there is are the newest words and your own, which stay.',
  no_saving: 'What is old is so short that folding it would save nothing.',
  summary_too_short: 'The summary was too short to be taken.',
  overtaken: 'The conversation was changed meanwhile; nothing was folded.',
  busy: 'Another tab is folding it.',
};

/** What the memory panel does and shows for the open conversation. */
export class MemoryControl {
  readonly #memory: Memory;
  readonly #page: MemoryPage;
  readonly #panel: MemoryPanel;
  readonly #model: string;
  readonly #noServer: string | undefined;
  #usage: ContextUsage | undefined;
  #folds: readonly Compaction[] = [];
  #isBusy = false;
  #said = '';

  constructor(memory: Memory, page: MemoryPage, { model, noServer }: { model: string; noServer: string | undefined }) {
    this.#memory = memory;
    this.#page = page;
    this.#model = model;
    this.#noServer = noServer;
    this.#panel = new MemoryPanel({
      onOpen: () => {
        this.#said = '';
        void page.attempt(() => this.#measure());
      },
      onMove: (place) => this.#change(() => this.#move(place)),
      onCompact: () => this.#change(() => this.#compact()),
      onUndo: () => this.undo(),
    });
  }

  /** Whether a conversation is encrypted, and its key not here. */
  isLocked(id: string): boolean {
    return this.#placeOf(id) === 'encrypted' && !this.#memory.isUnlocked;
  }

  isEncrypted(id: string): boolean {
    return this.#placeOf(id) === 'encrypted';
  }

  /** Forgets the key, and shows the page without what it opened. */
  async lock(): Promise<void> {
    this.#memory.lock();
    await this.#page.reload();
    announce('Locked.');
  }

  /** Asks for the passphrase. Whether it was given. */
  async unlock(): Promise<boolean> {
    const locked = this.#page.firstLocked();
    const isUnlocked = await askPassphrase({
      isNew: locked === undefined,
      take: async (passphrase) => {
        const fits = await this.#memory.unlock(passphrase, locked);
        return fits ? undefined : 'This passphrase does not open them.';
      },
      forget: () => this.#memory.lock(),
    });
    if (isUnlocked) await this.#page.reload();
    return isUnlocked;
  }

  sessionOf(id: string): DemoSession {
    return this.#memory.sessionOf(this.#placeOf(id));
  }

  /** To be called before the first message of a conversation. */
  begin(id: string): Promise<void> {
    return this.#memory.begin(id, this.#page.find(id));
  }

  /** The conversation's session where it can have branches, which the server's cannot. */
  branchingOf(id: string): BranchingSession | undefined {
    const session = this.sessionOf(id);
    return 'fork' in session ? session : undefined;
  }

  /** What a conversation shows. */
  async entriesOf(id: string, items: readonly StoredItem[]): Promise<Entry[]> {
    const session = this.branchingOf(id);
    this.#folds = session ? await session.compactions(id) : [];
    // Without uids there is nothing to branch off from.
    if (!session) return entriesOf(items.map((item) => ({ ...item })));
    return entriesOf(items, this.#folds, await choicesOf(session, id, items));
  }

  /** The items that were folded. */
  async unfolded(): Promise<Entry[]> {
    const id = this.#page.current();
    const session = this.branchingOf(id);
    if (!session) return [];
    const left = new Set((await session.loadItems(id)).map(({ uid }) => uid));
    const all = await session.loadItems(id, { includeCompacted: true });
    return entriesOf(all.filter(({ uid }) => !left.has(uid)));
  }

  undo(): void {
    this.#change(async () => {
      const id = this.#page.current();
      await this.branchingOf(id)?.undoCompaction(id);
      announce('The items are back.');
    });
  }

  draw(): void {
    this.#panel.show({
      place: this.#placeOf(this.#page.current()),
      noServer: this.#noServer,
      usage: this.#usage,
      folds: this.#folds,
      isBusy: this.#isBusy || this.#page.isAnswering(),
      said: this.#said,
    });
  }

  #placeOf(id: string): Place {
    return this.#memory.placeOf(id, this.#page.find(id));
  }

  async #move(place: Place): Promise<void> {
    const id = this.#page.current();
    try {
      if (place === 'encrypted' && !this.#memory.isUnlocked && !(await this.unlock())) return;
      await this.#memory.move(id, this.#page.find(id), place);
      announce(DONE[place]);
    } catch (error) {
      if (!(error instanceof UnmovableError)) throw error;
      this.#said = error.message;
      announce(this.#said);
    }
  }

  async #compact(): Promise<void> {
    this.#said = COMPACTED[await this.#memory.compact(this.#page.current())];
    announce(this.#said);
  }

  async #measure(): Promise<void> {
    const id = this.#page.current();
    this.#usage = this.isLocked(id) ? undefined : await this.branchingOf(id)?.contextUsage(id, { model: this.#model });
    this.draw();
  }

  /** One change at a time. */
  #change(work: () => Promise<void>): void {
    if (this.#isBusy || this.#page.isAnswering()) return;
    this.#isBusy = true;
    this.#said = '';
    this.draw();
    void this.#page.attempt(async () => {
      try {
        await work();
      } finally {
        this.#isBusy = false;
        await this.#page.reload();
        await this.#measure();
      }
    });
  }
}
