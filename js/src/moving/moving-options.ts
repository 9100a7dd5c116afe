import type { ImportProgress } from '../sessions/import-conversations.ts';

export interface MarkdownOptions {
  /** Whether tool calls, their outputs and thoughts are shown, folded. Default true. */
  includeTools?: boolean;
  /** Whether what compactions have folded is shown in place of their summaries. Default false. */
  includeCompacted?: boolean;
}

export interface ChatGPTImportOptions {
  /** Stops it: it then fails with a RunAbortedError, and what was imported before stays. */
  signal?: AbortSignal | undefined;
  /** Told of every conversation that was read. */
  onProgress?: ((progress: ImportProgress) => void) | undefined;
}

export interface ChatGPTImportReport {
  /** How many conversations were added, or added to. */
  conversations: number;
  /** How many items were added. */
  items: number;
  /** How many messages were here already. */
  skipped: number;
  /** What was left out. `number` counts the conversations of the file from 1. */
  problems: { number: number; message: string }[];
}

/** Where the Worker and the WebAssembly of SQLite are; browsers only. As `SQLiteSession` takes them. */
interface SqlitePlaces {
  workerUrl?: string | URL | undefined;
  wasmUrl?: string | URL | undefined;
}

export interface MovingProgress {
  /** How many were read so far. */
  conversations: number;
  /** How many of their items were added. */
  items: number;
}

export interface DatabaseExportOptions extends SqlitePlaces {
  /** Which conversations. All without it. */
  conversationIds?: readonly string[] | undefined;
  /** Stops it: it then fails with a RunAbortedError. */
  signal?: AbortSignal | undefined;
  /** Told of every conversation that was written. */
  onProgress?: ((progress: MovingProgress) => void) | undefined;
}

export interface DatabaseImportOptions extends SqlitePlaces {
  /** The tables of the file. Default `agent_sessions` and `agent_messages`. */
  sessionsTable?: string | undefined;
  messagesTable?: string | undefined;
  /** Stops it: it then fails with a RunAbortedError, and what was imported before stays. */
  signal?: AbortSignal | undefined;
  /** Told of every conversation that was read. */
  onProgress?: ((progress: MovingProgress) => void) | undefined;
}
