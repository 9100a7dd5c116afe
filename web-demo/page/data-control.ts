import {
  exportDatabase,
  type ImportProgress,
  importChatGPT,
  importDatabase,
  requestPersistence,
  type SQLiteSession,
  type StorageReport,
} from 'agents-wasm';
import { confirmDelete } from './confirm.ts';
import { DataPanel } from './data-panel.ts';
import { download, downloadJsonl } from './download.ts';
import { formatAge, formatBytes, formatCount } from './format.ts';
import { announce } from './notify.ts';

export interface DataPage {
  /** Deletes a conversation, wherever it is remembered. */
  remove(id: string): Promise<void>;
  /** After conversations came or went. */
  reload(): Promise<void>;
  attempt(work: () => Promise<void>): Promise<void>;
}

const DAY = 24 * 60 * 60 * 1000;
const SHOWN_PROBLEMS = 5;
const SQLITE = 'SQLite format 3\0';

/** What came of a long piece of work. */
interface Said {
  text: string;
  problems?: string[];
}

interface Imported {
  conversations: number;
  items: number;
  skipped: number;
  problems: string[];
}

/** What the storage dialog does: the report, export, import and cleaning up. */
export class DataControl {
  readonly #session: SQLiteSession;
  readonly #page: DataPage;
  readonly #panel: DataPanel;
  #work: AbortController | undefined;

  constructor(session: SQLiteSession, page: DataPage) {
    this.#session = session;
    this.#page = page;
    this.#panel = new DataPanel({
      onOpen: () => page.attempt(() => this.#report()),
      onKeep: () => page.attempt(() => this.#keep()),
      onExport: (kind) => this.#long((signal) => this.#export(kind, signal)),
      onImport: (file) => this.#long((signal) => this.#import(file, signal)),
      onCancel: () => this.#work?.abort(),
      onCleanUp: (days, isSure) => page.attempt(() => this.#cleanUp(days, isSure)),
    });
  }

  async #report(): Promise<void> {
    const report = await this.#session.storageReport();
    this.#panel.showFacts(factsOf(report), report.persisted);
  }

  async #keep(): Promise<void> {
    const isKept = await requestPersistence();
    this.#panel.say(
      isKept ? 'The browser keeps it now.' : 'The browser did not agree. It may, once you use this page more often.',
    );
    await this.#report();
  }

  async #export(kind: 'jsonl' | 'db', signal: AbortSignal): Promise<Said> {
    const day = new Date().toISOString().slice(0, 10);
    if (kind === 'db') {
      const onProgress = ({ conversations }: { conversations: number }) =>
        this.#panel.showProgress({ done: conversations });
      const bytes = await exportDatabase(this.#session, { signal, onProgress });
      download(`conversations-${day}.db`, [bytes as Uint8Array<ArrayBuffer>], 'application/vnd.sqlite3');
      return { text: `Saved ${formatBytes(bytes.length)} that SQLite and the Python SDK open.` };
    }
    let count = 0;
    const onProgress = ({ conversations }: { conversations: number }) => {
      count = conversations;
      this.#panel.showProgress({ done: conversations });
    };
    await downloadJsonl(`conversations-${day}.jsonl`, this.#session.exportConversations({ signal, onProgress }));
    return { text: `Saved ${formatCount(count, 'conversation')}.` };
  }

  async #import(file: File, signal: AbortSignal): Promise<Said> {
    const { problems, ...report } = await this.#read(file, signal);
    const shown = problems.slice(0, SHOWN_PROBLEMS);
    if (problems.length > shown.length) shown.push(`… and ${problems.length - shown.length} more.`);
    await this.#page.reload();
    await this.#report();
    announce(resultOf(report));
    return { text: resultOf(report), problems: shown };
  }

  async #read(file: File, signal: AbortSignal): Promise<Imported> {
    const onProgress = ({ bytes = 0, total }: Partial<ImportProgress>) =>
      this.#panel.showProgress({ done: bytes, of: total });
    const head = await file.slice(0, SQLITE.length).text();
    // ChatGPT's file is one array; an export of ours has an object on each line.
    if (head.trimStart().startsWith('[')) {
      const report = await importChatGPT(this.#session, file, { signal, onProgress });
      return {
        ...report,
        problems: report.problems.map(({ number, message }) => `Conversation ${number}: ${message}`),
      };
    }
    const report =
      head === SQLITE
        ? await importDatabase(this.#session, file, { signal, onProgress })
        : await this.#session.importConversations(file, { signal, onProgress, onError: 'skip' });
    return {
      ...report,
      problems: report.problems.map(({ line, message }) => (line > 0 ? `Line ${line}: ${message}` : message)),
    };
  }

  async #cleanUp(days: number, isSure: boolean): Promise<void> {
    if (!Number.isSafeInteger(days) || days < 0) {
      this.#panel.showCleanUp('Give a number of days.', false);
      return;
    }
    // It only says which they are: what is on the server is deleted there.
    const { deleted } = await this.#session.applyRetention({ maxAge: days * DAY, dryRun: true });
    const count = formatCount(deleted.length, 'conversation');
    if (!isSure) {
      this.#panel.showCleanUp(
        deleted.length === 0 ? 'Nothing is as old as that.' : `${count} would go.`,
        deleted.length > 0,
      );
      return;
    }
    if (!(await confirmDelete(count))) return;
    for (const id of deleted) await this.#page.remove(id);
    await this.#page.reload();
    await this.#report();
    this.#panel.showCleanUp(`${count} deleted.`, false);
  }

  /** One long piece of work at a time, with its progress. What came of it is said when the next can begin. */
  #long(work: (signal: AbortSignal) => Promise<Said>): void {
    if (this.#work) return;
    const running = new AbortController();
    this.#work = running;
    this.#panel.say('');
    this.#panel.showProgress({ done: 0 });
    void this.#page.attempt(async () => {
      const { text, problems } = await work(running.signal).catch((error: Error) => ({
        text: running.signal.aborted ? 'Stopped. What was imported before stays.' : error.message,
        problems: [],
      }));
      this.#work = undefined;
      this.#panel.showProgress(undefined);
      this.#panel.say(text, problems);
    });
  }
}

function resultOf({ conversations, items, skipped }: Omit<Imported, 'problems'>): string {
  const there = skipped > 0 ? ` ${formatCount(skipped, 'item')} ${skipped === 1 ? 'was' : 'were'} there already.` : '';
  if (items === 0) return `Nothing new.${there}`;
  return `${formatCount(items, 'item')} in ${formatCount(conversations, 'conversation')} imported.${there}`;
}

function factsOf(report: StorageReport): [string, string][] {
  const { bytes, conversations, items, origin, persisted, evicted } = report;
  const facts: [string, string][] = [
    ['Kept in', report.reason],
    ['Holds', `${formatCount(conversations, 'conversation')}, ${formatCount(items, 'item')}`],
  ];
  if (bytes !== undefined) facts.push(['Takes', formatBytes(bytes)]);
  if (origin)
    facts.push(['Limit', `${formatBytes(origin.quota)} for this site: a bound that the browser names, not free space`]);
  if (persisted !== undefined) {
    facts.push([
      'Persisted',
      persisted ? 'Yes: the browser does not clear it by itself' : 'No: the browser may clear it when space is short',
    ]);
  }
  if (evicted)
    facts.push(['Missing', `What was here ${formatAge(evicted.since)} ago was cleared by the browser, or by you`]);
  return facts;
}
