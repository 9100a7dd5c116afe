import { button, make } from './dom.ts';
import { type EntryView, viewOf } from './entry-view.ts';
import { explain } from './explain.ts';
import type { Turn } from './turn.ts';

export interface TurnActions {
  retry(turn: Turn): void;
  discard(turn: Turn): void;
}

/** A turn on the screen: its entries as they come, and how it ended when it was not saved. */
export class TurnView {
  readonly element = make('div', { class: 'turn' });
  readonly #turn: Turn;
  readonly #actions: TurnActions;
  readonly #views: EntryView[] = [];
  readonly #waiting = make('p', { class: 'entry waiting' }, make('i'), make('i'), make('i'));

  constructor(turn: Turn, actions: TurnActions) {
    this.#turn = turn;
    this.#actions = actions;
    this.update();
  }

  update(): void {
    const { entries, state } = this.#turn;
    for (const entry of entries.slice(this.#views.length)) {
      const view = viewOf(entry);
      this.#views.push(view);
      this.element.append(view.element);
    }
    for (const view of this.#views.slice(1)) view.update();
    const last = entries.at(-1);
    const isSilent = !(last?.kind === 'assistant' && last.text !== '');
    if (state === 'running' && isSilent) this.element.append(this.#waiting);
    else this.#waiting.remove();
    this.element.classList.toggle('running', state === 'running');
    if (state === 'stopped' || state === 'failed') this.#close();
  }

  /** Leaves only what is in the history, when something else follows. */
  leave(): void {
    if (this.#turn.state === 'saved') this.element.replaceWith(...this.element.childNodes);
    else this.element.remove();
  }

  #close(): void {
    if (this.element.classList.contains('unsaved')) return;
    this.element.classList.add('unsaved');
    const actions = make(
      'div',
      { class: 'outcome-buttons' },
      button('Try again', { class: 'plain' }, () => this.#actions.retry(this.#turn)),
      button('Discard', { class: 'text-button' }, () => this.#actions.discard(this.#turn)),
    );
    this.element.append(this.#turn.state === 'stopped' ? stopped(actions) : failed(this.#turn.error, actions));
  }
}

function stopped(actions: HTMLElement): HTMLElement {
  const text = 'Stopped. This message and its answer are not in the history.';
  return make('div', { class: 'outcome' }, make('p', {}, text), actions);
}

function failed(error: unknown, actions: HTMLElement): HTMLElement {
  const { title, text, detail } = explain(error);
  return make(
    'div',
    { class: 'outcome error' },
    make('p', {}, make('strong', {}, `${title}.`), ` ${text}`),
    ...(detail ? [make('p', { class: 'hint' }, detail)] : []),
    make('p', { class: 'hint' }, 'The history is as it was before this message.'),
    actions,
  );
}
