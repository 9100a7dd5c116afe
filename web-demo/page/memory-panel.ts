import type { Compaction, ContextUsage } from 'agents-wasm';
import { byId } from './dom.ts';
import { formatCount } from './format.ts';
import type { Place } from './memory.ts';
import { Panel } from './panel.ts';

export interface MemoryState {
  place: Place;
  /** Why the server cannot be chosen here. */
  noServer?: string | undefined;
  usage: ContextUsage | undefined;
  folds: readonly Compaction[];
  isBusy: boolean;
  /** What the last change came to. */
  said: string;
}

export interface MemoryActions {
  onOpen(): void;
  onMove(place: Place): void;
  onCompact(): void;
  onUndo(): void;
}

const LABELS: Record<Place, string> = {
  browser: 'In this browser',
  compacted: 'Compacted',
  encrypted: 'Encrypted',
  server: 'On the server',
};

/** Where the open conversation is remembered, how full the model's context is, and what was folded. */
export class MemoryPanel {
  readonly #panel = new Panel('memory');
  readonly #opener = byId('open-memory', HTMLButtonElement);
  readonly #label = byId('memory-label', HTMLElement);
  readonly #choices = byId('memory-places', HTMLFieldSetElement);
  readonly #noServer = byId('no-server', HTMLElement);
  readonly #gauge = byId('gauge', HTMLMeterElement);
  readonly #gaugeText = byId('gauge-text', HTMLElement);
  readonly #folds = byId('folds-text', HTMLElement);
  readonly #compact = byId('compact', HTMLButtonElement);
  readonly #undo = byId('undo-compaction', HTMLButtonElement);

  constructor({ onOpen, onMove, onCompact, onUndo }: MemoryActions) {
    this.#opener.addEventListener('click', () => {
      onOpen();
      this.#panel.open();
    });
    this.#choices.addEventListener('change', (event) => onMove((event.target as HTMLInputElement).value as Place));
    this.#compact.addEventListener('click', onCompact);
    this.#undo.addEventListener('click', onUndo);
  }

  show({ place, noServer, usage, folds, isBusy, said }: MemoryState): void {
    this.#label.textContent = LABELS[place];
    for (const input of this.#choices.querySelectorAll('input')) {
      // While it moves, what was chosen stays chosen.
      if (!isBusy) input.checked = input.value === place;
      const isClosed = place === 'encrypted' || (input.value === 'server' && noServer !== undefined);
      input.disabled = isBusy || (isClosed && input.value !== place);
    }
    this.#noServer.textContent = noServer ?? '';
    this.#noServer.hidden = noServer === undefined;
    this.#panel.element.setAttribute('aria-busy', String(isBusy));
    this.#compact.disabled = isBusy || place === 'server' || place === 'encrypted';
    this.#undo.disabled = isBusy || folds.length === 0;
    this.#folds.textContent = `${foldsText(place, folds)} ${said}`;
    this.#showUsage(place, usage);
  }

  #showUsage(place: Place, usage: ContextUsage | undefined): void {
    const isKnown = place !== 'server' && usage !== undefined;
    this.#gauge.hidden = !isKnown;
    if (!isKnown) {
      this.#gaugeText.textContent =
        place === 'server' ? 'The server puts the history together; only what is new is sent.' : '';
      return;
    }
    const { sent, limit } = usage;
    this.#gauge.max = limit;
    this.#gauge.value = sent.tokens;
    this.#gauge.high = limit * 0.8;
    const percent = ((100 * sent.tokens) / limit).toLocaleString('en', { maximumSignificantDigits: 2 });
    this.#gaugeText.textContent =
      `About ${sent.tokens.toLocaleString('en')} tokens in ${formatCount(sent.items, 'item')} go to the model with the ` +
      `next message: ${percent} % of the ${limit.toLocaleString('en')} that it takes.`;
  }
}

function foldsText(place: Place, folds: readonly Compaction[]): string {
  if (place === 'server') return 'Compaction folds what is in this browser.';
  if (folds.length === 0) return 'Nothing is folded.';
  const items = folds.reduce((sum, fold) => sum + fold.folded, 0);
  const saved = folds.reduce((sum, fold) => sum + fold.tokensBefore - fold.tokensAfter, 0);
  return (
    `${formatCount(items, 'item')} folded in ${formatCount(folds.length, 'step')}, about ` +
    `${saved.toLocaleString('en')} tokens less for the model. Nothing is lost: they stay in the database.`
  );
}
