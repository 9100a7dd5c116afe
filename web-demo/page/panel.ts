import { byId } from './dom.ts';

/** A dialog of the page, which a click beside it closes, as Escape does. */
export class Panel {
  readonly element: HTMLDialogElement;

  constructor(id: string) {
    this.element = byId(id, HTMLDialogElement);
    this.element.addEventListener('click', (event) => event.target === this.element && this.close());
  }

  get isOpen(): boolean {
    return this.element.open;
  }

  open(): void {
    if (!this.isOpen) this.element.showModal();
  }

  close(): void {
    this.element.close();
  }
}
