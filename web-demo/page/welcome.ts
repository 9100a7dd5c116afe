import { PROMPTS } from './agent.ts';
import { button, byId, make } from './dom.ts';

/** What an empty conversation shows: what this is, and messages to begin with. */
export class Welcome {
  readonly #element = byId('welcome', HTMLElement);

  constructor(onPrompt: (text: string) => void) {
    const prompts = PROMPTS.map((prompt) =>
      make(
        'li',
        {},
        button(prompt, { class: 'chip' }, () => onPrompt(prompt)),
      ),
    );
    byId('prompts', HTMLElement).replaceChildren(...prompts);
  }

  set isShown(isShown: boolean) {
    this.#element.hidden = !isShown;
  }
}
