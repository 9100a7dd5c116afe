import type { SAHPoolUtil, Sqlite3Static } from '@sqlite.org/sqlite-wasm';
import { folderName, OPFS_ROOT } from './opfs-folder.ts';
import { SqlError } from './sql-database.ts';

/** How long locks and file handles may take to come free: the Worker before this one may still be closing them. */
const PATIENCE = 5000;
const LONGEST_PAUSE = 400;
/** The database, its log and room for what SQLite writes beside them. */
const POOL_FILES = 6;
/** What browsers throw while another tab, or this one's last page, still holds the files; or, in Safari, at random. */
const PASSING = ['NoModificationAllowedError', 'InvalidStateError', 'UnknownError'];

/** What private windows and browsers without OPFS still have. */
const OTHERWISE = 'an IndexedDBSession, or openSession(), which takes one where OPFS is not.';

/** The files of one database in OPFS, which this Worker holds alone. */
export interface Pool {
  vfs: string;
  /** Lets go of the files. The connection must be closed. */
  close(): void;
}

/** Takes the Web Lock of `dbPath`, then the files of its folder. */
export async function openPool(sqlite3: Sqlite3Static, dbPath: string): Promise<Pool> {
  checkRuntime(dbPath);
  const deadline = Date.now() + PATIENCE;
  const releaseLock = await takeLock(dbPath);
  try {
    const directory = `/${OPFS_ROOT}/${await folderName(dbPath)}`;
    const files = await install(sqlite3, directory, deadline);
    return {
      vfs: files.vfsName,
      close() {
        files.pauseVfs();
        releaseLock();
      },
    };
  } catch (error) {
    releaseLock();
    throw poolError(dbPath, error as Error);
  }
}

function checkRuntime(dbPath: string): void {
  const files = globalThis.FileSystemFileHandle?.prototype ?? {};
  if ('createSyncAccessHandle' in files && 'getDirectory' in (navigator.storage ?? {}) && navigator.locks) return;
  throw new SqlError(
    'unsupported',
    `The database "${dbPath}" needs the origin private file system (OPFS) and Web Locks, which this page does not ` +
      `have. Use a current browser, https or localhost, and no private window; or ${OTHERWISE}`,
  );
}

/** Resolves with what releases the lock. */
function takeLock(dbPath: string): Promise<() => void> {
  return new Promise((resolve, reject) => {
    navigator.locks
      .request(
        `agents-wasm:sqlite:${dbPath}`,
        { signal: AbortSignal.timeout(PATIENCE) },
        () => new Promise<void>((release) => resolve(release)),
      )
      .catch((error) => reject(error.name === 'TimeoutError' ? lockedError(dbPath) : poolError(dbPath, error)));
  });
}

async function install(sqlite3: Sqlite3Static, directory: string, deadline: number): Promise<SAHPoolUtil> {
  const options = {
    name: 'agents-wasm',
    directory,
    initialCapacity: POOL_FILES,
    // Without this a failed start deletes the databases.
    preserveOnInitFailure: true,
    forceReinitIfPreviouslyFailed: true,
    // Errors, which loadSqlite collects, and nothing else.
    verbosity: 1,
  };
  for (let pause = 20; ; pause = Math.min(2 * pause, LONGEST_PAUSE)) {
    try {
      const files = await sqlite3.installOpfsSAHPoolVfs(options);
      // A page that was killed while it made the files leaves too few of them.
      await files.reserveMinimumCapacity(POOL_FILES);
      return files;
    } catch (error) {
      if (!PASSING.includes((error as Error).name) || Date.now() >= deadline) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

function poolError(dbPath: string, error: Error): SqlError {
  const detail = `${error.name}: ${error.message}`;
  switch (error.name) {
    case 'NoModificationAllowedError':
      return lockedError(dbPath);
    case 'QuotaExceededError':
      return new SqlError('quota', `There is no space for the database "${dbPath}". Delete data of this site.`);
    case 'SecurityError':
    case 'NotSupportedError':
      return new SqlError(
        'unsupported',
        `The browser refuses storage to the database "${dbPath}" (${detail}). Use ${OTHERWISE}`,
      );
    default:
      return new SqlError('io', `The files of the database "${dbPath}" cannot be opened (${detail}). Try again.`);
  }
}

function lockedError(dbPath: string): SqlError {
  return new SqlError(
    'locked',
    `The files of the database "${dbPath}" are held by another tab that does not let go of them. Close that tab and ` +
      'try again.',
  );
}
