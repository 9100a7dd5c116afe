import type { SqlErrorCode, SqlLimits, SqlStatement, SqlStorage } from './sql-database.ts';

/** What the user of a database asks of the Worker that has it open. */
export type SqlCall = { op: 'batch'; statements: readonly SqlStatement[] } | { op: 'size' } | { op: 'image' };

/** `id` names a call among all of one user's calls, so that any reply to it is its answer, however late. */
export type SqlRequest = SqlCall & { id: number };

export type SqlReply = { id: number } & ({ value: unknown } | SqlFailure);

export interface SqlFailure {
  error: { code: SqlErrorCode; message: string };
}

/** What a page tells its own Worker besides. `close` is done after the requests before it, and is the last thing done. */
export type SqlOrder = SqlOpenOrder | { op: 'close' };

export interface SqlOpenOrder {
  op: 'open';
  dbPath: string;
  wasmUrl: string | undefined;
  image: Uint8Array | undefined;
}

/** What a Worker tells its page besides replies: that it runs and holds the Web Lock `life` until it ends, and so on. */
export type SqlNews =
  | { life: string | undefined }
  | { opened: SqlOpened }
  | { failed: SqlFailure['error'] }
  | { closed: true };

export interface SqlOpened {
  limits: SqlLimits;
  storage: SqlStorage;
}

/**
 * Over the channel `lobbyOf(dbPath)`, which everybody hears, a Worker says that it has the database open, and a tab that
 * it needs it. `epoch` names one Worker's time with the database.
 */
export type SqlLobbyMessage = { epoch: string } | { follower: string };

/** Over a channel of its own a follower gets this greeting, then asks; the Worker of another epoch does not listen. */
export interface SqlGreeting {
  epoch: string;
  opened: SqlOpened;
}
export type SqlFollowerMessage = (SqlRequest & { epoch: string }) | { op: 'leave' };

/** The number is that of this protocol: tabs that loaded another version of it are strangers. */
export const lobbyOf = (dbPath: string) => `agents-wasm:sqlite:2:${dbPath}`;
export const channelOf = (dbPath: string, follower: string) => `${lobbyOf(dbPath)}:${follower}`;
