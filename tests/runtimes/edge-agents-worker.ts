// Runs in workerd: the conversations of everybody, each principal's in an object of its own.
import { Agent, EncryptedSession, tool } from 'agents-wasm';
import { agentsHandler, agentsObject, type ObjectNamespace } from 'agents-wasm/edge';

interface Env {
  CONVERSATIONS: ObjectNamespace;
  BRIEF: ObjectNamespace;
  KEPT: ObjectNamespace;
}

const parameters = {
  type: 'object',
  properties: { city: { type: 'string' } },
  required: ['city'],
  additionalProperties: false,
} as const;

/** The test decides when it answers. */
const weather = tool({
  name: 'get_weather',
  parameters,
  execute: async ({ city }: { city: string }) => (await fetch(`http://tools/weather?city=${city}`)).text(),
});
const booking = tool({
  name: 'book_trip',
  parameters,
  needsApproval: true,
  execute: async ({ city }: { city: string }) => (await fetch(`http://tools/book?city=${city}`)).text(),
});
const whoAmI = tool({
  name: 'who_am_i',
  parameters: { type: 'object', properties: {}, required: [], additionalProperties: false },
  execute: (_: object, { context }: { context: unknown }) => String(context),
});
const assistant = new Agent({ name: 'assistant', tools: [weather, booking, whoAmI] });
const poet = new Agent({ name: 'poet', instructions: 'Speak in verse.' });

const options = {
  agent: (name = 'assistant') => [assistant, poet].find((agent) => agent.name === name),
  openai: { apiKey: 'sk-worker-0123456789abcdef', baseURL: 'http://model/v1', maxRetries: 0 },
  context: ({ principal, conversationId }: { principal: string; conversationId: string }) =>
    `${principal} in ${conversationId}`,
  heartbeatMs: 300,
  maxQueued: 2,
};

class Conversations extends agentsObject<Env>(options) {
  readonly #ctx: { abort(reason: string): void };

  constructor(ctx: ConstructorParameters<ReturnType<typeof agentsObject<Env>>>[0], env: Env) {
    super(ctx, env);
    this.#ctx = ctx as unknown as { abort(reason: string): void };
  }

  /** As when the platform puts the object out of memory in the middle of its work. */
  die(): void {
    this.#ctx.abort('The test ends this object.');
  }

  override async fetch(request: Request): Promise<Response> {
    if (new URL(request.url).pathname === '/die') this.die();
    return super.fetch(request);
  }
}

class Brief extends agentsObject<Env>({
  ...options,
  retention: { maxAge: 3000, everyMs: 500 },
  session: (underlyingSession) => new EncryptedSession({ underlyingSession, encryptionKey: 'a'.repeat(32) }),
}) {}

class Kept extends agentsObject<Env>({ ...options, run: { keepPartial: true } }) {}

/** Encoded, since a header takes no other letters. */
const authorize = ({ headers }: Request) => decodeURIComponent(headers.get('x-user') ?? '');
const handle = agentsHandler<Env>({ authorize, namespace: (env) => env.CONVERSATIONS, maxRequestBytes: 10_000 });
const brief = agentsHandler<Env>({ authorize, namespace: (env) => env.BRIEF, prefix: '/brief' });
const kept = agentsHandler<Env>({ authorize, namespace: (env) => env.KEPT, prefix: '/kept' });
/** A mistake of whoever writes a `route`: everybody is led to one object. */
const mixed = agentsHandler<Env>({
  authorize,
  namespace: (env) => env.CONVERSATIONS,
  prefix: '/mixed',
  route: (_principal, env) => env.CONVERSATIONS.get(env.CONVERSATIONS.idFromName('everybody')),
});

export { Brief, Conversations, Kept };
export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    const object = () => env.CONVERSATIONS.get(env.CONVERSATIONS.idFromName(searchParams.get('user') ?? ''));
    if (pathname === '/die')
      return object()
        .fetch(new Request('https://object/die'))
        .catch(() => new Response('dead'));
    // What a client can send, without the handler between.
    if (pathname === '/direct') return object().fetch(new Request('https://object/conversations', request));
    if (pathname.startsWith('/brief')) return brief(request, env);
    if (pathname.startsWith('/kept')) return kept(request, env);
    return pathname.startsWith('/mixed') ? mixed(request, env) : handle(request, env);
  },
};
