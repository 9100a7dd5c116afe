import { closedError, isRead } from '../bridges/sql-check.ts';
import type { SqlDatabase, SqlLimits, SqlStatement, SqlStorage, SqlValue } from '../bridges/sql-database.ts';
import { SqlError, type SqlErrorCode } from '../bridges/sql-error.ts';
import { type BatchAnswer, batchOf, cursorAnswer, fromHrana, type HranaFailure } from './hrana.ts';
import { InTurn } from './in-turn.ts';
import { checkEdgeBatch, edgeError, noImage } from './sql-answer.ts';
import { placed } from './sql-text.ts';

export interface LibsqlOptions {
  /** `libsql://`, `https://` or `http://`; with nothing but the host and a path. */
  url: string;
  /** Sent as `Authorization: Bearer …`, and never part of an error. */
  authToken?: string;
  /** Default the runtime's own. */
  fetch?: typeof globalThis.fetch;
}

const LIMITS: SqlLimits = { maxParams: 32_766, maxValueBytes: 4_000_000, maxSqlBytes: 1_000_000, bytes: false };
/** Without the pages that are free: a server's file does not shrink. */
const SIZE =
  'SELECT (page_count - freelist_count) * page_size AS size FROM pragma_page_count, pragma_freelist_count, ' +
  'pragma_page_size';
/** A server gives 10 MB at once, unless it was told otherwise, and row by row as much as there is. */
const TOO_LARGE = 'RESPONSE_TOO_LARGE';
/** How long to wait before a batch that only reads is sent again, in ms. */
const PAUSES = [100, 500];

/**
 * A libSQL database (Turso, or a `sqld` of your own) over HTTP, for a `SQLiteSession`. Runs of one conversation keep out
 * of each other's way by leases. What only reads is tried again when the network fails; a change is not, since it may
 * have been made. Integers beyond 2^53 fail the call that reads them, as with `d1Database`.
 *
 * @example
 * const database = libsqlDatabase({ url: 'libsql://conversations.turso.io', authToken: env.TURSO_TOKEN });
 * const session = new SQLiteSession({ database });
 */
export function libsqlDatabase(options: LibsqlOptions): SqlDatabase {
  return new LibsqlDatabase(baseOf(options), headersOf(options), fetchOf(options));
}

class LibsqlDatabase implements SqlDatabase {
  readonly limits = LIMITS;
  readonly storage: SqlStorage;
  readonly key: string;
  readonly #name: string;
  readonly #base: URL;
  readonly #headers: Record<string, string>;
  readonly #fetch: typeof globalThis.fetch;
  readonly #calls = new InTurn();
  #closed = false;

  constructor(base: URL, headers: Record<string, string>, fetch: typeof globalThis.fetch) {
    this.#base = base;
    this.#headers = headers;
    this.#fetch = fetch;
    this.#name = base.host;
    this.key = `libsql:${base.href}`;
    this.storage = {
      persistence: 'libsql',
      durable: true,
      reason: `The libSQL server at ${base.host} keeps the database, and answers when it is written.`,
    };
  }

