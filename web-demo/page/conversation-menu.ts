import { byId } from './dom.ts';
import { Panel } from './panel.ts';

export interface MenuActions {
  onRename(title: string): void;
  onStatistics(): void;
  onMarkdown(): void;
  onJsonl(): void;
  onDelete(): void;
}

export interface MenuState {
  title: string;
  /** Whether there is anything yet. */
  isThere: boolean;
  /** Whether it is in this browser, and can be read. */
  isHere: boolean;
}

/** What can be done with the open conversation. */
export class ConversationMenu {
  readonly #panel = new Panel('menu');
  readonly #opener = byId('open-menu', HTMLButtonElement);
  readonly #title = byId('menu-title-field', HTMLInputElement);
  readonly #actions = byId('menu-actions', HTMLElement);
  #state: MenuState = { title: '', isThere: false, isHere: false };

  constructor({ onRename, onStatistics, onMarkdown, onJsonl, onDelete }: MenuActions) {
    this.#opener.addEventListener('click', () => {
      this.#title.value = this.#state.title;
      this.#panel.open();
    });
    byId('rename', HTMLFormElement).addEventListener('submit', () => {
      const title = this.#title.value.trim();
      if (title !== '' && title !== this.#state.title) onRename(title);
    });
    const actions = { statistics: onStatistics, markdown: onMarkdown, jsonl: onJsonl, 'delete-open': onDelete };
    for (const [id, act] of Object.entries(actions)) {
      byId(id, HTMLButtonElement).addEventListener('click', () => {
        this.#panel.close();
        act();
      });
    }
  }

  show(state: MenuState): void {
    this.#state = state;
    this.#opener.disabled = !state.isThere;
    for (const button of this.#actions.querySelectorAll('button')) {
      button.disabled = !state.isHere && button.id !== 'delete-open';
    }
    this.#title.disabled = !state.isHere;
  }
}
