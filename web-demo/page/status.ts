import type { SessionStorage } from 'agents-wasm';
import { byId } from './dom.ts';
import { formatBytes, formatCount } from './format.ts';
import type { Speaker } from './speaker.ts';

const PLACES: Record<SessionStorage['persistence'], string> = {
  opfs: 'SQLite in OPFS',
  indexeddb: 'IndexedDB',
  file: 'SQLite in a file',
  memory: 'In memory only',
  'durable-object': 'SQLite in a Durable Object',
  d1: 'SQLite in D1',
  libsql: 'libSQL',
};

/** What the page is made of at the moment: storage, model, size of the conversation. */
export class Status {
  readonly #place = byId('storage-place', HTMLElement);
  readonly #reason = byId('storage-reason', HTMLElement);
  readonly #title = byId('title', HTMLElement);
  readonly #facts = byId('facts', HTMLElement);

  constructor({ name, notice }: Speaker) {
    byId('model-name', HTMLElement).textContent = `Model: ${name}`;
    const element = byId('notice', HTMLElement);
    element.textContent = notice ?? '';
    element.hidden = notice === undefined;
  }

  showStorage({ persistence, durable, reason, bytes }: SessionStorage): void {
    const size = bytes === undefined ? '' : ` · ${formatBytes(bytes)}`;
    this.#place.textContent = `${PLACES[persistence]}${size}`;
    this.#reason.textContent = `${durable ? 'Durable: what is saved survives a crash.' : 'Not durable.'} ${reason}`;
  }

  showConversation(title: string, items: number): void {
    this.#title.textContent = title;
    this.#facts.textContent = items === 0 ? 'Nothing saved yet' : `${formatCount(items, 'item')} in this conversation`;
    document.title = `${title} · agents-wasm`;
  }
}
