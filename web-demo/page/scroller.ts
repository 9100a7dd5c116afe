import { byId } from './dom.ts';

const NEAR = 48;

/** Keeps the newest words in sight, unless the reader has gone up to read. */
export class Scroller {
  readonly element = byId('scroller', HTMLElement);
  readonly #newest = byId('newest', HTMLButtonElement);
  #isFollowing = true;

  constructor() {
    this.element.addEventListener('scroll', () => this.#look(), { passive: true });
    this.#newest.addEventListener('click', () => this.toBottom());
    new ResizeObserver(() => this.keepUp()).observe(this.element);
  }

  toBottom(): void {
    this.#isFollowing = true;
    this.keepUp();
    this.#look();
  }

  /** Stays where the reader is taken to. */
  leaveBottom(): void {
    this.#isFollowing = false;
  }

  /** After something grew. */
  keepUp(): void {
    if (this.#isFollowing) this.element.scrollTop = this.element.scrollHeight;
    else this.#look();
  }

  /** Adds something above without moving what is being read. */
  holdStill(addAbove: () => void): void {
    const below = this.element.scrollHeight - this.element.scrollTop;
    addAbove();
    this.element.scrollTop = this.element.scrollHeight - below;
  }

  #look(): void {
    const { scrollHeight, scrollTop, clientHeight } = this.element;
    this.#isFollowing = scrollHeight - scrollTop - clientHeight < NEAR;
    this.#newest.hidden = this.#isFollowing;
  }
}
