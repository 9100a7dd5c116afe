import type { ConversationStats, SQLiteSession } from 'agents-wasm';
import { byId, make } from './dom.ts';
import { formatCount } from './format.ts';
import { Panel } from './panel.ts';
import { statsView } from './stats-view.ts';

/** The dialog that measures the open conversation, or all of them. */
export class StatsControl {
  readonly #panel = new Panel('stats');
  readonly #body = byId('stats-body', HTMLElement);
  readonly #attempt: (work: () => Promise<void>) => Promise<void>;
  #of: { session: Pick<SQLiteSession, 'conversationStats'>; id: string } | undefined;
  #running: AbortController | undefined;

  constructor(attempt: (work: () => Promise<void>) => Promise<void>) {
    this.#attempt = attempt;
    this.#panel.element.addEventListener('change', () => this.#measure());
    this.#panel.element.addEventListener('close', () => {
      this.#running?.abort();
      this.#body.replaceChildren();
    });
  }

  open(session: Pick<SQLiteSession, 'conversationStats'>, id: string): void {
    this.#of = { session, id };
    this.#panel.element.querySelector<HTMLInputElement>('input[value="open"]')?.click();
    this.#panel.open();
    this.#measure();
  }

  #measure(): void {
    this.#running?.abort();
    const running = new AbortController();
    this.#running = running;
    void this.#attempt(async () => {
      try {
        const stats = await this.#read(running.signal);
        if (stats && !running.signal.aborted) this.#body.replaceChildren(...statsView(stats));
      } catch (error) {
        if (!running.signal.aborted) throw error;
      }
    });
  }

  async #read(signal: AbortSignal): Promise<ConversationStats | undefined> {
    if (!this.#of) return undefined;
    const { session, id } = this.#of;
    const isAll = this.#panel.element.querySelector<HTMLInputElement>('input[value="all"]')?.checked;
    if (!isAll) return session.conversationStats(id, { signal });
    const onProgress = ({ conversations }: { conversations: number }) => {
      if (!signal.aborted)
        this.#body.replaceChildren(make('p', { class: 'hint' }, `${formatCount(conversations, 'conversation')} read`));
    };
    return session.conversationStats(undefined, { signal, onProgress });
  }
}
