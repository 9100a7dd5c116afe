import { byId } from './dom.ts';

/** Where the user writes. */
export class Composer {
  readonly #form = byId('composer', HTMLFormElement);
  readonly #message = byId('message', HTMLTextAreaElement);
  readonly #send = byId('send', HTMLButtonElement);
  readonly #stop = byId('stop', HTMLButtonElement);
  readonly #onSend: (text: string) => void;
  #isRunning = false;

  constructor(actions: { onSend: (text: string) => void; onStop: () => void }) {
    this.#onSend = actions.onSend;
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.#message.addEventListener('keydown', (event) => {
      // While an input method is composing, Enter takes its suggestion.
      if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.#submit();
    });
    this.#message.addEventListener('input', () => this.#enable());
    this.#stop.addEventListener('click', () => {
      actions.onStop();
      this.focus();
    });
    this.#enable();
  }

  /** Shows Stop in the place of Send. */
  set isRunning(isRunning: boolean) {
    this.#isRunning = isRunning;
    this.#enable();
  }

  /** Nothing can be said to what cannot be read. */
  set isLocked(isLocked: boolean) {
    this.#message.disabled = isLocked;
    this.#message.placeholder = isLocked ? 'Locked' : 'Write a message';
  }

  /** Focuses the field, but opens no keyboard on a screen that has to make room for it. */
  focus(): void {
    if (matchMedia('(pointer: fine)').matches) this.#message.focus();
  }

  /** Focuses the field because the user asked for it. */
  enter(): void {
    this.#message.focus();
  }

  #submit(): void {
    const text = this.#message.value.trim();
    if (text === '' || this.#isRunning) return;
    this.#message.value = '';
    this.#enable();
    this.#onSend(text.toWellFormed());
  }

  #enable(): void {
    this.#send.hidden = this.#isRunning;
    this.#stop.hidden = !this.#isRunning;
    this.#send.disabled = this.#message.value.trim() === '';
  }
}
