import { RunAbortedError, SessionError, UserError } from '../errors.ts';
import { type ByteSource, piecesOf } from '../sessions/lines.ts';
import { EXPORT_TYPE, EXPORT_VERSION } from '../sessions/moving.ts';
import { type Opened, readPage } from '../sessions/store-calls.ts';
import type { StoredSession } from '../sessions/stored-session.ts';
import { type ConversationLines, conversationLines } from './chatgpt-lines.ts';
import { type JsonElement, JsonElements } from './json-elements.ts';
import type { ChatGPTImportOptions, ChatGPTImportReport } from './moving-options.ts';

/** What one conversation may have, in characters. */
const LONGEST = 64 * 1024 * 1024;
/** So much is decoded at a time. */
const PIECE_BYTES = 1 << 20;
const ZIP = 'PK\u0003\u0004';

/** Each conversation in one step; what cannot be used of the file is told in the report. */
export async function readChatGPT(
  session: StoredSession,
  file: ByteSource,
  { signal, onProgress }: ChatGPTImportOptions,
): Promise<ChatGPTImportReport> {
  const reader = new Reader(session, file, signal);
  const report = await session.importConversations(reader.lines(), {
    signal,
    onProgress:
      onProgress && (({ conversations, items }) => onProgress({ conversations, items, ...reader.position() })),
  });
  return { ...report, skipped: report.skipped + reader.skipped, problems: reader.problems };
}

class Reader {
  readonly problems: ChatGPTImportReport['problems'] = [];
  /** Messages of conversations that stay as they are. */
  skipped = 0;
  readonly #session: Opened;
  readonly #file: ByteSource;
  readonly #signal: AbortSignal | undefined;
  readonly #seen = new Set<string>();
  #bytes = 0;
  #number = 0;

  constructor(session: Opened, file: ByteSource, signal: AbortSignal | undefined) {
    this.#session = session;
    this.#file = file;
    this.#signal = signal;
  }

  position(): { bytes: number; total?: number } {
    const file = this.#file;
    const total = file instanceof Blob ? file.size : file instanceof Uint8Array ? file.length : undefined;
    return { bytes: this.#bytes, ...(total !== undefined && { total }) };
  }

  /** The file as an export of ours. */
  async *lines(): AsyncGenerator<string> {
    yield `${JSON.stringify({ type: EXPORT_TYPE, version: EXPORT_VERSION, exportedAt: new Date().toISOString() })}\n`;
    for await (const element of this.#elements()) {
      this.#number += 1;
      const lines = 'flaw' in element ? this.#refuse(element.flaw) : await this.#linesOf(element.text);
      for (const line of lines) yield `${line}\n`;
    }
    yield `${JSON.stringify({ type: 'end' })}\n`;
  }

  async *#elements(): AsyncGenerator<JsonElement> {
    const elements = new JsonElements(LONGEST);
    const decoder = new TextDecoder();
    for await (const piece of piecesOf(this.#file)) {
      for (let from = 0; from < piece.length; from += PIECE_BYTES) {
        if (this.#signal?.aborted) {
          throw new RunAbortedError('aborted', 'The import was stopped.', { cause: this.#signal.reason });
        }
        const bytes = piece.subarray(from, from + PIECE_BYTES);
        const text = decoder.decode(bytes, { stream: true });
        if (this.#bytes === 0 && text.startsWith(ZIP)) throw zipError();
        this.#bytes += bytes.length;
        yield* elements.push(text);
      }
    }
    yield* elements.push(decoder.decode());
    yield* elements.end();
  }

  #refuse(flaw: 'too_large' | 'cut' | 'no_array'): string[] {
    if (flaw === 'no_array') {
      const message = 'The file is no conversations.json of a ChatGPT export, which is an array of conversations.';
      throw new SessionError('corrupt', message);
    }
    this.#problem(flaw === 'cut' ? 'is cut off: the file ends in it' : `is longer than ${LONGEST} characters`);
    return [];
  }

  async #linesOf(text: string): Promise<string[]> {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      this.#problem('is not JSON');
      return [];
    }
    const read = conversationLines(value);
    if ('flaw' in read) {
      this.#problem(read.flaw);
      return [];
    }
    if (this.#seen.has(read.id)) {
      this.#problem('has the id of an earlier one');
      return [];
    }
    this.#seen.add(read.id);
    return (await this.#isWelcome(read)) ? read.lines : [];
  }

  /**
   * What is here already may have gone on in its own way: it gets what the export has more only where that goes on behind
   * its last item.
   */
  async #isWelcome({ id, main, uids }: ConversationLines): Promise<boolean> {
    const there = await uidsThere(this.#session, id);
    if (there.all.size === 0) return true;
    const missing = uids.filter((uid) => !there.all.has(uid));
    const next = main.findIndex((uid) => !there.all.has(uid));
    const isNext = next > 0 && main[next - 1] === there.last && main.length - next === missing.length;
    if (isNext) return true;
    this.skipped += uids.length - missing.length;
    if (missing.length > 0) {
      this.#problem(`is here already and stays as it is; ${missing.length} of its messages are not in it`);
    }
    return false;
  }

  #problem(flaw: string): void {
    this.problems.push({ number: this.#number, message: `Conversation ${this.#number} of the file ${flaw}.` });
  }
}

async function uidsThere(session: Opened, conversationId: string): Promise<{ all: Set<string>; last?: string }> {
  const active = await readPage(session, { conversationId, origins: true, shelves: '' });
  const all = new Set(active.origins.map(({ uid }) => uid));
  for (const { name, count } of active.shelves ?? []) {
    if (count === 0) continue;
    const { origins } = await readPage(session, { conversationId, shelf: name, origins: true });
    for (const { uid } of origins) all.add(uid);
  }
  const last = active.origins.at(-1)?.uid;
  return { all, ...(last !== undefined && { last }) };
}

function zipError(): UserError {
  return new UserError('invalid_argument', 'file is a ZIP archive. Unpack it and give the conversations.json in it.');
}
