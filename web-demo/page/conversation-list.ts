import type { Conversation } from 'agents-wasm';
import { byId, icon, make } from './dom.ts';
import { formatAge } from './format.ts';
import { addressOf } from './route.ts';
import { rovingTarget } from './roving.ts';

/** What the list shows of a conversation. */
export type Listed = Pick<Conversation, 'id' | 'title' | 'updatedAt' | 'locked'>;

export interface ListState {
  conversations: readonly Listed[];
  current: string;
  /** Where an answer is coming in. */
  running: ReadonlySet<string>;
  hasMore: boolean;
}

/** The conversations, newest first. One stop for the Tab key; arrows move inside. */
export class ConversationList {
  readonly #list = byId('conversations', HTMLElement);
  readonly #none = byId('no-conversations', HTMLElement);
  readonly #more = byId('more-conversations', HTMLButtonElement);
  readonly #onDelete: (conversation: Listed) => void;

  constructor(actions: { onDelete: (conversation: Listed) => void; onMore: () => void; onPick: () => void }) {
    this.#onDelete = actions.onDelete;
    this.#more.addEventListener('click', actions.onMore);
    this.#list.addEventListener('keydown', (event) => this.#move(event));
    this.#list.addEventListener('click', (event) => (event.target as Element).closest('a') && actions.onPick());
  }

  show(state: ListState): void {
    const focused = document.activeElement?.closest('li')?.dataset['id'];
    const isStop = state.conversations.some(({ id }) => id === state.current) ? state.current : undefined;
    this.#list.replaceChildren(
      ...state.conversations.map((one, index) => this.#row(one, state, isStop ? one.id === isStop : index === 0)),
    );
    this.#none.hidden = state.conversations.length > 0;
    this.#more.hidden = !state.hasMore;
    if (focused)
      this.#links()
        .find((link) => link.closest('li')?.dataset['id'] === focused)
        ?.focus();
  }

  /** Puts the focus on the conversation that is open, or on the first, or where one is begun. */
  focus(): void {
    const link = this.#links().find(({ tabIndex }) => tabIndex === 0);
    (link ?? byId('new', HTMLButtonElement)).focus();
  }

  #row(conversation: Listed, { current, running }: ListState, isStop: boolean): HTMLElement {
    const { id, updatedAt } = conversation;
    const title = conversation.locked ? 'Locked' : conversation.title || 'Untitled';
    const tabindex = isStop ? '0' : '-1';
    const link = make(
      'a',
      { href: addressOf(id), tabindex, title, 'aria-current': id === current && 'page' },
      ...(conversation.locked ? [lockIcon()] : []),
      make('span', { class: 'row-title' }, title),
      running.has(id)
        ? make('span', { class: 'row-live' }, make('span', { class: 'visually-hidden' }, 'is answering'))
        : make('time', { class: 'row-age', datetime: updatedAt.toISOString() }, formatAge(updatedAt)),
    );
    const remove = make(
      'button',
      { type: 'button', class: 'row-delete', tabindex, 'aria-label': `Delete “${title}”` },
      icon('trash'),
    );
    remove.addEventListener('click', () => this.#onDelete(conversation));
    return make('li', { 'data-id': id }, link, remove);
  }

  #links(): HTMLAnchorElement[] {
    return [...this.#list.querySelectorAll('a')];
  }

  #move(event: KeyboardEvent): void {
    const row = (event.target as Element).closest('li');
    if (!row) return;
    if (event.key === 'Delete') row.querySelector('button')?.click();
    const links = this.#links();
    const from = row.querySelector('a');
    const next = from ? rovingTarget(event, links, from) : undefined;
    if (!next) return;
    for (const link of links) setStop(link, link === next);
    next.focus();
  }
}

function setStop(link: HTMLAnchorElement, isStop: boolean): void {
  link.tabIndex = isStop ? 0 : -1;
  const remove = link.nextElementSibling;
  if (remove instanceof HTMLElement) remove.tabIndex = link.tabIndex;
}

function lockIcon(): SVGSVGElement {
  const svg = icon('lock');
  svg.classList.add('row-lock');
  return svg;
}
