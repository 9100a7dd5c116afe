import type { SQLiteSession } from 'agents-wasm';
import { formatCount } from './format.ts';
import { announce } from './notify.ts';
import { type Found, SearchPanel } from './search-panel.ts';

export interface SearchPage {
  /** The title of a conversation, for a reader. */
  titleOf(id: string): string | undefined;
  /** Goes to an item that was found. */
  goTo(found: Found): void;
  attempt(work: () => Promise<void>): Promise<void>;
}

/** How long a pause in typing is, in ms. */
const PAUSE = 150;
const LIMIT = 50;
const HOW = { index: 'full-text index', scan: 'read through, without an index' };

/** Searches all conversations while somebody types. */
export class Search {
  readonly #session: SQLiteSession;
  readonly #page: SearchPage;
  readonly #panel: SearchPanel;
  #pause: ReturnType<typeof setTimeout> | undefined;
  #running: AbortController | undefined;

  constructor(session: SQLiteSession, page: SearchPage) {
    this.#session = session;
    this.#page = page;
    this.#panel = new SearchPanel({
      onText: (text) => this.#soon(text),
      onPick: (found) => page.goTo(found),
    });
  }

  focus(): void {
    this.#panel.focus();
  }

  #soon(text: string): void {
    clearTimeout(this.#pause);
    // What was asked before is not wanted any more.
    this.#running?.abort();
    this.#running = undefined;
    if (text === '') this.#panel.show(undefined);
    else this.#pause = setTimeout(() => this.#page.attempt(() => this.#search(text)), PAUSE);
  }

  async #search(text: string): Promise<void> {
    const running = new AbortController();
    this.#running = running;
    const { signal } = running;
    const began = performance.now();
    const onProgress = ({ done, total }: { done: number; total?: number }) => {
      if (!signal.aborted) this.#panel.showProgress(done, total);
    };
    try {
      const { hits, method, next } = await this.#session.search(text, { limit: LIMIT, signal, onProgress });
      if (signal.aborted) return;
      const ms = Math.max(1, Math.round(performance.now() - began));
      const count = next === undefined ? formatCount(hits.length, 'place') : `${LIMIT} newest places`;
      const found = hits.map((hit) => ({ ...hit, title: this.#page.titleOf(hit.conversationId) ?? '' }));
      this.#panel.show(found, hits.length === 0 ? 'Nothing found' : `${count} in ${ms} ms · ${HOW[method]}`);
      announce(hits.length === 0 ? 'Nothing found.' : `${count} found.`);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }
}
