import { chosenStore, hasDatabase, rememberStore } from '../bridges/idb-choice.ts';
import { holdsDatabase } from '../bridges/opfs-folder.ts';
import { isServer } from '../bridges/sql-database.ts';
import { checkOptions, checkText, messageOf, refuse } from '../check.ts';
import { SessionError } from '../errors.ts';
import { IndexedDBSession, type IndexedDBSessionOptions } from './indexeddb-session.ts';
import { MemorySession } from './memory-session.ts';
import { SQLiteSession, type SQLiteSessionOptions } from './sqlite-session.ts';
import type { SessionStorage, StoredSession } from './stored-session.ts';

export interface OpenSessionOptions
  extends Omit<SQLiteSessionOptions, 'dbPath'>,
    Omit<IndexedDBSessionOptions, 'dbName'> {
  /** What the conversations are found under again. Default `agents-wasm`. In Node, Deno and Bun the file `<name>.db`. */
  name?: string;
  /** Whether a session that keeps nothing is better than none. */
  allowMemory?: boolean;
  /** What a browser is asked for first while nothing holds data. Default `opfs`. */
  prefer?: 'opfs' | 'indexeddb';
}

type Kind = 'opfs' | 'indexeddb' | 'file';

/** A place that may hold the conversations of a name. */
interface Place {
  kind: Kind;
  /** Whether it does. Fails where there is no such place. */
  holdsData(): Promise<boolean>;
  session(): StoredSession;
}

/**
 * Opens the best session that this place offers: SQLite in OPFS, then IndexedDB; in Node, Deno and Bun SQLite in a file.
 * `storage()` of the session says which it is. The conversations of a name stay where they were begun: while that cannot
 * be opened, this fails with a `SessionError`, and nothing else is opened in its place.
 *
 * @example
 * const session = await openSession({ name: 'conversations' });
 * console.log((await session.storage()).reason);
 */
export async function openSession(options: OpenSessionOptions = {}): Promise<StoredSession> {
  checkOptions("openSession's options", options);
  const { name = 'agents-wasm', allowMemory = false, prefer = 'opfs' } = options;
  checkText('name', name);
  if (name === '') refuse('name', name, 'a string that is not empty');
  if (prefer !== 'opfs' && prefer !== 'indexeddb') refuse('prefer', prefer, "'opfs' or 'indexeddb'");
  const places = isServer() ? [filePlace(name, options)] : browserPlaces(name, prefer, options);
  const holder = await holderOf(name, places);
  if (holder) return openHolder(name, holder);
  const reasons: string[] = [];
  for (const place of places) {
    const opened = await tryPlace(place, reasons);
    if (!opened) continue;
    if (place.kind !== 'file') await rememberStore(name, place.kind);
    return opened;
  }
  const reason = `Nothing here keeps the conversations of "${name}": ${reasons.join(' ')}`;
  if (allowMemory) return new LastResort(options, reason);
  throw new SessionError('unsupported', `${reason} With allowMemory, openSession gives a session in memory.`);
}

/** The place that has the conversations of that name. */
async function holderOf(name: string, places: readonly Place[]): Promise<Place | undefined> {
  const chosen = isServer() ? undefined : await chosenStore(name);
  const known = places.find(({ kind }) => kind === chosen);
  if (known) return known;
  for (const place of places) {
    if (await place.holdsData().catch(() => false)) return place;
  }
  return undefined;
}

async function openHolder(name: string, place: Place): Promise<StoredSession> {
  try {
    return await opened(place);
  } catch (cause) {
    const code = cause instanceof SessionError ? cause.code : 'io';
    const where = { opfs: 'in OPFS', indexeddb: 'in IndexedDB', file: 'in a file' }[place.kind];
    throw new SessionError(
      code,
      `The conversations of "${name}" are ${where}, which cannot be opened now, and nothing else was opened instead: ` +
        messageOf(cause),
      { cause },
    );
  }
}

/** The session, if there is such a place here; else the reason is added to `reasons`. Other failures are the caller's. */
async function tryPlace(place: Place, reasons: string[]): Promise<StoredSession | undefined> {
  try {
    await place.holdsData();
  } catch (error) {
    reasons.push(`${place.kind} is refused (${messageOf(error)}).`);
    return undefined;
  }
  try {
    return await opened(place);
  } catch (error) {
    if (!(error instanceof SessionError) || error.code !== 'unsupported') throw error;
    reasons.push(error.message);
    return undefined;
  }
}

async function opened(place: Place): Promise<StoredSession> {
  const session = place.session();
  try {
    await session.storage();
    return session;
  } catch (error) {
    await session.close();
    throw error;
  }
}

function browserPlaces(name: string, prefer: string, options: OpenSessionOptions): Place[] {
  const dbPath = fileName(name);
  const opfs: Place = {
    kind: 'opfs',
    holdsData: () => holdsDatabase(dbPath),
    session: () => new SQLiteSession({ ...options, dbPath }),
  };
  const indexeddb: Place = {
    kind: 'indexeddb',
    holdsData: () => hasDatabase(name),
    session: () => new IndexedDBSession({ ...options, dbName: name }),
  };
  return prefer === 'indexeddb' ? [indexeddb, opfs] : [opfs, indexeddb];
}

function filePlace(name: string, options: OpenSessionOptions): Place {
  const dbPath = fileName(name);
  return {
    kind: 'file',
    holdsData: async () => process.getBuiltinModule?.('node:fs').existsSync(dbPath) ?? false,
    session: () => new SQLiteSession({ ...options, dbPath }),
  };
}

function fileName(name: string): string {
  return name.endsWith('.db') ? name : `${name}.db`;
}

/** Memory, with the reason why it is no more. */
class LastResort extends MemorySession {
  readonly #reason: string;

  constructor(options: OpenSessionOptions, reason: string) {
    super(options);
    this.#reason = reason;
  }

  override get sessionType(): string {
    return 'MemorySession';
  }

  override async storage(): Promise<SessionStorage> {
    return { persistence: 'memory', durable: false, reason: this.#reason };
  }
}
