import sqlite3InitModule, { type Sqlite3Static } from '@sqlite.org/sqlite-wasm';

import type { SqlDatabase, SqlStatement, SqlValue } from '../../js/src/bridges/sql-database.ts';
import { WASM_LIMITS, WasmConnection } from '../../js/src/bridges/sql-wasm.ts';
import { type CrashDisk, type DiskFile, DiskFull, PowerCut } from './crash-disk.ts';

const VFS = 'crash-disk';
const FILE = '/db';

/** SQLite in this process, over disks whose power can fail. */
export interface CrashSqlite {
  open(disk: CrashDisk, pragmas: readonly string[]): CrashDatabase;
}

export async function loadCrashSqlite(): Promise<CrashSqlite> {
  const init = sqlite3InitModule as unknown as (settings: object) => Promise<Sqlite3Static>;
  const sqlite3 = await init({ printErr: () => {} });
  const mount = installVfs(sqlite3);
  return {
    open(disk, pragmas) {
      mount(disk);
      return new CrashDatabase(new WasmConnection(sqlite3, { dbPath: 'crash', fileName: FILE, vfs: VFS }), pragmas);
    },
  };
}

/** The connection of our Worker, without the Worker. */
export class CrashDatabase implements SqlDatabase {
  readonly limits = WASM_LIMITS;
  readonly storage = { persistence: 'file', durable: true, reason: 'A disk in memory.' } as const;
  readonly #connection: WasmConnection;

  constructor(connection: WasmConnection, pragmas: readonly string[]) {
    this.#connection = connection;
    try {
      for (const pragma of pragmas) connection.run(`PRAGMA ${pragma}`);
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  async batch(statements: readonly SqlStatement[]): Promise<SqlValue[][][]> {
    return this.#connection.batch(statements);
  }

  async size(): Promise<number> {
    return this.#connection.size();
  }

  async image(): Promise<Uint8Array> {
    return this.#connection.image();
  }

  async close(): Promise<void> {
    this.#connection.close();
  }

  /** SQLite's own look at the whole file. */
  check(): unknown {
    return this.#connection.run('PRAGMA integrity_check').flat();
  }
}

/** Registers the file system; what it gives puts a disk into it, for the files that are opened from then on. */
function installVfs(sqlite3: Sqlite3Static): (disk: CrashDisk) => void {
  const { capi, wasm } = sqlite3 as any;
  let mounted: CrashDisk;
  const handles = new Map<number, DiskFile>();
  const file = (pointer: number) => handles.get(Number(pointer)) as DiskFile;
  const orFail = (step: () => unknown): number => {
    try {
      const code = step();
      return typeof code === 'number' ? code : capi.SQLITE_OK;
    } catch (error) {
      if (error instanceof PowerCut) return capi.SQLITE_IOERR;
      if (error instanceof DiskFull) return capi.SQLITE_FULL;
      throw error;
    }
  };
  const done = () => 0;

  const io = new capi.sqlite3_io_methods();
  // Without shared memory, as in a Worker's pool of files: the log works for a connection that is alone.
  io.$iVersion = 1;
  const ioMethods = {
    xClose: (handle: number) => orFail(() => handles.delete(Number(handle))),
    xRead: (handle: number, to: number, length: number, at: bigint) =>
      orFail(() => {
        const bytes = file(handle).read(Number(at), length);
        const target: Uint8Array = wasm.heap8u().subarray(Number(to), Number(to) + length);
        target.set(bytes);
        target.fill(0, bytes.length);
        return bytes.length < length ? capi.SQLITE_IOERR_SHORT_READ : 0;
      }),
    xWrite: (handle: number, from: number, length: number, at: bigint) =>
      orFail(() => {
        const data = wasm.heap8u().slice(Number(from), Number(from) + length);
        file(handle).change({ at: Number(at), data });
      }),
    xTruncate: (handle: number, size: bigint) => orFail(() => file(handle).change({ size: Number(size) })),
    xSync: (handle: number) => orFail(() => file(handle).sync()),
    xFileSize: (handle: number, out: number) => orFail(() => wasm.poke64(out, BigInt(file(handle).size))),
    xLock: done,
    xUnlock: done,
    xCheckReservedLock: (_: number, out: number) => orFail(() => wasm.poke32(out, 0)),
    xFileControl: () => capi.SQLITE_NOTFOUND,
    // Both as the pool of files in OPFS says.
    xSectorSize: () => 4096,
    xDeviceCharacteristics: () => capi.SQLITE_IOCAP_UNDELETABLE_WHEN_OPEN,
  };

  const vfs = new capi.sqlite3_vfs();
  const usual = new capi.sqlite3_vfs(capi.sqlite3_vfs_find(0));
  vfs.$iVersion = 2;
  vfs.$szOsFile = capi.sqlite3_file.structInfo.sizeof;
  vfs.$mxPathname = 512;
  vfs.$xRandomness = usual.$xRandomness;
  vfs.$xSleep = usual.$xSleep;
  usual.dispose();
  const vfsMethods = {
    xOpen: (_: number, name: number, handle: number, flags: number, outFlags: number) =>
      orFail(() => {
        handles.set(Number(handle), mounted.open(name ? wasm.cstrToJs(name) : `temporary-${handle}`));
        const opened = new capi.sqlite3_file(handle);
        opened.$pMethods = io.pointer;
        opened.dispose();
        wasm.poke32(outFlags, flags);
      }),
    xDelete: (_: number, name: number) => orFail(() => mounted.delete(wasm.cstrToJs(name))),
    xAccess: (_: number, name: number, __: number, out: number) =>
      orFail(() => wasm.poke32(out, mounted.has(wasm.cstrToJs(name)) ? 1 : 0)),
    xFullPathname: (_: number, name: number, length: number, out: number) =>
      wasm.cstrncpy(out, name, length) < length ? 0 : capi.SQLITE_CANTOPEN,
    xCurrentTime: (_: number, out: number) => orFail(() => wasm.poke(out, 2440587.5 + mounted.now() / 864e5, 'double')),
    xCurrentTimeInt64: (_: number, out: number) => orFail(() => wasm.poke(out, 0xbfc83e532200 + mounted.now(), 'i64')),
    xGetLastError: done,
  };
  sqlite3.vfs.installVfs({
    io: { struct: io, methods: ioMethods },
    vfs: { struct: vfs, methods: vfsMethods, name: VFS },
  } as never);
  return (disk) => {
    mounted = disk;
  };
}
