import { byId } from './dom.ts';
import type { Explanation } from './explain.ts';

/** The page before the chat is there, or in place of one that cannot be. */
export class Cover {
  readonly #cover = byId('cover', HTMLElement);
  readonly #title = byId('cover-title', HTMLElement);
  readonly #text = byId('cover-text', HTMLElement);
  readonly #detail = byId('cover-detail', HTMLElement);
  readonly #retry = byId('cover-retry', HTMLButtonElement);

  showOpening(): void {
    this.#show({ title: 'Opening your conversations', text: 'One moment.' });
    this.#retry.hidden = true;
  }

  /** Resolves when the user wants to try again. */
  showFailure(failure: Explanation): Promise<void> {
    this.#show(failure);
    this.#retry.hidden = false;
    this.#retry.focus();
    return new Promise((resolve) => this.#retry.addEventListener('click', () => resolve(), { once: true }));
  }

  lift(): void {
    this.#cover.hidden = true;
    byId('app', HTMLElement).hidden = false;
  }

  #show({ title, text, detail }: Explanation): void {
    this.#title.textContent = title;
    this.#text.textContent = text;
    this.#detail.textContent = detail ?? '';
    this.#detail.hidden = detail === undefined;
    document.title = `${title} · agents-wasm`;
  }
}
