import type { Composer } from './composer.ts';
import { byId } from './dom.ts';
import type { Drawer } from './drawer.ts';

export interface KeyActions {
  drawer: Drawer;
  composer: Composer;
  onNew: () => void;
  onStop: () => void;
  onSearch: () => void;
}

/** The page's own keys and the controls that only move the focus. */
export function bindKeys({ drawer, composer, onNew, onStop, onSearch }: KeyActions): void {
  document.addEventListener('keydown', (event) => {
    if (!asksForSearch(event) || document.querySelector('dialog[open]')) return;
    event.preventDefault();
    onSearch();
  });
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

/** Ctrl K or ⌘ K, or a slash where nothing is written. */
function asksForSearch({ key, ctrlKey, metaKey, altKey, target }: KeyboardEvent): boolean {
  if (altKey) return false;
  if (ctrlKey || metaKey) return key.toLowerCase() === 'k';
  return key === '/' && !(target as Element).closest('input, textarea');
}
