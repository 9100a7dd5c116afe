import { FetchBridge } from './bridges/fetch.ts';
import { LockBridge } from './bridges/locks.ts';
import type { SqlDatabase, SqlStatement, SqlValue } from './bridges/sql-database.ts';
import { joinBytes } from './bytes.ts';
import type { Host, Listener, Message, Reply } from './core.ts';
import { AgentsError } from './errors.ts';
import { ModelBridge, type ModelOwner } from './models/host-model.ts';
import type { RunHost } from './run-host.ts';
import type { HostStore } from './store-wire.ts';

// What the core can ask for, by name, and what it asks it of: runs, databases and stores by the numbers it knows them by.

const runs = new Map<number, RunHost>();
const callers = new Map<number, Caller>();
const databases = new Map<number, SqlDatabase>();
const stores = new Map<number, HostStore>();
const watchers = new Map<number, Watcher>();
let lastDatabase = 0;
let lastStore = 0;

export function addRun(id: number, run: RunHost): void {
  runs.set(id, run);
}

export function removeRun(id: number): void {
  runs.delete(id);
}

/** What reaches a server or asks a model and is no run, under the number that a run would have. */
export interface Caller extends ModelOwner {
  /** Hears how far the call is. It must not throw. */
  progress?: Listener;
}

export function addCaller(id: number, caller: Caller): void {
  callers.set(id, caller);
}

export function removeCaller(id: number): void {
  callers.delete(id);
}

export function addDatabase(database: SqlDatabase): number {
  databases.set(++lastDatabase, database);
  return lastDatabase;
}

export function removeDatabase(id: number): void {
  databases.delete(id);
}

export function addStore(store: HostStore): number {
  stores.set(++lastStore, store);
  return lastStore;
}

export function removeStore(id: number): void {
  stores.delete(id);
}

/** Hears of a session's conversations, by the number that the core has for the session. */
export interface Watcher {
  changed: Listener;
  said: Listener;
  slow: Listener;
}

export function addWatcher(session: number, watcher: Watcher): void {
  watchers.set(session, watcher);
}

export function removeWatcher(session: number): void {
  watchers.delete(session);
}

/** A host for one instance. Instances count their tickets from 1, so each has open answers of its own. */
export function makeHost(): Host {
  const network = new FetchBridge();
  const models = new ModelBridge();
  const locks = new LockBridge();
  return {
    handlers: {
      fetch: (message, ticket) => network.fetch(message, callerOf(message).api, ticket),
      read: (message, ticket) => network.read(message, ticket),
      model: (message, ticket) => models.ask(message, callerOf(message), ticket),
      'model.next': (message) => models.next(message),
      sleep: ({ head }, ticket) => sleep(head.ms, ticket.signal),
      sql,
      'store.read': (message) => storeOf(message).read(message.head),
      'store.list': async (message) => ({ head: await storeOf(message).list(message.head) }),
      'store.apply': async (message) => ({ head: await storeOf(message).apply(message.head, message.body) }),
      'store.close': async (message) => {
        await storeOf(message).close();
        return undefined;
      },
      tool: (message, ticket) => runOf(message).callTool(message, ticket),
      callback: (message) => runOf(message).callback(message),
      shape: (message) => runOf(message).shapeInput(message),
      loadItems: (message) => runOf(message).loadItems(message),
      saveItems: (message) => runOf(message).saveItems(message),
      lock: (message, ticket) => locks.take(message, ticket),
      isLocked: (message) => locks.isTaken(message),
    },
    listeners: {
      changed: (head) => watchers.get(head.session)?.changed(head),
      said: (head) => watchers.get(head.session)?.said(head),
      slow: (head) => watchers.get(head.session)?.slow(head),
      progress: (head) => callers.get(head.run)?.progress?.(head),
      spanBegan: (head) => runs.get(head.run)?.tracing?.spanBegan(head),
      spanEnded: (head) => runs.get(head.run)?.tracing?.spanEnded(head),
    },
    release(ticket) {
      network.close(ticket);
      models.close(ticket);
      locks.release(ticket);
    },
    end() {
      network.closeAll();
      models.closeAll();
      locks.releaseAll();
    },
  };
}

function runOf({ head }: Message): RunHost {
  const run = runs.get(head.run);
  if (!run) throw new AgentsError('internal', 'The run is unknown.');
  return run;
}

function callerOf(message: Message): ModelOwner {
  return callers.get(message.head.run) ?? runOf(message);
}

function storeOf({ head }: Message): HostStore {
  const store = stores.get(head.store);
  if (!store) throw new AgentsError('closed', 'The session is closed.');
  return store;
}

function sleep(ms: number, signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms, undefined);
    signal.addEventListener('abort', () => clearTimeout(timer));
  });
}

/** Bytes travel in the body, one after the other; in the head stands `{bytes: n}` in their place. */
async function sql({ head, body }: Message): Promise<Reply> {
  const database = databases.get(head.database);
  if (!database) throw new AgentsError('closed', 'The session is closed.');
  let offset = 0;
  const take = (value: unknown): SqlValue => {
    if (typeof value !== 'object' || value === null) return value as SqlValue;
    const { bytes: length } = value as { bytes: number };
    offset += length;
    // The driver may transfer what it is given: each value gets a buffer of its own.
    return length === body.length ? body : body.slice(offset - length, offset);
  };
  const statements = head.statements.map(({ sql, params }: { sql: string; params: unknown[] }): SqlStatement => {
    return { sql, params: params.map(take) };
  });
  return encodeResults(await database.batch(statements));
}

function encodeResults(results: SqlValue[][][]): Reply {
  const blobs: Uint8Array[] = [];
  const put = (value: SqlValue) => {
    if (!(value instanceof Uint8Array)) return value;
    blobs.push(value);
    return { bytes: value.length };
  };
  const head = results.map((rows) => rows.map((row) => row.map(put)));
  return { head, body: joinBytes(blobs) };
}