  async batch(statements: readonly SqlStatement[]): Promise<SqlValue[][][]> {
    this.#checkOpen();
    checkEdgeBatch(this.#name, LIMITS, statements);
    const sent = statements.map((statement, index) => placed(this.#name, statement, `statements[${index}]`));
    return sent.length === 0 ? [] : this.#calls.run(() => this.#transact(sent));
  }

  async size(): Promise<number> {
    const [rows] = await this.batch([{ sql: SIZE }]);
    return Number(rows?.[0]?.[0]);
  }

  async image(): Promise<Uint8Array> {
    this.#checkOpen();
    throw noImage('A libSQL server');
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#calls.idle();
  }

  #checkOpen(): void {
    if (this.#closed) throw closedError(this.#name);
  }

  async #transact(statements: readonly SqlStatement[]): Promise<SqlValue[][][]> {
    const answer = statements.every(({ sql }) => isRead(sql))
      ? await this.#read(statements)
      : this.#whole(await this.#pipeline(batchOf('BEGIN IMMEDIATE', statements)), statements);
    return statements.map((_, index) => {
      const rows = answer.step_results[index + 1]?.rows ?? [];
      return rows.map((row) => row.map((value) => fromHrana(this.#name, value, `statements[${index}]`)));
    });
  }

  /** The answer, if every step was done; the first that failed is why the others did not run. */
  #whole(answer: BatchAnswer, { length }: readonly SqlStatement[]): BatchAnswer {
    const failed = answer.step_errors.findIndex((error) => error !== null && error !== undefined);
    if (failed < 0 && answer.step_results[length + 1]) return answer;
    if (failed < 0)
      throw new SqlError('io', `The answer of the libSQL server at ${this.#name} ends before its COMMIT.`);
    const isStatement = failed > 0 && failed <= length;
    throw this.#failure(answer.step_errors[failed] as HranaFailure, isStatement ? `statements[${failed - 1}]` : '');
  }

  #failure({ message, code }: HranaFailure, where = ''): SqlError {
    return edgeError(this.#name, new Error(`${message}${code ? `: ${code}` : ''}`), where);
  }

  async #read(statements: readonly SqlStatement[]): Promise<BatchAnswer> {
    const batch = batchOf('BEGIN', statements);
    let ask = () => this.#pipeline(batch);
    const attempt = async () => this.#whole(await ask(), statements);
    for (const pause of PAUSES) {
      try {
        return await attempt();
      } catch (error) {
        const { code, message } = error as SqlError;
        if (message.includes(TOO_LARGE)) {
          ask = () => this.#cursor(batch);
          continue;
        }
        if (code !== 'io' && code !== 'busy') throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
    return attempt();
  }

  /** The stream ends with the request, so that there is no baton to keep. */
  async #pipeline(batch: object): Promise<BatchAnswer> {
    return this.#answerIn(await this.#post('v2/pipeline', { requests: [{ type: 'batch', batch }, { type: 'close' }] }));
  }

  async #cursor(batch: object): Promise<BatchAnswer> {
    const { baton, answer, failure } = this.#parsed(cursorAnswer, await this.#post('v3/cursor', { batch }));
    // Whether it is closed is no matter: it ends by itself.
    await this.#post('v2/pipeline', { baton, requests: [{ type: 'close' }] }).catch(() => undefined);
    if (failure) throw this.#failure(failure);
    return answer;
  }

  async #post(path: string, body: object): Promise<string> {
    let response: Response;
    let text: string;
    const request = { method: 'POST', headers: this.#headers, body: JSON.stringify(body) };
    try {
      response = await this.#fetch.call(undefined, new URL(path, this.#base), request);
      text = await response.text();
    } catch (error) {
      // The words of what was thrown may have the token in them.
      throw new SqlError('io', `The libSQL server at ${this.#name} was not reached (${(error as Error)?.name}).`);
    }
    if (!response.ok) throw statusError(this.#name, response.status);
    return text;
  }

  #parsed<T>(parse: (text: string) => T, text: string): T {
    try {
      return parse(text);
    } catch {
      throw new SqlError('io', `What answers at ${this.#name} is no libSQL server: its answer is not one of Hrana.`);
    }
  }

  #answerIn(text: string): BatchAnswer {
    const [result] = this.#parsed((json): PipelineResult[] => [...JSON.parse(json).results], text);
    if (result?.error) throw this.#failure(result.error);
    return this.#parsed(() => checked(result?.response?.result), '');
  }
}

interface PipelineResult {
  response?: { result?: BatchAnswer };
  error?: HranaFailure;
}

function checked(answer: BatchAnswer | undefined): BatchAnswer {
  if (Array.isArray(answer?.step_results) && Array.isArray(answer?.step_errors)) return answer;
  throw new TypeError('no batch');
}

function statusError(name: string, status: number): SqlError {
  const because = (code: SqlErrorCode, what: string) =>
    new SqlError(code, `The libSQL server at ${name} ${what} (HTTP ${status}).`);
  if (status === 401 || status === 403) return because('invalid', 'refused the authToken');
  if (status === 404) return because('not_found', 'has no such database');
  if (status === 413) return because('invalid', 'found the batch too large');
  if (status === 429 || status === 503) return because('busy', 'is too busy: try again');
  return because('io', 'failed');
}

function baseOf({ url }: LibsqlOptions): URL {
  const accepted = 'url must be that of a libSQL server, such as libsql://name.turso.io';
  const parsed = typeof url === 'string' && URL.canParse(url) ? new URL(url.replace(/^libsql:/i, 'https:')) : undefined;
  if (!parsed || !/^https?:$/.test(parsed.protocol)) throw new SqlError('invalid', `${accepted}.`);
  if (parsed.username || parsed.password || parsed.search || parsed.hash) {
    throw new SqlError('invalid', `${accepted}, without user, query and fragment: a token goes into authToken.`);
  }
  parsed.pathname = `${parsed.pathname.replace(/\/+$/, '')}/`;
  return parsed;
}

function headersOf({ authToken }: LibsqlOptions): Record<string, string> {
  if (authToken === undefined) return { 'content-type': 'application/json' };
  if (typeof authToken !== 'string' || !/^[\x21-\x7e]+$/.test(authToken)) {
    throw new SqlError('invalid', 'authToken must be a string of visible ASCII characters.');
  }
  return { 'content-type': 'application/json', authorization: `Bearer ${authToken}` };
}

function fetchOf({ fetch = globalThis.fetch }: LibsqlOptions): typeof globalThis.fetch {
  if (typeof fetch === 'function') return fetch;
  throw new SqlError('invalid', 'fetch must be a function.');
}
