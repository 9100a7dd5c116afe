import { byId } from './dom.ts';
import { explain } from './explain.ts';

export interface UnlockQuestion {
  /** A new passphrase is given twice. */
  isNew: boolean;
  /** Tries it; gives why it is not taken, or nothing. */
  take(passphrase: string): Promise<string | undefined>;
  /** Takes it back. */
  forget(): void;
}

/** Asks for a passphrase until one is taken. Resolves with whether one was. */
export function askPassphrase({ isNew, take, forget }: UnlockQuestion): Promise<boolean> {
  const dialog = byId('unlock', HTMLDialogElement);
  const form = byId('unlock-form', HTMLFormElement);
  const [first, again] = [byId('passphrase', HTMLInputElement), byId('passphrase-again', HTMLInputElement)];
  const said = byId('unlock-said', HTMLElement);
  const go = byId('unlock-go', HTMLButtonElement);
  byId('unlock-title', HTMLElement).textContent = isNew ? 'Choose a passphrase' : 'Unlock your conversations';
  byId('unlock-text', HTMLElement).textContent = isNew
    ? 'It is not stored. Without it, nobody can read what is encrypted again, and neither can you.'
    : 'They are encrypted with a key made from your passphrase.';
  go.textContent = isNew ? 'Encrypt' : 'Unlock';
  again.hidden = !isNew;
  again.required = isNew;
  byId('again-label', HTMLElement).hidden = !isNew;
  const listening = new AbortController();
  const { signal } = listening;
  let isTaken = false;
  form.addEventListener(
    'submit',
    async (event) => {
      event.preventDefault();
      if (isNew && first.value !== again.value) {
        said.textContent = 'The two are not the same.';
        return;
      }
      go.disabled = true;
      said.textContent = '';
      const refusal = await take(first.value).catch((error) => explain(error).text);
      go.disabled = false;
      if (!dialog.open) {
        // It was given up meanwhile.
        if (refusal === undefined) forget();
        return;
      }
      said.textContent = refusal ?? '';
      isTaken = refusal === undefined;
      if (isTaken) dialog.close();
      else first.select();
    },
    { signal },
  );
  byId('unlock-cancel', HTMLButtonElement).addEventListener('click', () => dialog.close(), { signal });
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener(
      'close',
      () => {
        listening.abort();
        form.reset();
        said.textContent = '';
        resolve(isTaken);
      },
      { once: true },
    );
  });
}
