/** Runs in workerd: what all stores promise, over Durable Objects and D1, and a session within a Durable Object. */
import { DurableObject } from 'cloudflare:workers';
import { SQLiteSession } from 'agents-wasm';
import { type D1DatabaseLike, d1Database, durableObjectDatabase, type SqlDatabase, SqlError } from 'agents-wasm/edge';

import { remembers, smoke } from '../runtimes/smoke.ts';
import { empty } from '../support/empty-database.ts';
import { collected } from '../support/page-test.ts';
import { sessionBranchesSuite } from '../support/session-branches-suite.ts';
import { sessionEditSuite } from '../support/session-edit-suite.ts';
import { sessionFoldsSuite } from '../support/session-folds-suite.ts';
import { sessionKeptSuite } from '../support/session-kept-suite.ts';
import { sessionLongSuite } from '../support/session-long-suite.ts';
import { sessionRandomSuite } from '../support/session-random-suite.ts';
import { sessionSearchSuite } from '../support/session-search-suite.ts';
import { sessionSuite } from '../support/session-suite.ts';
import { sqlDatabaseSuite } from './sql-suite.ts';

type Method = 'batch' | 'size' | 'image' | 'close';
type Answer = { value: unknown } | { code: SqlError['code']; message: string };

/** A database for others to use, as each case has some of its own. */
export class Store extends DurableObject {
  readonly #databases = new Map<number, SqlDatabase>();

  async call(handle: number, method: Method, args: unknown[]): Promise<Answer> {
    const database = this.#databases.get(handle) ?? durableObjectDatabase(this.ctx.storage);
    this.#databases.set(handle, database);
    try {
      return { value: await (database[method] as (...args: unknown[]) => Promise<unknown>)(...args) };
    } catch (error) {
      const { code, message } = error as SqlError;
      return { code, message };
    }
  }
}

/** A Durable Object that has a session of its own. */
export class Talker extends DurableObject {
  async smoke(): Promise<string[]> {
    return smoke('SQLiteSession', () => this.#session());
  }

  async remembers(): Promise<void> {
    await remembers(this.#session());
  }

  #session(): SQLiteSession {
    return new SQLiteSession({ database: durableObjectDatabase(this.ctx.storage) });
  }
}

interface Namespace<Stub> {
  idFromName(name: string): unknown;
  get(id: unknown): Stub;
}

interface Env extends Record<`D1_${number}`, D1DatabaseLike> {
  STORE: Namespace<{ call: Store['call'] }>;
  TALKER: Namespace<{ smoke: Talker['smoke']; remembers: Talker['remembers'] }>;
}

let env: Env;
let handles = 0;
/** It only looks at the calls. */
const nowhere = durableObjectDatabase({ sql: { exec() {} }, transactionSync() {} } as never);

/** The database of a Durable Object, from outside of it. */
function remote(name: string): SqlDatabase {
  const handle = ++handles;
  const stub = env.STORE.get(env.STORE.idFromName(name));
  let last: Promise<unknown> = Promise.resolve();
  const ask = async (method: Method, ...args: unknown[]): Promise<unknown> => {
    const asked = last.then(async () => {
      // Not everything that a driver must refuse can be sent.
      if (method === 'batch') await nowhere.batch(...(args as Parameters<SqlDatabase['batch']>));
      return stub.call(handle, method, args);
    });
    last = asked.catch(() => undefined);
    const answer = await asked;
    if ('code' in answer) throw new SqlError(answer.code, answer.message);
    return answer.value;
  };
  return {
    limits: nowhere.limits,
    storage: nowhere.storage,
    batch: (statements) => ask('batch', statements) as ReturnType<SqlDatabase['batch']>,
    size: () => ask('size') as Promise<number>,
    image: () => ask('image') as Promise<Uint8Array>,
    close: () => ask('close') as Promise<void>,
  };
}

let stores = 0;
const run = `${Date.now()}`;
const inDurableObject = () => new SQLiteSession({ database: remote(`${run}-${++stores}`), slowMs: 600_000 });

sqlDatabaseSuite('Durable Object', async (name) => remote(name), { image: false });
sessionSuite('Durable Object', inDurableObject, { megabytes: 1 });
sessionEditSuite('Durable Object', inDurableObject);
sessionRandomSuite('Durable Object', inDurableObject, 20);
sessionFoldsSuite('Durable Object', inDurableObject, 8);
sessionKeptSuite('Durable Object', inDurableObject);
sessionBranchesSuite('Durable Object', inDurableObject, 8);
sessionSearchSuite('Durable Object', inDurableObject, 'index');
sessionLongSuite('Durable Object', inDurableObject);

/** D1 has few databases here: one that was closed is emptied for the next. */
const free = [1, 2, 3, 4];

async function d1(): Promise<SqlDatabase> {
  const number = free.shift();
  if (number === undefined) throw new Error('More databases are open than the worker has bindings.');
  const database = d1Database(env[`D1_${number}`] as D1DatabaseLike);
  await empty(database);
  return released(database, () => free.push(number));
}

/** Calls `release` once, when it is closed. */
function released(database: SqlDatabase, release: () => void): SqlDatabase {
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= database.close().then(release);
    return closing;
  };
  return new Proxy(database, {
    get(target, name) {
      if (name === 'close') return close;
      const value = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

let lastName = '';
const named = async (name: string) => {
  const database = d1Database(env.D1_0 as D1DatabaseLike);
  if (lastName !== name) await empty(database);
  lastName = name;
  return database;
};
/** Opened at the first use, when there is an environment. */
const inD1 = () => new SQLiteSession({ database: lazily(d1), slowMs: 600_000 });

function lazily<T>(open: () => Promise<T>): PromiseLike<T> {
  let opening: Promise<T> | undefined;
  const opened = () => {
    opening ??= open();
    return opening;
  };
  // biome-ignore lint/suspicious/noThenProperty: a promise that begins when somebody waits for it.
  return { then: (done, failed) => opened().then(done, failed) };
}

sqlDatabaseSuite('D1', named, { image: false, namesStatements: false, looksFirst: false });
sessionSuite('D1', inD1, { megabytes: 1 });
sessionRandomSuite('D1', inD1, 10);
sessionFoldsSuite('D1', inD1, 4);
sessionKeptSuite('D1', inD1);
sessionBranchesSuite('D1', inD1, 4);
sessionSearchSuite('D1', inD1, 'index');
sessionLongSuite('D1', inD1, { megabytes: 3 });

export default {
  async fetch(request: Request, given: Env): Promise<Response> {
    env = given;
    const { pathname, searchParams } = new URL(request.url);
    const talker = env.TALKER.get(env.TALKER.idFromName('ann'));
    try {
      if (pathname === '/names') return Response.json(collected.names());
      if (pathname === '/run') {
        return Response.json({ failure: await collected.run(Number(searchParams.get('index'))) });
      }
      if (pathname === '/smoke') return Response.json({ said: await talker.smoke() });
      if (pathname === '/remembers') await talker.remembers();
      return Response.json({});
    } catch (error) {
      return Response.json({ failure: String((error as Error).stack ?? error) });
    }
  },
};
