import { byId } from './dom.ts';

/** The list as a drawer, where the window is too narrow to have it beside the chat. */
export class Drawer {
  readonly #drawer = byId('drawer', HTMLElement);
  readonly #stage = byId('stage', HTMLElement);
  readonly #opener = byId('open-drawer', HTMLButtonElement);
  readonly #closer = byId('close-drawer', HTMLButtonElement);
  readonly #narrow = matchMedia('(max-width: 760px)');
  #isOpen = false;

  constructor() {
    this.#opener.addEventListener('click', () => this.#set(true));
    this.#closer.addEventListener('click', () => this.close());
    byId('backdrop', HTMLButtonElement).addEventListener('click', () => this.close());
    this.#narrow.addEventListener('change', () => this.#set(false));
    this.#set(false);
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  open(): void {
    if (this.#narrow.matches) this.#set(true);
  }

  /** Closes it and gives the focus back. */
  close(): void {
    if (!this.#isOpen) return;
    this.#set(false);
    this.#opener.focus();
  }

  #set(isOpen: boolean): void {
    this.#isOpen = isOpen && this.#narrow.matches;
    document.body.classList.toggle('drawer-open', this.#isOpen);
    this.#opener.setAttribute('aria-expanded', String(this.#isOpen));
    this.#drawer.inert = this.#narrow.matches && !this.#isOpen;
    this.#stage.inert = this.#isOpen;
    if (this.#isOpen) this.#closer.focus();
  }
}
