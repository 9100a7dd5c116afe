/** One of those that are compared, with the conversations of one principal or, in Node, of all. */
export interface Side {
  /** Runs the agent on a conversation: what a client is told, to its end. */
  run(conversation: string, input: string): AsyncIterable<Told>;
  /** Stores so many items. */
  seed(conversation: string, count: number): Promise<void>;
  /** How many items are stored. */
  count(conversation: string): Promise<number>;
}

export interface Told {
  type: string;
  data: object;
}

/** What a principal reaches of a side that is for all. */
export function partOf(side: Side, principal: string): Side {
  const nameOf = (conversation: string) => `${principal}.${conversation}`;
  return {
    run: (conversation, input) => side.run(nameOf(conversation), input),
    seed: (conversation, count) => side.seed(nameOf(conversation), count),
    count: (conversation) => side.count(nameOf(conversation)),
  };
}

type Stored = Pick<Side, 'seed' | 'count'>;

const RUN = /^(?:\/api)?\/conversations(?:\/([\w-]+)\/runs)?$/;
const STORED = /^\/stored\/([\w-]+)$/;
const encoder = new TextEncoder();

/** The worker's route: POST /conversations, or POST /conversations/{id}/runs, answered with the run's events. */
export async function answerTo(request: Request, side: Side): Promise<Response> {
  const stored = await answerOfStored(request, side);
  if (stored) return stored;
  const [fits, conversation = crypto.randomUUID()] = RUN.exec(new URL(request.url).pathname) ?? [];
  if (fits === undefined || request.method !== 'POST') return new Response(null, { status: 404 });
  const { input } = (await request.json()) as { input: string };
  return new Response(streamOf(side.run(conversation, input)), { headers: { 'content-type': 'text/event-stream' } });
}

/** Only the bench asks this: PUT /stored/{id}?items=n, GET /stored/{id}. Nothing for other requests. */
export async function answerOfStored(request: Request, side: Stored): Promise<Response | undefined> {
  const { pathname, searchParams } = new URL(request.url);
  const [, conversation] = STORED.exec(pathname) ?? [];
  if (conversation === undefined) return undefined;
  if (request.method === 'PUT') await side.seed(conversation, Number(searchParams.get('items')));
  return Response.json({ items: await side.count(conversation) });
}

function streamOf(told: AsyncIterable<Told>): ReadableStream<Uint8Array> {
  const events = told[Symbol.asyncIterator]();
  let n = 0;
  return new ReadableStream({
    async pull(controller) {
      const { value, done } = await events.next();
      if (done) return controller.close();
      controller.enqueue(encoder.encode(`id: ${++n}\nevent: ${value.type}\ndata: ${JSON.stringify(value.data)}\n\n`));
    },
  });
}

/** What of a run's events clients are told, on both sides. */
export function toldOf(event: StreamEvent): Told | undefined {
  if (event.type === 'agent_updated_stream_event') return { type: 'agent', data: { agent: event.agent.name } };
  if (event.type === 'run_item_stream_event') return { type: 'item', data: { item: event.item.rawItem } };
  const { type, delta } = event.data;
  return type.endsWith('output_text_delta') || type.endsWith('output_text.delta')
    ? { type: 'text', data: { text: delta } }
    : undefined;
}

export type StreamEvent =
  | { type: 'raw_model_stream_event'; data: { type: string; delta?: unknown } }
  | { type: 'run_item_stream_event'; item: { rawItem?: unknown } }
  | { type: 'agent_updated_stream_event'; agent: { name: string } };
