import type { Composer } from './composer.ts';
import { byId } from './dom.ts';
import type { Drawer } from './drawer.ts';

export interface KeyActions {
  drawer: Drawer;
  composer: Composer;
  onNew: () => void;
  onStop: () => void;
}

/** The page's own keys and the controls that only move the focus. */
export function bindKeys({ drawer, composer, onNew, onStop }: KeyActions): void {
  document.addEventListener('keydown', ({ key, isComposing }) => {
    if (key !== 'Escape' || isComposing || document.querySelector('dialog[open]')) return;
    if (drawer.isOpen) drawer.close();
    else onStop();
  });
  byId('new', HTMLButtonElement).addEventListener('click', onNew);
  // As a plain link it would change the address, which names the conversation.
  byId('skip', HTMLAnchorElement).addEventListener('click', (event) => {
    event.preventDefault();
    composer.enter();
  });
}
