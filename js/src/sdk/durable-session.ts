import { checkConversationId, checkOptions, checkText, kindOf } from '../check.ts';
import { UserError } from '../errors.ts';
import { randomUuid } from '../random-id.ts';
import { SQLiteSession } from '../sessions/sqlite-session.ts';
import { StoredSession } from '../sessions/stored-session.ts';
import { StoredConversation } from './stored-conversation.ts';

export interface DurableSessionOptions {
  /** Which conversation. Default: a new one, with a random UUID. */
  sessionId?: string;
  /** A SQLite database: in a browser its name in OPFS, in Node, Deno and Bun the path of a file. */
  dbPath?: string;
  /** In place of `dbPath`: any session of this package, which stays open when this one is closed. */
  store?: StoredSession;
}

interface OpenDatabase {
  session: SQLiteSession;
  users: number;
}

// Sessions on one database share it.
const databases = new Map<string, OpenDatabase>();

/**
 * A session of `@openai/agents` that lasts: in place of its MemorySession, with all that one can do. The Agents SDK for
 * Python opens the same file.
 *
 * @example
 * const session = new DurableSession({ sessionId: 'user-123', dbPath: 'conversations.db' });
 * await run(agent, "Hello, I'm John", { session }); // of @openai/agents
 */
export class DurableSession extends StoredConversation implements AsyncDisposable {
  readonly #dbPath: string | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: DurableSessionOptions) {
    checkOptions('options', options);
    const { sessionId = randomUuid(), dbPath, store } = options;
    checkConversationId(sessionId);
    if ((dbPath === undefined) === (store === undefined)) {
      throw new UserError('user_error', 'A DurableSession takes either dbPath or store.');
    }
    if (dbPath !== undefined) checkText('dbPath', dbPath);
    super(store === undefined ? databaseAt(dbPath as string) : checkedStore(store), sessionId);
    this.#dbPath = dbPath;
  }

  /** Closes the database, unless other sessions use it. May be called twice. */
  close(): Promise<void> {
    this.#closing ??= leave(this.#dbPath);
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

function databaseAt(dbPath: string): SQLiteSession {
  const open = databases.get(dbPath) ?? { session: new SQLiteSession({ dbPath }), users: 0 };
  ++open.users;
  databases.set(dbPath, open);
  return open.session;
}

async function leave(dbPath: string | undefined): Promise<void> {
  const open = dbPath === undefined ? undefined : databases.get(dbPath);
  if (!open || --open.users > 0) return;
  databases.delete(dbPath as string);
  await open.session.close();
}

function checkedStore(store: unknown): StoredSession {
  if (store instanceof StoredSession) return store;
  throw new UserError('invalid_argument', `store must be a session of agents-wasm, but is ${kindOf(store)}.`);
}
