import type { SqlErrorCode, SqlLimits, SqlStatement, SqlStorage } from './sql-database.ts';

/** What a page asks its Worker. Each request gets one reply, in the order of the requests. */
export type SqlCall =
  | { op: 'open'; dbPath: string; wasmUrl: string | undefined }
  | { op: 'batch'; statements: readonly SqlStatement[] }
  | { op: 'size' }
  | { op: 'close' };

export type SqlRequest = SqlCall & { id: number };

export type SqlReply = { id: number } & ({ value: unknown } | { error: { code: SqlErrorCode; message: string } });

/** The first message of a Worker. It holds the Web Lock `life` for as long as it lives. */
export interface SqlHello {
  hello: { life: string | undefined };
}

/** The value of the reply to `open`. */
export interface SqlOpened {
  limits: SqlLimits;
  storage: SqlStorage;
}
