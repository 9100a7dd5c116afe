// Runs in workerd: the package's own worker, each principal's conversations in the SQLite of an object of its own.
import { agentsHandler, agentsObject, type DurableObjectLike } from 'agents-wasm/edge';

import { agent, storedIn } from './ours.ts';
import { Counter } from './row-counter.ts';
import { API } from './setting.ts';
import { answerOfStored } from './side.ts';
import { type Env, toObject } from './worker.ts';

export class Conversations extends agentsObject<Env>({ agent, openai: API }) {
  readonly #storage: DurableObjectLike['storage'];

  constructor(ctx: DurableObjectLike, env: Env) {
    super(ctx, env);
    this.#storage = ctx.storage;
  }

  override async fetch(request: Request): Promise<Response> {
    if (new URL(request.url).pathname === '/size') return Response.json({ bytes: this.#storage.sql.databaseSize });
    return (await answerOfStored(request, storedIn(this.session))) ?? super.fetch(request);
  }
}

/** The same with all that it asks of its storage counted. */
export class Counted extends Conversations {
  readonly #counter: Counter;

  constructor(ctx: DurableObjectLike, env: Env) {
    const counter = new Counter();
    super({ storage: counter.counted(ctx.storage), waitUntil: (work) => ctx.waitUntil(work) }, env);
    this.#counter = counter;
  }

  override async fetch(request: Request): Promise<Response> {
    return new URL(request.url).pathname === '/rows' ? Response.json(this.#counter.take()) : super.fetch(request);
  }
}

const handle = agentsHandler<Env>({
  authorize: ({ headers }) => headers.get('x-user'),
  namespace: ({ CONVERSATIONS }) => CONVERSATIONS,
});

export default {
  fetch(request: Request, env: Env): Promise<Response> {
    return new URL(request.url).pathname.startsWith('/api') ? handle(request, env) : toObject(request, env);
  },
};
