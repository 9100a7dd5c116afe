import { byId } from './dom.ts';

/** Asks before a conversation is deleted, which cannot be undone. */
export function confirmDelete(title: string): Promise<boolean> {
  const dialog = byId('confirm', HTMLDialogElement);
  byId('confirm-text', HTMLElement).textContent =
    `“${title || 'Untitled'}” is removed from this browser. This cannot be undone.`;
  dialog.returnValue = '';
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => resolve(dialog.returnValue === 'delete'), { once: true });
  });
}
