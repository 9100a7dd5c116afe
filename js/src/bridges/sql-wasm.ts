import type { Sqlite3Static } from '@sqlite.org/sqlite-wasm';
import { hasTail, notOneStatement, sqliteError, unsafeInteger } from './sql-check.ts';
import type { SqlError, SqlLimits, SqlStatement, SqlValue } from './sql-database.ts';
import { standAlone } from './sql-image.ts';

const CACHED_STATEMENTS = 100;

/** A value of 64 MiB is held three times on its way, and the heap of WebAssembly never shrinks. */
export const WASM_LIMITS: SqlLimits = {
  maxParams: 32_766,
  maxValueBytes: 64 * 1024 * 1024,
  maxSqlBytes: 1_000_000,
  bytes: true,
};

export interface WasmFile {
  dbPath: string;
  /** The name of the file inside its file system. */
  fileName: string;
  /** SQLite's name of the file system. The default keeps everything in memory. */
  vfs?: string;
  /** What a database in memory begins with. */
  image?: Uint8Array | undefined;
  /** Gives up the exception behind a failed read or write, of which SQLite only says "disk I/O error". */
  takeFault?: () => unknown;
}

/**
 * A connection over SQLite's C functions. They, rather than the library's `oo1` classes, take and give UTF-8 without
 * making a string of it. Memory can grow in every call, so a view of it is never kept.
 */
