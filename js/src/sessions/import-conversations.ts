import { joinBytes } from '../bytes.ts';
import { checkConversationId, checkFunction, checkOneOf, checkSignal, refuse } from '../check.ts';
import { SessionError } from '../errors.ts';
import { randomId } from '../random-id.ts';
import type { AppliedHead, PageHead } from '../store-wire.ts';
import { stopIfAborted } from './aborted.ts';
import { type ImportedConversation, namedItems, renameRows, type There, withoutKnown } from './import-names.ts';
import { planAddition } from './import-plan.ts';
import { type BareItem, type ImportRecord, recordOf } from './import-records.ts';
import { elementsOf, membersOf } from './json-slices.ts';
import { type ByteSource, type Line, linesOf, piecesOf } from './lines.ts';
import { EXPORT_TYPE, versionOfNothing } from './moving.ts';
import type { Opened } from './store-calls.ts';

export interface ImportOptions {
  /** For files that hold nothing but items, one a line: the conversation that they go to. */
  conversationId?: string | undefined;
  /**
   * What a line that cannot be used means: `stop` (default) ends the import with an error that names the line, `skip`
   * leaves it out and goes on. What was imported before stays in either case, each conversation as a whole.
   */
  onError?: 'stop' | 'skip' | undefined;
  signal?: AbortSignal | undefined;
  /** Told of every conversation that was read. */
  onProgress?: ((progress: ImportProgress) => void) | undefined;
}

export interface ImportProgress {
  /** How many were read from the file, whether or not there was something to add. */
  conversations: number;
  /** How many items were added. */
  items: number;
  /** How many bytes of the file were read, and how many it has where that is known. */
  bytes: number;
  total?: number;
}

export interface ImportReport {
  /** How many conversations were added, or added to. */
  conversations: number;
  /** How many items were added. */
  items: number;
  /** How many items were there already. */
  skipped: number;
  /** With `onError: 'skip'`, what was left out; `line` 0 is the file as a whole. */
  problems: ImportProblem[];
}

export interface ImportProblem {
  line: number;
  message: string;
}

/** What one line may have; more is no line of an export, and would not go into a database either. */
const LONGEST_LINE = 64 * 1024 * 1024;
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

export async function importLines(session: Opened, source: ByteSource, options: ImportOptions): Promise<ImportReport> {
  checkSource(source);
  checkImportOptions(options);
  return new Import(session, options, sizeOf(source)).run(source);
}

function checkSource(source: unknown): void {
  if (typeof source === 'string' || source instanceof Blob || source instanceof ReadableStream) return;
  if (source instanceof Uint8Array || (typeof source === 'object' && source && Symbol.asyncIterator in source)) return;
  refuse('source', source, 'a ReadableStream, an async iterable, a Blob, a Uint8Array or a string');
}

function checkImportOptions({ conversationId, onError, signal, onProgress }: ImportOptions): void {
  if (conversationId !== undefined) checkConversationId(conversationId);
  if (onError !== undefined) checkOneOf('onError', onError, ['stop', 'skip']);
  checkSignal('signal', signal);
  if (onProgress !== undefined) checkFunction('onProgress', onProgress);
}

class Import {
  readonly #session: Opened;
  readonly #options: ImportOptions;
  readonly #report: ImportReport = { conversations: 0, items: 0, skipped: 0, problems: [] };
  readonly #total: number | undefined;
  #bytes = 0;
  #read = 0;
  #isFirst = true;
  /** Whether the file began as an export does. */
  #isExport = false;
  #hasEnded = false;
  /** Whether something of the current conversation was left out. */
  #isFlawed = false;
  #current: ImportedConversation | undefined;
  #noVersion: string | undefined;

  constructor(session: Opened, options: ImportOptions, total: number | undefined) {
    this.#session = session;
    this.#options = options;
    this.#total = total;
  }

