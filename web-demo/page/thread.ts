import { button, byId, icon, make } from './dom.ts';
import type { Entry } from './entries.ts';
import { type EntryActions, type EntryView, viewOf } from './entry-view.ts';
import { formatCount } from './format.ts';
import { Scroller } from './scroller.ts';
import type { Turn } from './turn.ts';
import { type TurnActions, TurnView } from './turn-view.ts';

/** How much of a long history is drawn at a time. */
const STEP = 60;

/** The messages of the open conversation: the history, its newest part first, and the turn under way. */
export class Thread {
  readonly #element = byId('thread', HTMLElement);
  readonly #earlier = byId('earlier', HTMLButtonElement);
  readonly #scroller = new Scroller();
  readonly #actions: TurnActions & EntryActions;
  /** What is not drawn yet, oldest first. */
  #older: Entry[] = [];
  #turn: TurnView | undefined;

  constructor(actions: TurnActions & EntryActions) {
    this.#actions = actions;
    this.#earlier.addEventListener('click', () => this.#showEarlier());
    const nearTop = new IntersectionObserver(([seen]) => seen?.isIntersecting && this.#showEarlier(), {
      root: this.#scroller.element,
      rootMargin: '400px 0px 0px',
    });
    nearTop.observe(this.#earlier);
  }

  /** Shows another history. */
  show(entries: readonly Entry[]): void {
    this.#older = entries.slice(0, -STEP);
    this.#turn = undefined;
    this.#element.replaceChildren(...entries.slice(-STEP).map((entry) => viewOf(entry, this.#actions).element));
    this.#labelEarlier();
    this.#scroller.toBottom();
  }

  /** Shows that there is something which a passphrase opens. */
  showLocked(onUnlock: () => void): void {
    this.#older = [];
    this.#turn = undefined;
    const open = button('Unlock', { class: 'primary' }, onUnlock);
    this.#element.replaceChildren(
      make('div', { class: 'locked' }, icon('lock'), make('p', {}, 'This conversation is encrypted.'), open),
    );
    this.#labelEarlier();
  }

  /** Shows a turn behind the history, until the next one takes its place; what it saved stays. */
  follow(turn: Turn): void {
    this.#turn?.leave();
    this.#turn = new TurnView(turn, this.#actions);
    this.#element.append(this.#turn.element);
    this.#scroller.toBottom();
  }

  /** Goes to a message, drawing older ones until it is there, and opening what was folded. */
  async reveal(uid: string): Promise<void> {
    const find = () => this.#element.querySelector<HTMLElement>(`[data-uid="${CSS.escape(uid)}"]`);
    while (!find() && this.#older.length > 0) this.#showEarlier();
    if (!find()) await this.#openFold();
    const found = find();
    if (!found) return;
    this.#scroller.leaveBottom();
    found.scrollIntoView({ block: 'center' });
    found.classList.add('found');
    found.addEventListener('animationend', () => found.classList.remove('found'), { once: true });
  }

  async #openFold(): Promise<void> {
    const fold = this.#element.querySelector<HTMLDetailsElement>('.fold:not([open])');
    if (!fold) return;
    const unfolded = new Promise((resolve) => fold.addEventListener('unfolded', resolve, { once: true }));
    fold.open = true;
    await unfolded;
  }

  /** Draws what has changed in the turn. */
  update(): void {
    this.#turn?.update();
    this.#scroller.keepUp();
  }

  /** Takes a turn that was not saved off the screen. */
  drop(): void {
    this.#turn?.element.remove();
    this.#turn = undefined;
  }

  #showEarlier(): void {
    if (this.#older.length === 0) return;
    const views: EntryView[] = this.#older.splice(-STEP).map((entry) => viewOf(entry, this.#actions));
    this.#labelEarlier();
    this.#scroller.holdStill(() => this.#element.prepend(...views.map(({ element }) => element)));
  }

  #labelEarlier(): void {
    this.#earlier.hidden = this.#older.length === 0;
    this.#earlier.textContent = `Show earlier (${formatCount(this.#older.length, 'message')})`;
  }
}
