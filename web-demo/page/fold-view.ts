import type { Compaction } from 'agents-wasm';
import { button, icon, make } from './dom.ts';
import type { Entry, Fold } from './entries.ts';
import { viewOf } from './entry-view.ts';
import { formatCount } from './format.ts';
import { notify } from './notify.ts';

export interface FoldActions {
  /** What lies behind a fold. */
  unfolded(): Promise<Entry[]>;
  undo(): void;
}

/** Stands in the thread where older items were folded. Opened, it shows them. */
export function foldView({ compaction }: Fold, actions: FoldActions | undefined): HTMLElement {
  const inside = make('div', { class: 'thread fold-inside' });
  const details = make(
    'details',
    { class: 'fold' },
    make('summary', {}, icon('fold'), make('span', {}, labelOf(compaction))),
    inside,
  );
  details.addEventListener('toggle', async () => {
    if (!details.open || inside.hasChildNodes()) return;
    try {
      const entries = (await actions?.unfolded()) ?? [];
      inside.replaceChildren(...entries.map((entry) => viewOf(entry).element));
    } catch (error) {
      notify(error);
    }
    details.dispatchEvent(new Event('unfolded'));
  });
  const undo = button('Undo', { class: 'text-button', title: 'Put these items back' }, () => actions?.undo());
  return make('div', { class: 'entry fold-row' }, details, undo);
}

function labelOf({ folded, tokensBefore, tokensAfter }: Compaction): string {
  const saved = `${tokensBefore.toLocaleString('en')} → ${tokensAfter.toLocaleString('en')} tokens`;
  return `${formatCount(folded, 'item')} folded, ${saved}`;
}
