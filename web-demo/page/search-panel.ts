import { byId, make } from './dom.ts';
import { formatAge, formatCount } from './format.ts';
import { rovingTarget } from './roving.ts';

/** What the page shows of an item that was found. */
export interface Found {
  conversationId: string;
  uid: string;
  title: string;
  snippet: string;
  /** Where in the snippet the words are, from and to, in UTF-16. */
  matches: readonly (readonly [number, number])[];
  createdAt: Date;
  where: 'active' | 'folded' | 'branch';
  /** Where it lies, if it is not shown. */
  shelf?: string | undefined;
}

export interface SearchActions {
  /** Empty: nothing is searched for. */
  onText(text: string): void;
  onPick(found: Found): void;
}

const PLACES: Record<Found['where'], string> = { active: '', folded: 'folded', branch: 'other branch' };

/** The search field, and what was found in the place of the list. */
export class SearchPanel {
  readonly #field = byId('search', HTMLInputElement);
  readonly #results = byId('results', HTMLElement);
  readonly #hits = byId('hits', HTMLElement);
  readonly #summary = byId('search-summary', HTMLElement);
  readonly #list = byId('list', HTMLElement);
  readonly #onPick: (found: Found) => void;

  constructor({ onText, onPick }: SearchActions) {
    this.#onPick = onPick;
    this.#field.addEventListener('input', () => {
      // What was found for another text is not what Enter means.
      this.#hits.replaceChildren();
      onText(this.#field.value.trim());
    });
    this.#field.addEventListener('keydown', (event) => this.#key(event));
    this.#hits.addEventListener('keydown', (event) => this.#move(event));
  }

  focus(): void {
    this.#field.focus();
    this.#field.select();
  }

  /** Ends the search. */
  clear(): void {
    this.#field.value = '';
    this.#field.dispatchEvent(new Event('input'));
  }

  /** Puts what was found in the place of the list; `undefined` puts the list back. */
  show(found: readonly Found[] | undefined, summary = ''): void {
    this.#results.hidden = found === undefined;
    this.#list.hidden = found !== undefined;
    this.#summary.textContent = summary;
    this.#hits.replaceChildren(...(found ?? []).map((one, index) => this.#row(one, index === 0)));
  }

  /** How far a search is that takes long, as the first one does, which makes the index. */
  showProgress(done: number, of: number | undefined): void {
    this.#results.hidden = false;
    this.#list.hidden = true;
    this.#hits.replaceChildren();
    this.#summary.textContent = `Looking: ${done.toLocaleString('en')}${of === undefined ? '' : ` of ${formatCount(of, 'item')}`}`;
  }

  #row(found: Found, isStop: boolean): HTMLElement {
    const place = PLACES[found.where];
    const element = make(
      'button',
      { type: 'button', class: 'hit', tabindex: isStop ? '0' : '-1' },
      make(
        'span',
        { class: 'hit-head' },
        make('span', { class: 'row-title' }, found.title || 'Untitled'),
        ...(place ? [make('span', { class: 'badge' }, place)] : []),
        make('time', { class: 'row-age', datetime: found.createdAt.toISOString() }, formatAge(found.createdAt)),
      ),
      make('span', { class: 'hit-text' }, ...marked(found)),
    );
    element.addEventListener('click', () => this.#onPick(found));
    return make('li', {}, element);
  }

  #key(event: KeyboardEvent): void {
    if (event.key === 'Escape' && this.#field.value !== '') {
      event.preventDefault();
      event.stopPropagation();
      this.clear();
    }
    const first = this.#hits.querySelector('button');
    if (event.key === 'ArrowDown' && first) {
      event.preventDefault();
      first.focus();
    }
    if (event.key === 'Enter') first?.click();
  }

  #move(event: KeyboardEvent): void {
    const rows = [...this.#hits.querySelectorAll('button')];
    const row = event.target as HTMLButtonElement;
    if (event.key === 'Escape' || (event.key === 'ArrowUp' && row === rows[0])) {
      event.preventDefault();
      event.stopPropagation();
      this.focus();
      return;
    }
    const next = rovingTarget(event, rows, row);
    if (!next) return;
    for (const row of rows) row.tabIndex = row === next ? 0 : -1;
    next.focus();
  }
}

function marked({ snippet, matches }: Found): (Node | string)[] {
  const parts: (Node | string)[] = [];
  let at = 0;
  for (const [from, to] of matches) {
    parts.push(snippet.slice(at, from), make('mark', {}, snippet.slice(from, to)));
    at = to;
  }
  return [...parts, snippet.slice(at)];
}
