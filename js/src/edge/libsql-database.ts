import { closedError, isRead } from '../bridges/sql-check.ts';
import type { SqlDatabase, SqlLimits, SqlStatement, SqlStorage, SqlValue } from '../bridges/sql-database.ts';
import { SqlError, type SqlErrorCode } from '../bridges/sql-error.ts';
import { type BatchAnswer, batchRequest, fromHrana, type HranaFailure } from './hrana.ts';
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

/** A batch comes back as one answer, of which a server gives 10 MB unless it was told otherwise. */
const LIMITS: SqlLimits = { maxParams: 32_766, maxValueBytes: 4_000_000, maxSqlBytes: 1_000_000, bytes: false };
/** Without the pages that are free: a server's file does not shrink. */
const SIZE =
  'SELECT (page_count - freelist_count) * page_size AS size FROM pragma_page_count, pragma_freelist_count, ' +
  'pragma_page_size';
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
  return new LibsqlDatabase(endpointOf(options), headersOf(options), fetchOf(options));
}

class LibsqlDatabase implements SqlDatabase {
  readonly limits = LIMITS;
  readonly storage: SqlStorage;
  readonly key: string;
  readonly #name: string;
  readonly #endpoint: URL;
  readonly #headers: Record<string, string>;
  readonly #fetch: typeof globalThis.fetch;
  readonly #calls = new InTurn();
  #closed = false;

  constructor(endpoint: URL, headers: Record<string, string>, fetch: typeof globalThis.fetch) {
    this.#endpoint = endpoint;
    this.#headers = headers;
    this.#fetch = fetch;
    this.#name = endpoint.host;
    this.key = `libsql:${endpoint.href}`;
    this.storage = {
      persistence: 'libsql',
      durable: true,
      reason: `The libSQL server at ${endpoint.host} keeps the database, and answers when it is written.`,
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
    const reads = statements.every(({ sql }) => isRead(sql));
    const body = JSON.stringify(batchRequest(reads ? 'BEGIN' : 'BEGIN IMMEDIATE', statements));
    const answer = await this.#ask(body, reads ? PAUSES : []);
    this.#checkSteps(answer, statements.length);
    return statements.map((_, index) => {
      const rows = answer.step_results[index + 1]?.rows ?? [];
      return rows.map((row) => row.map((value) => fromHrana(this.#name, value, `statements[${index}]`)));
    });
  }

  /** The first step that failed is why the others did not run. */
  #checkSteps(answer: BatchAnswer, statements: number): void {
    const failed = answer.step_errors.findIndex((error) => error !== null);
    if (failed < 0) return;
    const isStatement = failed > 0 && failed <= statements;
    throw this.#failure(answer.step_errors[failed] as HranaFailure, isStatement ? `statements[${failed - 1}]` : '');
  }

  #failure({ message, code }: HranaFailure, where = ''): SqlError {
    return edgeError(this.#name, new Error(`${message}${code ? `: ${code}` : ''}`), where);
  }

  async #ask(body: string, pauses: readonly number[]): Promise<BatchAnswer> {
    for (const pause of pauses) {
      try {
        return await this.#post(body);
      } catch (error) {
        const { code } = error as SqlError;
        if (code !== 'io' && code !== 'busy') throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
    return this.#post(body);
  }

  async #post(body: string): Promise<BatchAnswer> {
    let response: Response;
    let text: string;
    try {
      response = await this.#fetch.call(undefined, this.#endpoint, { method: 'POST', headers: this.#headers, body });
      text = await response.text();
    } catch (error) {
      // The words of what was thrown may have the token in them.
      throw new SqlError('io', `The libSQL server at ${this.#name} was not reached (${(error as Error)?.name}).`);
    }
    if (!response.ok) throw statusError(this.#name, response.status);
    return this.#answerIn(text);
  }

  #answerIn(text: string): BatchAnswer {
    let result: { response?: { result?: BatchAnswer }; error?: HranaFailure } | undefined;
    try {
      [result] = JSON.parse(text).results;
    } catch {
      // Said below.
    }
    if (result?.error) throw this.#failure(result.error);
    const answer = result?.response?.result;
    if (Array.isArray(answer?.step_results) && Array.isArray(answer?.step_errors)) return answer;
    throw new SqlError('io', `What answers at ${this.#name} is no libSQL server: its answer is not one of Hrana 2.`);
  }
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

function endpointOf({ url }: LibsqlOptions): URL {
  const accepted = 'url must be that of a libSQL server, such as libsql://name.turso.io';
  const parsed = typeof url === 'string' && URL.canParse(url) ? new URL(url.replace(/^libsql:/i, 'https:')) : undefined;
  if (!parsed || !/^https?:$/.test(parsed.protocol)) throw new SqlError('invalid', `${accepted}.`);
  if (parsed.username || parsed.password || parsed.search || parsed.hash) {
    throw new SqlError('invalid', `${accepted}, without user, query and fragment: a token goes into authToken.`);
  }
  parsed.pathname = `${parsed.pathname.replace(/\/+$/, '')}/v2/pipeline`;
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
