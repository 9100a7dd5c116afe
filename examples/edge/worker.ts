// An agent with a memory of its own for every visitor, on Cloudflare Workers. See README.md beside this file.
import { Agent, tool } from 'agents-wasm';
import { agentsHandler, agentsObject, type ObjectNamespace } from 'agents-wasm/edge';

interface Env {
  CONVERSATIONS: ObjectNamespace;
  ASSETS: { fetch(request: Request): Promise<Response> };
  OPENAI_API_KEY: string;
  OPENAI_BASE_URL?: string;
  OPENAI_MODEL?: string;
}

const DAY = 24 * 60 * 60 * 1000;
const VISITOR = /(?:^|; )visitor=([\da-f-]{36})(?:;|$)/;
const HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

const order = {
  type: 'object',
  properties: { number: { type: 'integer' } },
  required: ['number'],
  additionalProperties: false,
} as const;

const agent = new Agent({
  name: 'assistant',
  instructions: 'You help the customers of a small shop. Be brief.',
  tools: [
    tool({
      name: 'look_up_order',
      description: 'Where an order is.',
      parameters: order,
      // Slow enough to close the page, or to end the worker, while it is at work.
      execute: async ({ number }: { number: number }) => {
        await new Promise((resolve) => setTimeout(resolve, 4000));
        return `Order ${number} is on its way.`;
      },
    }),
    tool({
      name: 'cancel_order',
      description: 'Cancels an order for good.',
      parameters: order,
      needsApproval: true,
      execute: async ({ number }: { number: number }) => `Order ${number} is cancelled.`,
    }),
  ],
});

/** A visitor's object: all their conversations are in its SQLite, and their runs go on in it. */
export class Conversations extends agentsObject<Env>({
  agent,
  openai: (env) => ({ apiKey: env.OPENAI_API_KEY, baseURL: env.OPENAI_BASE_URL, model: env.OPENAI_MODEL }),
  run: { keepPartial: true },
  sessionSettings: { compactionEnabled: true },
  retention: { maxAge: 90 * DAY },
}) {}

// Whoever has the cookie is the visitor, and nobody can guess it. Where people sign in, name the person here.
const visitorOf = ({ headers }: Request) => VISITOR.exec(headers.get('cookie') ?? '')?.[1] ?? null;

const api = agentsHandler<Env>({
  authorize: visitorOf,
  namespace: (env) => env.CONVERSATIONS,
  rate: { requests: 120, perMs: 60_000 },
});

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    if (new URL(request.url).pathname.startsWith('/api/')) return api(request, env);
    const file = await env.ASSETS.fetch(request);
    const answer = new Response(file.body, file);
    for (const [name, value] of Object.entries(HEADERS)) answer.headers.set(name, value);
    if (!visitorOf(request)) answer.headers.append('set-cookie', newVisitor(request));
    return answer;
  },
};

function newVisitor({ url }: Request): string {
  const secure = url.startsWith('https:') ? '; Secure' : '';
  return `visitor=${crypto.randomUUID()}; Path=/; Max-Age=31536000; HttpOnly; SameSite=Strict${secure}`;
}
