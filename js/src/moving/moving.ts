import {
  checkBoolean,
  checkConversationId,
  checkFunction,
  checkOptions,
  checkSignal,
  checkText,
  refuse,
} from '../check.ts';
import { checkSession } from '../run-options.ts';
import type { ImportReport } from '../sessions/import-conversations.ts';
import type { ByteSource } from '../sessions/lines.ts';
import type { Session } from '../sessions/session.ts';
import { StoredSession } from '../sessions/stored-session.ts';
import type {
  ChatGPTImportOptions,
  ChatGPTImportReport,
  DatabaseExportOptions,
  DatabaseImportOptions,
  MarkdownOptions,
} from './moving-options.ts';

// What is behind these is loaded at the first use: most pages never need it.

/**
 * A conversation as Markdown, to be read by people: who said what and when. What was said stands in quotations, so that
 * nothing in it ends or hides what comes behind it; tool calls are folded; images and files are named. It cannot be
 * imported again: `exportConversations` writes what can.
 *
 * @example
 * await writeFile('talk.md', await conversationMarkdown(session, 'user-123'));
 */
export async function conversationMarkdown(
  session: Session,
  conversationId: string,
  options: MarkdownOptions = {},
): Promise<string> {
  checkSession(session);
  checkConversationId(conversationId);
  checkOptions('options', options);
  for (const name of ['includeTools', 'includeCompacted'] as const) {
    if (options[name] !== undefined) checkBoolean(`options.${name}`, options[name]);
  }
  const { writeMarkdown } = await import('./conversation-markdown.ts');
  return writeMarkdown(session, conversationId, options);
}

/**
 * The conversations of a ChatGPT export, of which this reads the file `conversations.json`: each under the id
 * `chatgpt-<its id>` with its title, times and tool calls. What ChatGPT shows becomes the history, what was edited or
 * regenerated becomes branches; images and files are named. A stream is never held as a whole, and of an export that is
 * imported again only what is new is added.
 *
 * @example
 * const { conversations, problems } = await importChatGPT(session, fileInput.files[0]);
 */
export async function importChatGPT(
  session: StoredSession,
  file: ByteSource,
  options: ChatGPTImportOptions = {},
): Promise<ChatGPTImportReport> {
  checkStored(session);
  checkFile(file);
  checkMoving(options);
  const { readChatGPT } = await import('./import-chatgpt.ts');
  return readChatGPT(session, file, options);
}

/**
 * A SQLite database, as the bytes of one file: for the OpenAI Agents SDK for Python, for a `SQLiteSession` elsewhere, or
 * as a backup. It holds all conversations with their branches, titles and compactions, and stands alone: there is no log
 * beside it. Open runs stay where they are. It is made in memory.
 *
 * @example
 * await writeFile('conversations.db', await exportDatabase(session));
 */
export async function exportDatabase(session: StoredSession, options: DatabaseExportOptions = {}): Promise<Uint8Array> {
  checkStored(session);
  checkMoving(options);
  const { writeDatabase } = await import('./database-file.ts');
  return writeDatabase(session, options);
}

/**
 * Adds the conversations of a SQLite database, given as the bytes of its file: one that `exportDatabase` made, the file of
 * a `SQLiteSession`, here or in Python. What is there already is left out. What lies in a log beside the file (`-wal`) is
 * no part of it: close the database first. Fails with a SessionError, with the code `corrupt` for what is no such database.
 *
 * @example
 * const { conversations } = await importDatabase(session, await readFile('conversations.db'));
 */
export async function importDatabase(
  session: StoredSession,
  file: Uint8Array | ArrayBuffer | Blob,
  options: DatabaseImportOptions = {},
): Promise<ImportReport> {
  checkStored(session);
  checkMoving(options);
  for (const name of ['sessionsTable', 'messagesTable'] as const) {
    if (options[name] !== undefined) checkText(`options.${name}`, options[name]);
  }
  const bytes = file instanceof Blob ? await file.arrayBuffer() : file;
  const image = bytes instanceof ArrayBuffer ? new Uint8Array(bytes) : bytes;
  if (!(image instanceof Uint8Array)) refuse('file', file, 'a Uint8Array, an ArrayBuffer or a Blob');
  const { readDatabase } = await import('./database-file.ts');
  return readDatabase(session, image, options);
}

function checkStored(session: unknown): void {
  if (session instanceof StoredSession) return;
  refuse('session', session, 'a session that stores conversations here, such as a SQLiteSession');
}

function checkFile(file: unknown): void {
  if (typeof file === 'string' || file instanceof Uint8Array) return;
  if (file instanceof Blob || file instanceof ReadableStream) return;
  if (typeof file === 'object' && file !== null && Symbol.asyncIterator in file) return;
  refuse('file', file, 'a Blob, a stream, an async iterable, a Uint8Array or a string');
}

function checkMoving(options: { signal?: unknown; onProgress?: unknown }): void {
  checkOptions('options', options);
  const { signal, onProgress } = options;
  checkSignal('options.signal', signal);
  if (onProgress !== undefined) checkFunction('options.onProgress', onProgress);
}
