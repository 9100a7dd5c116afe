import { button, make } from './dom.ts';
import { type EntryActions, type EntryView, viewOf } from './entry-view.ts';
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
  readonly #actions: TurnActions & EntryActions;
  readonly #views: EntryView[] = [];
  readonly #waiting = make('p', { class: 'entry waiting' }, make('i'), make('i'), make('i'));

  constructor(turn: Turn, actions: TurnActions & EntryActions) {
    this.#turn = turn;
    this.#actions = actions;
    this.update();
  }

  update(): void {
    const { entries, state } = this.#turn;
    for (const entry of entries.slice(this.#views.length)) {
      const view = viewOf(entry, this.#actions);
      this.#views.push(view);
      this.element.append(view.element);
    }
    for (const view of this.#views) view.update();
    const last = entries.at(-1);
    const isSilent = !(last?.kind === 'assistant' && last.text !== '');
    const isComing = state === 'running' || state === 'elsewhere';
    if (isComing && isSilent) this.element.append(this.#waiting);
    else this.#waiting.remove();
    this.element.classList.toggle('running', isComing);
    if (!isComing && state !== 'saved') this.#close();
  }

  /** Leaves only what is in the history, when something else follows. */
  leave(): void {
    if (this.#turn.state === 'saved') this.element.replaceWith(...this.element.childNodes);
    else this.element.remove();
  }

  #close(): void {
    if (this.element.classList.contains('unsaved')) return;
    this.element.classList.add('unsaved');
    const { state, error } = this.#turn;
    const again = state === 'failed' ? 'Try again' : 'Continue';
    const actions = make(
      'div',
      { class: 'outcome-buttons' },
      button(again, { class: 'plain' }, () => this.#actions.retry(this.#turn)),
      button('Discard', { class: 'text-button' }, () => this.#actions.discard(this.#turn)),
    );
    this.element.append(state === 'failed' ? failed(error, actions) : broken(state, actions));
  }
}

function broken(state: Turn['state'], actions: HTMLElement): HTMLElement {
  const how = state === 'stopped' ? 'Stopped.' : 'This answer was interrupted.';
  const text = `${how} The message is not in the history yet.`;
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
