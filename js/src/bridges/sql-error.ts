export type SqlErrorCode =
  /** A constraint (UNIQUE, CHECK …) is violated. The batch changed nothing. */
  | 'conflict'
  /** Another connection kept the database locked for longer than the busy timeout. */
  | 'busy'
  /** Another tab or process holds the database for itself, or the tab that serves it does not answer. */
  | 'locked'
  /** The file is damaged or no database at all. It is left as it is. */
  | 'corrupt'
  /** There is no space left. The batch changed nothing. */
  | 'quota'
  | 'closed'
  /** The folder or file does not exist. */
  | 'not_found'
  /** This runtime cannot do it: too old, no OPFS, a blocked script. */
  | 'unsupported'
  /** Bad SQL, a bad parameter or a bad `dbPath`. */
  | 'invalid'
  /** Reading or writing failed for another reason. */
  | 'io';

/** What every failure of a `SqlDatabase` is. Its message names the `dbPath` and never a parameter's value. */
export class SqlError extends Error {
  override readonly name = 'SqlError';
  readonly code: SqlErrorCode;

  constructor(code: SqlErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