  async run(source: ByteSource): Promise<ImportReport> {
    this.#stopIfAborted();
    let last = 0;
    for await (const line of linesOf(this.#counted(piecesOf(source)), LONGEST_LINE)) {
      last = line.number;
      const record = this.#recordOf(line);
      if (record) await this.#take(record, line.number);
    }
    if (this.#isExport && !this.#hasEnded) {
      this.#problem(last, new SessionError('corrupt', 'is the last one, but no export ends there: the file was cut'));
    }
    await this.#finish(last);
    return this.#report;
  }

  async *#counted(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const piece of pieces) {
      this.#stopIfAborted();
      this.#bytes += piece.length;
      yield piece;
    }
  }

  #recordOf({ number, bytes }: Line): ImportRecord | BareItem | undefined {
    const isFirst = this.#isFirst;
    this.#isFirst = false;
    try {
      if (bytes) return recordOf(bytes, isFirst);
      throw new SessionError('too_large', `is longer than ${LONGEST_LINE / 1024 / 1024} MB`);
    } catch (error) {
      if (!(error instanceof SessionError) || error.code === 'unsupported') throw this.#named(number, error);
      this.#problem(number, error);
      return undefined;
    }
  }

  async #take(record: ImportRecord | BareItem, line: number): Promise<void> {
    if (record.type === EXPORT_TYPE) {
      this.#isExport = true;
      this.#hasEnded = false;
    } else if (record.type === 'end') {
      await this.#finish(line - 1);
      this.#hasEnded = true;
    } else if (record.type === 'conversation') {
      await this.#finish(line - 1);
      const { id, title, metadata, items: count } = record;
      this.#current = { id, title, metadata, count, shelves: [], items: [] };
    } else if (record.type === 'bare') {
      this.#takeBare(record, line);
    } else if (!this.#current) {
      this.#problem(line, new SessionError('corrupt', `is of the kind '${record.type}', but no conversation began`));
    } else if (record.type === 'shelf') {
      this.#current.shelves.push(record);
    } else {
      this.#current.items.push(record);
    }
  }

  #takeBare({ item }: BareItem, line: number): void {
    const { conversationId: id } = this.#options;
    if (this.#isExport || id === undefined) {
      const hint = this.#isExport ? '' : '. Give a conversationId to import a file that holds nothing but items';
      this.#problem(line, new SessionError('corrupt', `is no line of an export${hint}`));
      return;
    }
    this.#current ??= { id, title: '', metadata: '', count: undefined, shelves: [], items: [] };
    const unknown = { uid: undefined, at: undefined, origin: {}, sdk: '', shelf: '', isAside: false };
    this.#current.items.push({ ...unknown, standsFor: undefined, item });
  }

  /** Adds the conversation that was read. */
  async #finish(line: number): Promise<void> {
    const conversation = this.#current;
    this.#current = undefined;
    const isFlawed = this.#isFlawed;
    this.#isFlawed = false;
    if (!conversation) return;
    const { count, items } = conversation;
    if (count !== undefined && count !== items.length && !isFlawed) {
      const flaw = `ends a conversation that must have ${count} items, and has ${items.length}`;
      this.#problem(line, new SessionError('corrupt', flaw));
    }
    this.#stopIfAborted();
    await this.#add(conversation);
    this.#read += 1;
    const total = this.#total === undefined ? {} : { total: this.#total };
    const { items: added } = this.#report;
    this.#options.onProgress?.({ conversations: this.#read, items: added, bytes: this.#bytes, ...total });
  }

  /** In one change; again when another one came first. */
  async #add(conversation: ImportedConversation): Promise<void> {
    const { core, id: session } = await this.#session.opened();
    const all = namedItems(conversation.items);
    this.#noVersion ??= await versionOfNothing(this.#session);
    for (;;) {
      const { version, there } = await readThere(this.#session, conversation.id);
      const { items: named, shelves } = renameRows({ items: all, shelves: conversation.shelves }, there);
      const items = withoutKnown(named, there);
      const isNew = version === this.#noVersion;
      if (items.length === 0 && !isNew) {
        this.#report.skipped += named.length;
        return;
      }
      const description = isNew ? conversation : undefined;
      const { edits, body } = planAddition({ description, shelves, items }, there.shelves);
      const change = { opId: `import.${randomId()}`, conversationId: conversation.id, expectVersion: version, edits };
      try {
        const { head } = await core.call('session.apply', { ...change, session }, joinBytes(body));
        if ((head as AppliedHead).repeated) return;
      } catch (error) {
        if (error instanceof SessionError && error.code === 'conflict') continue;
        throw error;
      }
      this.#report.conversations += 1;
      this.#report.items += items.length;
      this.#report.skipped += named.length - items.length;
      return;
    }
  }

  #problem(line: number, error: SessionError): void {
    const named = this.#named(line, error);
    if (this.#options.onError !== 'skip') throw named;
    this.#isFlawed = true;
    this.#report.problems.push({ line, message: named.message });
  }

  #named(line: number, error: unknown): Error {
    if (!(error instanceof SessionError)) return error as Error;
    return new SessionError(error.code, `Line ${line} of the import ${error.message}.`);
  }

  #stopIfAborted(): void {
    stopIfAborted(this.#options.signal, 'The import was stopped.');
  }
}

function sizeOf(source: ByteSource): number | undefined {
  if (source instanceof Blob) return source.size;
  return source instanceof Uint8Array ? source.length : undefined;
}

/** What the conversation has, on its shelves too. */
async function readThere(session: Opened, conversationId: string): Promise<{ version: string; there: There }> {
  const { core, id } = await session.opened();
  const there: There = { items: new Map(), shelves: new Set() };
  const read = async (query: object) => {
    const answer = await core.call('session.read', { conversationId, origins: true, ...query, session: id });
    const head = answer.head as PageHead;
    const texts = elementsOf(decoder.decode(answer.body.subarray(0, head.itemBytes)));
    const origins = elementsOf(decoder.decode(answer.body.subarray(head.itemBytes)));
    for (const [index, origin] of origins.entries()) {
      there.items.set(JSON.parse(membersOf(origin).get('uid') as string), texts[index] as string);
    }
    return head;
  };
  const { version, shelves = [] } = await read({ shelves: '' });
  for (const { name, count } of shelves) {
    there.shelves.add(name);
    if (count > 0) await read({ shelf: name });
  }
  return { version, there };
}
