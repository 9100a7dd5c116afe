import { byId } from './dom.ts';
import type { Entry } from './entries.ts';
import { type EntryView, viewOf } from './entry-view.ts';
import type { FoldActions } from './fold-view.ts';
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
  readonly #actions: TurnActions & FoldActions;
  /** What is not drawn yet, oldest first. */
  #older: Entry[] = [];
  #turn: TurnView | undefined;

  constructor(actions: TurnActions & FoldActions) {
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

  /** Shows a turn behind the history, until the next one takes its place; what it saved stays. */
  follow(turn: Turn): void {
    this.#turn?.leave();
    this.#turn = new TurnView(turn, this.#actions);
    this.#element.append(this.#turn.element);
    this.#scroller.toBottom();
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
