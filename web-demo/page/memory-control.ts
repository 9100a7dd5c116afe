import type { Compaction, CompactionResult, ContextUsage, Conversation } from 'agents-wasm';
import { type Entry, entriesOf } from './entries.ts';
import { type DemoSession, type Memory, type Place, UnfinishedError } from './memory.ts';
import { MemoryPanel } from './memory-panel.ts';
import { announce } from './notify.ts';

export interface MemoryPage {
  /** The conversation that is open. */
  current(): string;
  /** What the list knows of a conversation; nothing before something was said in it. */
  find(id: string): Conversation | undefined;
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

  sessionOf(id: string): DemoSession {
    return this.#memory.sessionOf(this.#placeOf(id));
  }

  /** To be called before the first message of a conversation. */
  begin(id: string): Promise<void> {
    return this.#memory.begin(id);
  }

  /** What a conversation shows. */
  async entriesOf(id: string, items: Parameters<typeof entriesOf>[0]): Promise<Entry[]> {
    this.#folds = this.#placeOf(id) === 'server' ? [] : await this.#memory.compactions(id);
    return entriesOf(items, this.#folds);
  }

  async unfolded(): Promise<Entry[]> {
    return entriesOf(await this.#memory.folded(this.#page.current()));
  }

  undo(): void {
    this.#change(async () => {
      await this.#memory.undo(this.#page.current());
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
      await this.#memory.move(id, this.#page.find(id), place);
      announce(DONE[place]);
    } catch (error) {
      if (!(error instanceof UnfinishedError)) throw error;
      this.#said = 'First continue or discard the answer that broke off.';
      announce(this.#said);
    }
  }

  async #compact(): Promise<void> {
    this.#said = COMPACTED[await this.#memory.compact(this.#page.current())];
    announce(this.#said);
  }

  async #measure(): Promise<void> {
    const id = this.#page.current();
    this.#usage = this.#placeOf(id) === 'server' ? undefined : await this.#memory.usage(id, this.#model);
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
