import { byId, make } from './dom.ts';
import { Panel } from './panel.ts';

export interface DataActions {
  onOpen(): void;
  onKeep(): void;
  onExport(kind: 'jsonl' | 'db'): void;
  onImport(file: File): void;
  onCancel(): void;
  /** How many days conversations may be old; with `isSure` the older ones go. */
  onCleanUp(days: number, isSure: boolean): void;
}

/** Where everything is, how it gets in and out, and what can go. */
export class DataPanel {
  readonly #panel = new Panel('data');
  readonly #facts = byId('data-facts', HTMLElement);
  readonly #keep = byId('keep', HTMLButtonElement);
  readonly #file = byId('import-file', HTMLInputElement);
  readonly #progress = byId('data-progress', HTMLProgressElement);
  readonly #cancel = byId('data-cancel', HTMLButtonElement);
  readonly #said = byId('data-said', HTMLElement);
  readonly #days = byId('clean-days', HTMLInputElement);
  readonly #clean = byId('clean', HTMLButtonElement);
  readonly #cleanSaid = byId('clean-said', HTMLElement);
  #isSure = false;

  constructor(actions: DataActions) {
    const { element } = this.#panel;
    byId('open-data', HTMLButtonElement).addEventListener('click', () => {
      this.#said.replaceChildren();
      this.showCleanUp('', false);
      actions.onOpen();
      this.#panel.open();
    });
    this.#keep.addEventListener('click', actions.onKeep);
    byId('export-jsonl', HTMLButtonElement).addEventListener('click', () => actions.onExport('jsonl'));
    byId('export-db', HTMLButtonElement).addEventListener('click', () => actions.onExport('db'));
    byId('import', HTMLButtonElement).addEventListener('click', () => this.#file.click());
    this.#file.addEventListener('change', () => {
      const [file] = this.#file.files ?? [];
      // The same file can be chosen again.
      this.#file.value = '';
      if (file) actions.onImport(file);
    });
    this.#cancel.addEventListener('click', actions.onCancel);
    this.#days.addEventListener('input', () => this.showCleanUp('', false));
    this.#clean.addEventListener('click', () => actions.onCleanUp(this.#days.valueAsNumber, this.#isSure));
    element.addEventListener('dragover', (event) => {
      event.preventDefault();
      element.classList.add('dropping');
    });
    element.addEventListener('dragleave', () => element.classList.remove('dropping'));
    element.addEventListener('drop', (event) => {
      event.preventDefault();
      element.classList.remove('dropping');
      const [file] = event.dataTransfer?.files ?? [];
      if (file) actions.onImport(file);
    });
  }

  showFacts(facts: readonly (readonly [name: string, value: string])[], isPersisted: boolean | undefined): void {
    this.#facts.replaceChildren(...facts.flatMap(([name, value]) => [make('dt', {}, name), make('dd', {}, value)]));
    this.#keep.hidden = isPersisted !== false;
  }

  /** Something takes long; `undefined` says that it is over. */
  showProgress(progress: { done: number; of?: number | undefined } | undefined): void {
    this.#progress.hidden = progress === undefined;
    this.#cancel.hidden = progress === undefined;
    for (const id of ['export-jsonl', 'export-db', 'import', 'clean'])
      byId(id, HTMLButtonElement).disabled = !!progress;
    if (progress?.of) {
      this.#progress.max = progress.of;
      this.#progress.value = progress.done;
    } else {
      this.#progress.removeAttribute('value');
    }
  }

  say(text: string, problems: readonly string[] = []): void {
    this.#said.replaceChildren(
      make('p', {}, text),
      ...(problems.length > 0 ? [make('ul', {}, ...problems.map((one) => make('li', {}, one)))] : []),
    );
  }

  showCleanUp(text: string, isSure: boolean): void {
    this.#isSure = isSure;
    this.#cleanSaid.textContent = text;
    this.#clean.textContent = isSure ? 'Delete them' : 'See what would go';
    this.#clean.className = isSure ? 'danger' : 'plain';
  }
}