export class WasmConnection {
  readonly #capi: Sqlite3Static['capi'];
  readonly #wasm: Sqlite3Static['wasm'];
  readonly #file: WasmFile;
  readonly #database: number;
  readonly #statements = new Map<string, number>();
  readonly #encoder = new TextEncoder();
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true });

  constructor(sqlite3: Sqlite3Static, file: WasmFile) {
    this.#capi = sqlite3.capi;
    this.#wasm = sqlite3.wasm;
    this.#file = file;
    this.#database = this.#open();
    if (!file.image) return;
    try {
      this.#fill(standAlone(file.image));
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Runs one statement outside of a transaction. */
  run(sql: string): SqlValue[][] {
    return this.#rows({ sql }, '');
  }

  batch(statements: readonly SqlStatement[]): SqlValue[][][] {
    this.run('BEGIN');
    try {
      const results = statements.map((statement, index) => this.#rows(statement, `statements[${index}]`));
      this.run('COMMIT');
      return results;
    } catch (error) {
      // Some failures make SQLite roll back by itself.
      if (!this.#capi.sqlite3_get_autocommit(this.#database)) this.run('ROLLBACK');
      throw error;
    }
  }

  size(): number {
    return Number(this.run('SELECT page_count * page_size FROM pragma_page_count, pragma_page_size')[0]?.[0]);
  }

  /** Read page by page from under the log, where there is one. */
  image(): Uint8Array {
    try {
      return standAlone(this.#capi.sqlite3_js_db_export(this.#database));
    } catch (error) {
      throw this.#error(this.#capi.SQLITE_NOMEM, (error as Error).message, '');
    }
  }

  close(): void {
    for (const statement of this.#statements.values()) this.#capi.sqlite3_finalize(statement);
    this.#statements.clear();
    this.#capi.sqlite3_close_v2(this.#database);
  }

  #open(): number {
    const { SQLITE_OPEN_READWRITE, SQLITE_OPEN_CREATE } = this.#capi;
    const out = this.#wasm.alloc(8);
    try {
      const flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
      const code = this.#capi.sqlite3_open_v2(this.#file.fileName, out, flags, this.#file.vfs ?? 0);
      const database = this.#wasm.peekPtr(out);
      if (code === this.#capi.SQLITE_OK) return database;
      this.#capi.sqlite3_close_v2(database);
      throw this.#error(code, this.#capi.sqlite3_js_rc_str(code) ?? 'cannot open', '');
    } finally {
      this.#wasm.dealloc(out);
    }
  }

  #fill(image: Uint8Array): void {
    const { SQLITE_DESERIALIZE_FREEONCLOSE, SQLITE_DESERIALIZE_RESIZEABLE } = this.#capi;
    const pointer = this.#wasm.alloc(image.length);
    this.#wasm.heap8u().set(image, pointer);
    // SQLite frees the memory, also when it fails.
    const flags = SQLITE_DESERIALIZE_FREEONCLOSE | SQLITE_DESERIALIZE_RESIZEABLE;
    const { length } = image;
    this.#check(this.#capi.sqlite3_deserialize(this.#database, 'main', pointer, length, length, flags), '');
    this.run('PRAGMA journal_mode = MEMORY');
    this.run('SELECT count(*) FROM sqlite_master');
  }

  #rows({ sql, params = [] }: SqlStatement, where: string): SqlValue[][] {
    const statement = this.#statements.get(sql) ?? this.#prepare(sql, where);
    try {
      params.forEach((value, index) => this.#check(this.#bind(statement, index + 1, value), where));
      const rows: SqlValue[][] = [];
      for (;;) {
        const code = this.#capi.sqlite3_step(statement);
        if (code === this.#capi.SQLITE_DONE) return rows;
        if (code !== this.#capi.SQLITE_ROW) this.#check(code, where);
        rows.push(this.#row(statement, where));
      }
    } finally {
      this.#capi.sqlite3_reset(statement);
      this.#capi.sqlite3_clear_bindings(statement);
    }
  }

  #prepare(sql: string, where: string): number {
    const capi = this.#capi;
    const wasm = this.#wasm;
    const bytes = this.#encoder.encode(`${sql}\0`);
    const text = wasm.alloc(bytes.length);
    const out = wasm.alloc(8);
    try {
      wasm.heap8u().set(bytes, text);
      const flags = capi.SQLITE_PREPARE_PERSISTENT;
      this.#check(capi.sqlite3_prepare_v3(this.#database, text, bytes.length, flags, out, out + 4), where);
      const statement = wasm.peekPtr(out);
      const rest = wasm.heap8u().subarray(wasm.peekPtr(out + 4), text + bytes.length - 1);
      if (statement && !hasTail(this.#decoder.decode(rest))) return this.#keep(sql, statement);
      capi.sqlite3_finalize(statement);
      throw notOneStatement(this.#file.dbPath, where);
    } finally {
      wasm.dealloc(out);
      wasm.dealloc(text);
    }
  }

  #keep(sql: string, statement: number): number {
    this.#statements.set(sql, statement);
    const [oldest] = this.#statements;
    if (oldest && this.#statements.size > CACHED_STATEMENTS) {
      this.#capi.sqlite3_finalize(oldest[1]);
      this.#statements.delete(oldest[0]);
    }
    return statement;
  }

  #bind(statement: number, index: number, value: SqlValue): number {
    const capi = this.#capi;
    // Each run ends by clearing the bindings, which makes them NULL.
    if (value === null) return capi.SQLITE_OK;
    if (typeof value === 'number') {
      return Number.isInteger(value)
        ? capi.sqlite3_bind_int64(statement, index, BigInt(value))
        : capi.sqlite3_bind_double(statement, index, value);
    }
    const bytes = typeof value === 'string' ? this.#encoder.encode(value) : value;
    // SQLite takes a null pointer for NULL, so that an empty value needs an address too.
    const pointer = this.#wasm.alloc(bytes.length || 1);
    this.#wasm.heap8u().set(bytes, pointer);
    const bind = typeof value === 'string' ? capi.sqlite3_bind_text : capi.sqlite3_bind_blob;
    return bind(statement, index, pointer, bytes.length, capi.SQLITE_WASM_DEALLOC);
  }

  #row(statement: number, where: string): SqlValue[] {
    // The count is right only after a step: a changed schema may have changed it.
    const count = this.#capi.sqlite3_column_count(statement);
    return Array.from({ length: count }, (_, column) => this.#value(statement, column, where));
  }

  #value(statement: number, column: number, where: string): SqlValue {
    const capi = this.#capi;
    switch (capi.sqlite3_column_type(statement, column)) {
      case capi.SQLITE_INTEGER: {
        const value = capi.sqlite3_column_double(statement, column);
        if (Number.isSafeInteger(value)) return value;
        throw unsafeInteger(this.#file.dbPath, where);
      }
      case capi.SQLITE_FLOAT:
        return capi.sqlite3_column_double(statement, column);
      case capi.SQLITE_TEXT:
        return this.#decoder.decode(this.#bytes(statement, column));
      case capi.SQLITE_BLOB:
        return this.#bytes(statement, column).slice();
      default:
        return null;
    }
  }

  /** A view of a text's or blob's bytes, valid until the next call. */
  #bytes(statement: number, column: number): Uint8Array {
    const pointer = this.#capi.sqlite3_column_blob(statement, column);
    const length = this.#capi.sqlite3_column_bytes(statement, column);
    return this.#wasm.heap8u().subarray(pointer, pointer + length);
  }

  #check(code: number, where: string): void {
    if (code === this.#capi.SQLITE_OK) return;
    throw this.#error(code, this.#capi.sqlite3_errmsg(this.#database), where);
  }

  #error(code: number, message: string, where: string): SqlError {
    const isFull = isOutOfSpace(this.#file.takeFault?.()) && (code & 0xff) === this.#capi.SQLITE_IOERR;
    return isFull
      ? sqliteError(this.#file.dbPath, this.#capi.SQLITE_FULL, 'the storage is full', where)
      : sqliteError(this.#file.dbPath, code, message, where);
  }
}

/** A full disk or quota is an exception in some browsers and in others a write that comes out short. */
function isOutOfSpace(fault: unknown): boolean {
  const { name, message } = (fault ?? {}) as Partial<Error>;
  return name === 'QuotaExceededError' || /write\(\) failure/.test(message ?? '');
}
